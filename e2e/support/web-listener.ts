import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What one request brought along. */
export interface Heard {
  method: string
  path: string
  authorization: string | undefined
}

export interface WebListener {
  port: number
  heard: Heard[]
  close(): Promise<void>
}

/** A web server that writes down who comes. Under `/away/` it sends everybody to `awayTo`; else it shows an empty list of files. */
export async function listenWeb(address: string, awayTo: () => string = () => ''): Promise<WebListener> {
  const heard: Heard[] = []
  const server = createServer((request, response) => {
    const { method = '', url: path = '' } = request
    heard.push({ method, path, authorization: request.headers.authorization })
    if (path.startsWith('/away')) return response.writeHead(307, { location: awayTo() }).end()
    // By the second header S3 servers are known: whoever looks for one goes on and signs.
    const headers = { 'content-type': 'text/html', 'x-amz-request-id': 'none' }
    return response.writeHead(200, headers).end(method === 'HEAD' ? undefined : '<html></html>')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
