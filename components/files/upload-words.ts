import { RequestError } from '@/components/data/request'
import { formatBytes } from '@/lib/units'

/** What `tus-js-client` throws: the answer of the server is in it. */
interface TusError extends Error {
  originalResponse?: { getBody(): string } | null
}

/** Why an upload has failed, as the server says it. */
export function problemWords(error: Error | unknown): string {
  if (error instanceof RequestError) return error.message
  const body = (error as TusError).originalResponse?.getBody()
  try {
    const { detail } = JSON.parse(body ?? '') as { detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // It is no answer of ours.
  }
  return 'The connection was lost, and did not come back. Choose the file again to go on.'
}

/**
 * Can the same request work when it is sent again? Status 0: the line broke. A part that is refused as a conflict begins in the wrong
 * place, which is asked for before the next one; an upload that is refused so from the start has a name that is taken.
 */
export function helpsAgain(method: string | undefined, status: number): boolean {
  if (status === 409) return method !== 'POST'
  return status === 0 || status === 429 || (status >= 500 && status !== 507)
}

/** Why this file cannot go on with an upload that was begun; null: it can. Its content is compared at the end. */
export function whyNotSame(
  file: { name: string; size: number },
  upload: { path: string; bytes: number },
): string | null {
  if (file.size === upload.bytes) return null
  return `${file.name} has ${formatBytes(file.size)}, and ${upload.path} was to have ${formatBytes(upload.bytes)}: it is another file.`
}

/** "34 % of 4 GiB". */
export function sentWords(sent: number, bytes: number): string {
  const percent = bytes === 0 ? 100 : Math.floor((sent / bytes) * 100)
  return `${percent} % of ${formatBytes(bytes)}`
}
