import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mountsAt } from '@/agent/host/mounting/mounts'
import type { ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import type { HttpRequest } from '@/lib/drivers/contract/driver-host'
import { HttpConfig } from '@/lib/drivers/http/config'
import { S3Config } from '@/lib/drivers/s3/config'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { ANY_SOURCE } from '@/testing/agent/places'
import { FakeS3 } from '@/testing/drivers/fake-s3'
import { testId } from '@/testing/ids'

/** Health that can fail, with the real rclone on this kernel: its statfs goes on answering whatever the server does. */
const QUICK = { everyMs: 400, againMs: 100, firstMs: 50, limitMs: 1_500 }
const SECRET = 'obviously/fake+secret-0009'
const PASSWORD = 'obviously-fake-0010'

/** A server that can go away and come back at the same port, or take connections and say nothing. */
class Storage {
  port = 0
  isSilent = false
  password = PASSWORD
  readonly asked: string[] = []
  readonly s3 = new FakeS3()
  #server: Server | null = null
  readonly #sockets = new Set<Socket>()

  /** Runs already: nothing. */
  async start(): Promise<void> {
    if (this.#server !== null) return
    const server = createServer(async (request, response) => {
      const { method = 'GET', url = '/' } = request
      this.asked.push(`${method} ${url}`)
      if (this.isSilent) return
      const given = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const)
      if (url.startsWith('/files/')) return void this.#answerWeb(method, request.headers.authorization, response)
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { status, headers, body } = await this.s3.answer({
        url: `http://${request.headers.host}${url}`,
        method: method as HttpRequest['method'],
        headers: Object.fromEntries(given),
        body: Buffer.concat(chunks).toString(),
      })
      response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body)
    })
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.#server = server
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }

  /** What the agent asks; rclone lists with GET. */
  looks(path: string): number {
    return this.asked.filter((line) => line === `HEAD ${path}`).length
  }

  #answerWeb(method: string, authorization: string | undefined, response: ServerResponse): void {
    const key = `Basic ${Buffer.from(`reader:${this.password}`).toString('base64')}`
    if (authorization !== key) return void response.writeHead(401).end()
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(method === 'HEAD' ? undefined : '<html><a href="../">../</a><a href="hello.txt">hello.txt</a></html>')
  }
}

let base: string
let host: MountHost
let storage: Storage

const openHost = () => openMountHost(base, join(base, 'mnt'), ANY_SOURCE, QUICK)

beforeEach(async () => {
  base = makeBase('proofs')
  storage = new Storage()
  storage.s3.keys.set('AKEXAMPLE', SECRET)
  await storage.start()
  host = await openHost()
})

afterEach(async () => {
  // Uploads are asked for before an unmount; a server that is away would keep the test waiting.
  storage.isSilent = false
  await storage.start()
  for (const { mountId } of host.manager.list()) await remove(mountId).catch(() => undefined)
  await host.close()
  await storage.stop()
  removeBase(base)
})

function s3Mount(name: string, more: Record<string, unknown> = {}, port = storage.port): WireMount {
  const config = S3Config.parse({
    provider: 'Ceph',
    endpoint: `http://127.0.0.1:${port}`,
    bucket: 'media',
    access_key_id: 'AKEXAMPLE',
    write_back: 1,
    ...more,
  })
  const backend = { id: testId('backend', 's3'), driver: 's3', config, secrets: { secret_access_key: SECRET } }
  return bindMount(base, name, { backend })
}

function webMount(name: string): WireMount {
  // The form refuses loopback; the one who tests here is the machine itself.
  const parsed = HttpConfig.parse({ base_url: 'http://x.example.com', auth_method: 'basic', username: 'reader' })
  const config = { ...parsed, base_url: `http://127.0.0.1:${storage.port}/files` }
  const backend = { id: testId('backend', 'web'), driver: 'http', config, secrets: { password: PASSWORD } }
  return bindMount(base, name, { backend, readOnly: true })
}

const quiet = { log: () => undefined }

function apply(mount: WireMount, generation = 1) {
  return host.manager.apply(envelope(mount.mountId, { generation }), performance.now(), mount, quiet)
}

/** What is there goes, whatever waits in it. */
function remove(mountId: string) {
  const command = envelope(mountId, { generation: 1000 })
  return host.manager.remove(command, performance.now(), { mountId, abandon: true }, quiet)
}

function shown(mount: WireMount): ObservedMount | undefined {
  return host.manager.list().find(({ mountId }) => mountId === mount.mountId)
}

const until = (mount: WireMount, what: object) =>
  vi.waitFor(() => expect(shown(mount)).toMatchObject(what), { timeout: 20_000, interval: 20 })

const WELL = { state: 'mounted', proven: true, error: null }
const lost = (problem: string) => ({ state: 'mounted', proven: false, error: { problem } })

interface Case {
  type: string
  make(): WireMount
  revoke(): void
  refused: string
}

const CASES: Case[] = [
  {
    type: 's3',
    make: () => s3Mount('a'),
    revoke: () => void storage.s3.keys.set('AKEXAMPLE', 'another'),
    refused: 's3.wrong_secret',
  },
  {
    type: 'http',
    make: () => webMount('a'),
    revoke: () => {
      storage.password = 'another'
    },
    refused: 'http.wrong_credentials',
  },
]

describe.each(CASES)('$type by the real rclone', ({ make, revoke, refused }) => {
  it('is shown as not answering when its server is gone, and as well when it is back, without another mount', async () => {
    const mount = make()
    expect(await apply(mount)).toMatchObject(WELL)
    const [entry] = mountsAt(mount.mountPoint)
    await storage.stop()
    await until(mount, lost('network.refused'))
    expect(shown(mount)?.error).toMatchObject({ values: { server: '127.0.0.1', port: storage.port } })
    expect(JSON.stringify(shown(mount))).not.toMatch(/obviously/)
    await storage.start()
    await until(mount, WELL)
    expect(mountsAt(mount.mountPoint).map(({ mountId }) => mountId)).toEqual([entry?.mountId])
    revoke()
    await until(mount, lost(refused))
  })

  it('is looked at by the next agent with what the journal holds', async () => {
    const mount = make()
    await apply(mount)
    await storage.stop()
    await until(mount, lost('network.refused'))
    await host.close()
    host = await openHost()
    // Nothing is known yet, and that is neither well nor bad.
    expect(shown(mount)).toMatchObject({ state: 'mounted', proven: false, error: null })
    await until(mount, lost('network.refused'))
    await storage.start()
    await until(mount, WELL)
  })
})

it('asks once for all mounts of the same bucket, and tells all of them', async () => {
  const mounts = ['a', 'b', 'c'].map((name) => s3Mount(name))
  for (const mount of mounts) await apply(mount)
  // HEAD is asked for figures too; why a look was refused, only by looks.
  const refusals = () => storage.asked.filter((line) => line.includes('max-keys=1')).length
  const told = new Map<string, number>()
  host.manager.subscribe((changed) => {
    for (const { mountId, proven } of changed) if (proven === false && !told.has(mountId)) told.set(mountId, refusals())
  })
  storage.asked.length = 0
  storage.s3.keys.set('AKEXAMPLE', 'another')
  for (const mount of mounts) await until(mount, lost('s3.wrong_secret'))
  // After one look that failed, and one that made sure of it.
  expect(told.size).toBe(3)
  expect(Math.max(...told.values())).toBeLessThanOrEqual(2)
})

it('is not kept from others by a server that takes connections and says nothing', async () => {
  const other = new Storage()
  other.s3.keys.set('AKEXAMPLE', SECRET)
  await other.start()
  try {
    const silent = s3Mount('silent')
    const fine = s3Mount('fine', {}, other.port)
    const disk = bindMount(base, 'disk')
    for (const mount of [silent, fine, disk]) await apply(mount)
    storage.isSilent = true
    await vi.waitFor(() => expect(storage.looks('/media')).toBeGreaterThan(0), { timeout: 20_000, interval: 5 })
    const before = other.looks('/media')
    await until(silent, lost('network.timed_out'))
    expect(other.looks('/media')).toBeGreaterThan(before)
    expect([shown(fine), shown(disk)]).toEqual([expect.objectContaining(WELL), expect.objectContaining(WELL)])
    // One that is unmounted meanwhile does not wait for the look either.
    expect(await apply({ ...disk, desiredState: 'unmounted' }, 2)).toMatchObject({ state: 'absent' })
  } finally {
    await remove(s3Mount('fine').mountId)
    await other.stop()
  }
})

it('says of a local directory that it is not proven before it was looked at', async () => {
  const mount = bindMount(base, 'a')
  expect(await apply(mount)).toMatchObject(WELL)
  await host.close()
  host = await openHost()
  expect(shown(mount)).toMatchObject({ state: 'mounted', proven: false, error: null })
  await until(mount, WELL)
})
