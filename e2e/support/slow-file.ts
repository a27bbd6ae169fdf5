import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server whose one file, `/slow.img`, begins and does not go on, until whoever reads it gives up. */
export class SlowFile {
  readonly #server: Server
  #readers = 0

  private constructor(server: Server) {
    this.#server = server
  }

  /** `bytes` are promised, and so many of them sent. */
  static async open(bytes: number, sent: number): Promise<SlowFile> {
    const server = createServer()
    const file = new SlowFile(server)
    server.on('request', (request, response) => {
      if (request.url !== '/slow.img') return void response.writeHead(200).end()
      response.writeHead(200, { 'content-length': bytes, 'content-type': 'application/octet-stream' })
      if (request.method === 'HEAD') return void response.end()
      file.#readers++
      response.on('close', () => file.#readers--)
      response.write(Buffer.alloc(sent, 7))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return file
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get readers(): number {
    return this.#readers
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
