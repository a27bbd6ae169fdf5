import { SendError, said } from '@/lib/notifiers/contract/sender'
import type { PinnedAnswer } from '@/lib/pinned-request'

const LONGEST_PAUSE_MS = 60 * 60_000

/** What a web server answered, in one line, without the secrets that it may repeat. Throws `SendError` for everything but 2xx. */
export function expectTaken({ status, headers, body }: PinnedAnswer, secrets: readonly string[] = []): string {
  const words = said(withoutSecrets(body, secrets))
  const line = words === '' ? `HTTP ${status}` : `HTTP ${status}: ${words}`
  if (status >= 200 && status < 300) return line
  if (status >= 300 && status < 400)
    throw new SendError(`${line}. It sends on to another address, which is not followed; enter that one.`)
  throw new SendError(line, { retryAfterMs: pauseOf(headers['retry-after']) })
}

function pauseOf(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined
  return Math.min(Number(header) * 1_000, LONGEST_PAUSE_MS)
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== '').reduce((left, secret) => left.replaceAll(secret, '***'), text)
}
