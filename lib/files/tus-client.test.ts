import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { Upload, type UploadOptions } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import * as uploadRoutes from '@/app/api/v1/storage/pools/[id]/uploads/[uploadId]/route'
import * as uploadsRoutes from '@/app/api/v1/storage/pools/[id]/uploads/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import type { Route } from '@/lib/http/define-route'
import { PoolView } from '@/lib/pools/schema'
import { guard, serverOptions } from '@/lib/server/guard'
import { WEB_LIMITS } from '@/lib/server/limits'
import { isPartOfUpload, WEB_METHODS } from '@/lib/web/odd-requests'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { useTestDatabase } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 120_000 })

/** The client that the console uses, and that others use too, over the limits of the web process and a real network. */
describe('tus-js-client', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let server: Server
  let agent: FakeAgent
  let pool: PoolView
  /** Requests that are cut after so many bytes. */
  let cuts: number[] = []
  const asked: string[] = []

  /** As Next hands a request to a route: with the body as it comes. */
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    asked.push([method, request.headers['upload-offset'] ?? []].flat().join(' '))
    const [, , , , , id = '', , uploadId] = url.split('/')
    const routes: Partial<Record<string, Route>> = uploadId === undefined ? uploadsRoutes : uploadRoutes
    const route = routes[method === 'HEAD' ? 'GET' : method]
    if (route === undefined) return void response.writeHead(405).end()
    const cut = method === 'PATCH' ? cuts.shift() : undefined
    if (cut !== undefined) {
      let seen = 0
      request.on('data', (chunk: Buffer) => {
        seen += chunk.length
        if (seen > cut) request.socket.destroy()
      })
    }
    const hasBody = method === 'PATCH' || method === 'POST'
    const made = new Request(`http://localhost${url}`, {
      method: method === 'HEAD' ? 'GET' : method,
      headers: request.headers as Record<string, string>,
      ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' } : {}),
    } as RequestInit)
    const answer = await route(made, { params: Promise.resolve({ id, uploadId }) })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(method === 'HEAD' ? undefined : await answer.text())
  }

  beforeAll(async () => {
    agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name: 'disks', backend_id: backend.id, host_ids: [agent.hostId] }
    pool = (await api.call('operator', makePool, 'POST', { body, headers: { prefer: 'wait=20' } })).data(PoolView)
    server = createServer(serverOptions(WEB_LIMITS))
    guard(server, {
      limits: WEB_LIMITS,
      methods: WEB_METHODS,
      streams: isPartOfUpload,
      describe: ({ code }) => ({ type: 'application/problem+json', text: JSON.stringify({ code }) }),
      onRequest: (request, response) => void serve(request, response).catch(() => response.destroy()),
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  async function send(content: Buffer, path: string, options: Partial<UploadOptions> = {}): Promise<string> {
    const authorization = `Bearer ${await api.token('operator')}`
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const upload = new Upload(content, {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/storage/pools/${pool.id}/uploads`,
      metadata: { path },
      headers: { authorization },
      retryDelays: [0, 50, 100],
      onSuccess: () => resolve(upload.url ?? ''),
      onError: reject,
      ...options,
    })
    upload.start()
    return promise
  }
  const digest = (bytes: Uint8Array | undefined) =>
    createHash('sha256')
      .update(bytes ?? '')
      .digest('hex')
  const stored = (path: string) => agent.simulatedPools.filesOf(pool.id).get(path)

  it('sends a file that is larger than all limits of the web process, in one request and in parts', async () => {
    const content = randomBytes(3 * 1024 * 1024 + 5)
    await send(content, 'whole.iso')
    expect(digest(stored('whole.iso'))).toBe(digest(content))
    await send(content, 'parts.iso', { chunkSize: 1024 * 1024 })
    expect(digest(stored('parts.iso'))).toBe(digest(content))
  })

  it('goes on by itself where the line was cut, and not from the beginning', async () => {
    const content = randomBytes(4 * 1024 * 1024)
    cuts = [1_500_000]
    asked.length = 0
    await send(content, 'cut.iso')
    expect(digest(stored('cut.iso'))).toBe(digest(content))
    const [created, first, ...later] = asked
    expect([created, first]).toEqual(['POST', 'PATCH 0'])
    expect(later.filter((one) => one.startsWith('PATCH')).length).toBeGreaterThan(0)
    expect(later).not.toContain('PATCH 0')
  })

  it('hears why it is refused', async () => {
    const refused = send(randomBytes(10), 'cut.iso', { retryDelays: null })
    await expect(refused).rejects.toThrow(/Something of that name is in the pool already/)
  })
})
