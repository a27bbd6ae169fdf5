import { request } from 'node:https'

export interface MtlsAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

export interface MtlsRequest {
  port: number
  method: string
  path: string
  body?: unknown
  /** What the client shows and trusts. */
  certificate: string
  key: string
  authorities: string
}

/** One request over a connection of its own, for tests that look at the agent from outside. The server's name is not checked. */
export function mtlsRequest(options: MtlsRequest): Promise<MtlsAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<MtlsAnswer>()
  const outgoing = request({
    host: '127.0.0.1',
    port: options.port,
    method: options.method,
    path: options.path,
    agent: false,
    ca: options.authorities,
    cert: options.certificate,
    key: options.key,
    minVersion: 'TLSv1.3',
    checkServerIdentity: () => undefined,
    headers: options.body === undefined ? {} : { 'content-type': 'application/json' },
  })
  outgoing.on('error', reject)
  outgoing.on('response', (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk) => {
      text += chunk
    })
    response.on('error', reject)
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
  })
  outgoing.end(options.body === undefined ? undefined : JSON.stringify(options.body))
  return promise
}
