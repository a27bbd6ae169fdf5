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
