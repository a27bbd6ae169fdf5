import type { HttpAnswer } from '@/lib/drivers/contract/driver-host'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { explain } from '@/lib/drivers/problems/words'
import { S3Client } from '@/lib/drivers/s3/client'
import { S3Config } from '@/lib/drivers/s3/config'
import { Secret } from '@/lib/secret'
import { FakeHost } from '@/testing/drivers/fake-host'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

/** An answer as it goes over the wire: status line, headers, an empty line, body. */
export function answerOf(text: string): HttpAnswer {
  const [head = '', ...body] = text.split('\n\n')
  const [status = '', ...lines] = head.split('\n')
  const headers = lines.map((line) => [line.split(': ')[0]?.toLowerCase() ?? '', line.slice(line.indexOf(': ') + 2)])
  return {
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: body.join('\n\n'),
    durationMs: 1,
  }
}

export function xml(status: number, code: string, message = '', more = '', headers = ''): string {
  const document = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>4442587FB7D0A2F9</RequestId></Error>`
  return `HTTP/1.1 ${status} x\nContent-Type: application/xml\nx-amz-request-id: 4442587FB7D0A2F9${headers}\n\n${document}`
}

export function page(status: number, text: string, headers = ''): string {
  return `HTTP/1.1 ${status} x\nServer: nginx\nContent-Type: text/html${headers}\n\n<html><head><title>${text}</title></head><body><center><h1>${text}</h1></center><hr><center>nginx/1.22.1</center></body></html>`
}

export const HTTPS = { endpoint: 'https://s3.example.com' }
export const HTTP = { endpoint: 'http://s3.example.com' }
export const KEY = 'AKEXAMPLE'

export interface Given {
  at?: Record<string, unknown>
  answer: string
}

export async function said(given: Given, ask: (client: S3Client) => Promise<unknown>) {
  const host = new FakeHost()
  host.http = async () => answerOf(given.answer)
  const place = S3Config.parse({ ...HTTPS, bucket: 'media', access_key_id: KEY, ...given.at })
  const context = recordingContext(host, newRecording(), 5_000)
  const error = await ask(new S3Client(place, new Secret('not-a-real-secret'), context)).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ProblemError)) throw new Error(`no problem: ${error}`)
  return {
    problem: error.problem,
    advice: explain(error.problem, error.values).advice,
    whole: JSON.stringify(error.details),
  }
}

export type Row = [what: string, given: Given, problem: ProblemId, advice: string]
