import { type RequestOptions, request } from 'node:http'
import { HoldfastError } from '@/lib/errors'

export type ControlAddress =
  | { kind: 'unix'; socket: string; user?: string | undefined; password?: string | undefined }
  /** `from`: the address to connect from, where the daemon takes nothing from loopback. */
  | { kind: 'tcp'; port: number; user: string; password: string; from?: string | undefined }

const ANSWER_CAP = 1024 * 1024
const METHOD = /^[a-z]+(\/[a-z-]+)*$/

/** One question over the daemon's private socket, JSON both ways (rclone's remote control). */
export async function askDaemon(
  address: ControlAddress,
  method: string,
  parameters: Record<string, unknown>,
  ms: number,
): Promise<unknown> {
  if (!METHOD.test(method))
    throw new HoldfastError('internal', 'The name of a remote control method is not acceptable.')
  const body = JSON.stringify(parameters)
  const options: RequestOptions = {
    method: 'POST',
    path: `/${method}`,
    agent: false,
    signal: AbortSignal.timeout(ms),
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    ...(address.kind === 'unix'
      ? { socketPath: address.socket }
      : {
          host: '127.0.0.1',
          port: address.port,
          ...(address.from === undefined ? {} : { localAddress: address.from }),
        }),
    ...(address.password === undefined ? {} : { auth: `${address.user}:${address.password}` }),
  }
  let answer: { status: number; text: string }
  try {
    answer = await exchange(options, body)
  } catch {
    throw new HoldfastError('unavailable', `The storage daemon does not answer ${method}.`)
  }
  if (answer.status !== 200) {
    throw new HoldfastError('command_failed', `The storage daemon refused ${method} (status ${answer.status}).`)
  }
  return JSON.parse(answer.text)
}

function exchange(options: RequestOptions, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
        if (text.length > ANSWER_CAP) incoming.destroy(new Error('too much'))
      })
      incoming.once('error', reject)
      incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, text }))
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
