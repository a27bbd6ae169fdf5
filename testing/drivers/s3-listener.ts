import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpRequest } from '@/lib/drivers/contract/driver-host'
import type { FakeS3 } from '@/testing/drivers/fake-s3'

/** The small S3 server on a loopback port, for real clients; on a free one unless told. */
export async function listenS3(s3: FakeS3, port = 0): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const answer = await s3.answer({
      url: `http://${request.headers.host}${request.url}`,
      method: request.method as HttpRequest['method'],
      headers,
      body: Buffer.concat(chunks).toString(),
    })
    response.writeHead(answer.status, answer.headers).end(request.method === 'HEAD' ? undefined : answer.body)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
