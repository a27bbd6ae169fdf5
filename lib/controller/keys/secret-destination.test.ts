import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { CompactEncrypt, type JWK } from 'jose'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type BoundSecret, bindSecrets } from '@/lib/controller/keys/bind-secrets'
import { type Binding, openSealingKeys } from '@/lib/controller/keys/sealing-keys'
import { findSecretsToBind, saveBound } from '@/lib/controller/keys/secrets-repository'
import { readSetting } from '@/lib/controller/settings-repository'
import { sealSecret } from '@/lib/db/sealed-secrets'
import { destinationOf } from '@/lib/drivers/destination'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import type { OperationKind, OperationPayload } from '@/lib/operations/schema'
import { Secret } from '@/lib/secret'
import { environmentDestination } from '@/lib/workloads/container-env'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeMount } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { startTestFleet, type TestFleet } from '@/testing/fleet'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const HTTP = { base_url: 'https://files.example.com', auth_method: 'basic', username: 'reader' }
const ISCSI = { portal: '192.0.2.1:3260', target: 'iqn.2023-01.com.example:a', chap_enabled: true, chap_user: 'x' }
const SECRET = 'not-a-real-secret'

type Backend = Awaited<ReturnType<typeof makeBackend>>

/** What each kind of operation does with a backend's secrets; a new kind has to say so. */
const KINDS: Record<OperationKind, 'opens' | 'through mounts' | 'opens none'> = {
  'backend.test': 'opens',
  'backend.discover': 'opens',
  'backend.usage': 'opens',
  'backend.connect': 'opens',
  'backend.disconnect': 'opens',
  'mount.apply': 'opens',
  'backend.apply': 'through mounts',
  'mount.remove': 'opens none',
  'mount.abandon': 'opens none',
  'mount.check': 'opens none',
  'pool.apply': 'opens',
  'pool.remove': 'opens',
  'pool.move_host': 'opens',
  'volume.work': 'opens none',
  'machine.attach_disk': 'opens none',
  'machine.detach_disk': 'opens none',
  'machine.power': 'opens none',
  'machine.add_clipboard': 'opens none',
  'container.power': 'opens none',
  'container.create': 'opens',
  'container.remove': 'opens none',
  'machine.create': 'opens none',
  'machine.remove': 'opens none',
  'workload.attach_mount': 'opens none',
  'workload.detach_mount': 'opens none',
  'host.inspect_mount': 'opens none',
  'host.refresh': 'opens none',
  'host.existing_mounts': 'opens none',
  'host.install_tools': 'opens none',
  'host.update_agent': 'opens none',
}

testDatabases('a forged destination', { postgres: 'full' }, (database) => {
  let fleet: TestFleet
  let agent: FakeAgent
  beforeAll(async () => {
    fleet = await startTestFleet(database)
    agent = await fleet.addHost()
  })
  afterAll(() => fleet.stop())

  const publicKey = async () => (await readSetting(database.prisma, 'sealing_public_key')) as JWK

  /** As an honest web process has stored it. */
  async function store(driver: string, config: Record<string, unknown>, field: string): Promise<Backend> {
    const backend = await makeBackend(database.prisma, { driver, config: config as object })
    const context = { ownerId: backend.id, field }
    const sealed = await sealSecret(await publicKey(), new Secret(SECRET), context, [destinationOf(driver, config)])
    await database.prisma.backendSecret.create({
      data: { backendId: backend.id, field, sealed, fingerprint: '00000000' },
    })
    return backend
  }
  async function payloadOf(backend: Backend, over: Record<string, unknown> = {}) {
    const secrets = await database.prisma.backendSecret.findMany({ where: { backendId: backend.id } })
    const sealedSecrets = Object.fromEntries(secrets.map(({ field, sealed }) => [field, sealed]))
    const config = { ...(backend.config as object), ...over }
    return { id: backend.id, driver: backend.driver, config, sealedSecrets }
  }

  /** Each kind that opens secrets, of a backend that was written over by whoever has the web process. */
  const forge: Record<string, (forged: boolean) => Promise<{ kind: OperationKind; payload: object }>> = {
    async 'backend.test'(forged) {
      const backend = await payloadOf(
        await store('http', HTTP, 'password'),
        forged ? { base_url: 'http://192.0.2.9' } : {},
      )
      return { kind: 'backend.test', payload: { hostId: agent.hostId, backend, save: false } }
    },
    async 'backend.discover'(forged) {
      const config = { server: 'nas-a', share_name: 'media', username: 'x' }
      const backend = await payloadOf(await store('cifs', config, 'password'), forged ? { server: '192.0.2.9' } : {})
      return { kind: 'backend.discover', payload: { hostId: agent.hostId, discovery: 'shares', backend } }
    },
    async 'backend.usage'(forged) {
      const { id } = await store('http', HTTP, 'password')
      if (forged)
        await database.prisma.backend.update({ where: { id }, data: { config: { ...HTTP, verify_ssl: false } } })
      return { kind: 'backend.usage', payload: { hostId: agent.hostId, backendId: id } }
    },
    'backend.connect': (forged) => connection('backend.connect', 'connected', forged),
    'backend.disconnect': (forged) => connection('backend.disconnect', 'disconnected', forged),
    'pool.apply': (forged) => pool('pool.apply', 'open', forged),
    'pool.remove': (forged) => pool('pool.remove', 'closed', forged),
    async 'pool.move_host'(forged) {
      const { payload } = await pool('pool.apply', 'open', forged)
      const hosts = { fromHostId: newId('host'), toHostId: agent.hostId }
      return { kind: 'pool.move_host', payload: { ...payload, ...hosts } }
    },
    async 'mount.apply'(forged) {
      const { id } = await store('http', HTTP, 'password')
      const mount = await makeMount(database.prisma, { backendId: id, hostIds: [agent.hostId] })
      if (forged)
        await database.prisma.backend.update({
          where: { id },
          data: { config: { ...HTTP, base_url: 'https://192.0.2.9' } },
        })
      return { kind: 'mount.apply', payload: { mountId: mount.id, hostIds: [agent.hostId] } }
    },
    async 'container.create'(forged) {
      const container = {
        target: 'docker',
        name: 'web',
        image: 'debian:13',
        ports: [],
        restart: 'no',
        mounts: [],
        starts: false,
      }
      const ownerId = newId('workload')
      const destination = environmentDestination({ ...container, hostId: agent.hostId })
      const sealed = await sealSecret(await publicKey(), new Secret(SECRET), { ownerId, field: 'KEY' }, [destination])
      const payload = { hostId: agent.hostId, ownerId, sealedEnv: { KEY: sealed }, by: 'x' }
      return {
        kind: 'container.create',
        payload: { ...payload, container: { ...container, ...(forged ? { image: 'other:1' } : {}) } },
      }
    },
    async 'mount.apply with an override'(forged) {
      const { id } = await store('cifs', { server: 'nas-a', share_name: 'media', username: 'x' }, 'password')
      const mount = await makeMount(database.prisma, { backendId: id, hostIds: [agent.hostId] })
      const overrides = { config: forged ? { server: '192.0.2.9' } : { uid: 7 } }
      await database.prisma.mountOnHost.updateMany({ where: { mountId: mount.id }, data: { overrides } })
      return { kind: 'mount.apply', payload: { mountId: mount.id, hostIds: [agent.hostId] } }
    },
  }
  async function connection(kind: OperationKind, desired: 'connected' | 'disconnected', forged: boolean) {
    const { id } = await store('iscsi-lvm', ISCSI, 'chap_password')
    const config = forged ? { ...ISCSI, portal: '192.0.2.9:3260' } : ISCSI
    await database.prisma.backend.update({ where: { id }, data: { config } })
    await database.prisma.backendOnHost.create({
      data: {
        backendId: id,
        hostId: agent.hostId,
        desired,
        desiredGeneration: 1,
        nextAttemptAt: new Date(Date.now() + 3_600_000),
      },
    })
    return { kind, payload: { hostId: agent.hostId, backendId: id } }
  }

  async function pool(kind: OperationKind, desired: 'open' | 'closed', forged: boolean) {
    const { payload } = await connection('backend.connect', 'connected', forged)
    const id = newId('pool')
    const hostId = agent.hostId
    await database.prisma.pool.create({
      data: {
        id,
        name: id,
        backendId: payload.backendId,
        settings: { mode: 'thin' },
        // Else one is chosen while another case runs, and the pool is opened anew.
        keeperId: hostId,
        hosts: { create: { hostId, desired, nextAttemptAt: new Date(Date.now() + 3_600_000) } },
      },
    })
    return { kind, payload: { poolId: id, hostIds: [hostId] } }
  }

  it('is tried in every kind of operation that opens secrets', () => {
    const opening = Object.entries(KINDS).flatMap(([kind, how]) => (how === 'opens' ? [kind] : []))
    expect(opening.filter((kind) => forge[kind] === undefined)).toEqual([])
  })

  it.each(Object.keys(forge))('is refused before anything is opened or sent: %s', async (name) => {
    const run = async (forged: boolean) => {
      const { kind, payload } = (await forge[name]?.(forged)) ?? { kind: 'host.refresh' as const, payload: {} }
      const seen = agent.calls.length
      const id = await fleet.request(kind, payload as OperationPayload<typeof kind>, [agent.hostId])
      const ended = await fleet.ended(id)
      return {
        ended,
        sent: agent.calls.slice(seen).filter((call) => JSON.stringify(call.request).match(/"(?:backend|env)"/)),
      }
    }
    const refused = await run(true)
    expect(refused.ended.status).toBe('failed')
    expect(refused.ended.hosts[0]?.errorCode ?? refused.ended.errorCode).toBe('credentials_rejected')
    expect(refused.ended.hosts[0]?.error ?? refused.ended.error).toMatch(
      /is not sent there: .* changed from .* Enter it again\.$/,
    )
    expect(refused.sent).toEqual([])
    // The same, as it was stored, goes through.
    const good = await run(false)
    expect(JSON.stringify(good.sent)).toContain(SECRET)
  })

  it('is refused for a secret of another backend, of another field, and of another type', async () => {
    const mine = await store('http', { ...HTTP, base_url: 'http://192.0.2.9' }, 'password')
    const other = await store('http', HTTP, 'password')
    const { sealedSecrets } = await payloadOf(other)
    const attempts = [
      { ...(await payloadOf(mine)), sealedSecrets },
      { ...(await payloadOf(mine)), sealedSecrets, sealedFor: { password: other.id } },
      { ...(await payloadOf(other)), sealedSecrets: { token: sealedSecrets.password ?? '' } },
      { ...(await payloadOf(other)), driver: 'cifs', config: { server: '192.0.2.9', share_name: 'x', username: 'x' } },
    ]
    const seen = agent.calls.length
    for (const backend of attempts) {
      const payload = { hostId: agent.hostId, backend, save: false }
      const { status } = await fleet.ended(await fleet.request('backend.test', payload, [agent.hostId]))
      expect(status).toBe('failed')
    }
    expect(agent.calls.slice(seen).filter((call) => call.operation === 'testBackend')).toEqual([])
  })
})

testDatabases('secrets from before they had destinations', { postgres: 'full' }, (database) => {
  let first: TestFleet
  beforeAll(async () => {
    first = await startTestFleet(database, { isIdle: true })
    await first.controller.stop()
  })
  afterAll(() => rmSync(first.directory, { recursive: true, force: true }))

  const marker = () => path.join(first.directory, 'controller', 'secrets-have-destinations.json')

  /** As it was sealed then: for its owner and field, and for no place. */
  async function sealOld(ownerId: string, field: string): Promise<string> {
    const key = (await readSetting(database.prisma, 'sealing_public_key')) as JWK
    return new CompactEncrypt(new TextEncoder().encode(SECRET))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid ?? '', ctx: JSON.stringify([ownerId, field]) })
      .encrypt(key)
  }
  async function storeOld(over: { sealedFor?: string; sealed?: string } = {}) {
    const config = { server: 'nas-a', share_name: 'media', username: 'x' }
    const backend = await makeBackend(database.prisma, { driver: 'cifs', config })
    const sealed = over.sealed ?? (await sealOld(over.sealedFor ?? backend.id, 'password'))
    const updatedAt = new Date('2020-01-01T00:00:00Z')
    const sealedFor = over.sealedFor ?? null
    await database.prisma.backendSecret.create({
      data: { backendId: backend.id, field: 'password', sealed, sealedFor, fingerprint: '00000000', updatedAt },
    })
    return backend.id
  }

  it('are bound once, each to where its backend and its hosts have it, and from then on refused', async () => {
    rmSync(marker())
    const [plain, origin] = [await storeOld(), newId('backend')]
    const copy = await storeOld({ sealedFor: origin })
    const damaged = await storeOld({ sealed: 'not.a.real.sealed.text' })
    const bound: BoundSecret[] = []
    const fleet = await startTestFleet(database, {
      directory: first.directory,
      auditBound: async (_tx, each) => void bound.push(each),
    })
    const agent = await fleet.addHost()
    const run = async (backendId: string, overrides?: object) => {
      const mount = await makeMount(database.prisma, { backendId, hostIds: [agent.hostId] })
      if (overrides) await database.prisma.mountOnHost.updateMany({ where: { mountId: mount.id }, data: { overrides } })
      const payload = { mountId: mount.id, hostIds: [agent.hostId] }
      return fleet.ended(await fleet.request('mount.apply', payload, [agent.hostId]))
    }
    try {
      const here = { type: 'cifs', server: 'nas-a', port: null, smb_version: 'auto', seal: false, sec: null }
      expect(bound.map(({ backend, field, destinations }) => [backend.id, field, destinations])).toEqual(
        [plain, copy].sort().map((id) => [id, 'password', [here]]),
      )
      expect(existsSync(marker())).toBe(true)
      expect(fleet.logged.join('\n')).toContain(damaged)
      for (const id of [plain, copy]) expect((await run(id)).status).toBe('succeeded')
      expect(agent.calls.filter((call) => JSON.stringify(call.request).includes(SECRET))).not.toEqual([])
      expect((await run(plain, { config: { server: '192.0.2.9' } })).hosts[0]?.errorCode).toBe('credentials_rejected')
      const stored = await database.prisma.backendSecret.findFirstOrThrow({ where: { backendId: plain } })
      expect(stored.updatedAt).toEqual(new Date('2020-01-01T00:00:00Z'))
    } finally {
      await fleet.stop()
    }

    // Whoever can write to the database puts one without destinations back, and has the controller started again.
    const late = await storeOld()
    const again = await startTestFleet(database, {
      directory: first.directory,
      auditBound: async (_tx, each) => void bound.push(each),
    })
    try {
      const host = await again.addHost()
      const mount = await makeMount(database.prisma, { backendId: late, hostIds: [host.hostId] })
      const payload = { mountId: mount.id, hostIds: [host.hostId] }
      const ended = await again.ended(await again.request('mount.apply', payload, [host.hostId]))
      expect(ended.hosts[0]).toMatchObject({
        errorCode: 'credentials_rejected',
        error: expect.stringContaining('stored without saying where it may go'),
      })
      expect(bound).toHaveLength(2)
    } finally {
      await again.stop()
    }
  })

  it('are bound by the next start when the disk took them not, or after a change that came between', async () => {
    rmSync(marker())
    const id = await storeOld()
    const options = { directory: first.directory, isIdle: true }
    const full = () => Promise.reject(new HoldfastError('disk_full', 'The disk is full.'))
    await expect(startTestFleet(database, { ...options, auditBound: full })).rejects.toThrow('The disk is full.')
    expect(existsSync(marker())).toBe(false)

    const { binding } = await openSealingKeys(path.dirname(marker()))
    if (!binding) throw new Error('nothing is to be bound')
    let isChanged = false
    const seal: Binding['seal'] = async (...given) => {
      if (!isChanged) await database.prisma.backend.update({ where: { id }, data: { generation: { increment: 1 } } })
      isChanged = true
      return binding.seal(...given)
    }
    const bound: BoundSecret[] = []
    const audit = async (_tx: unknown, each: BoundSecret) => void bound.push(each)
    await bindSecrets(
      { prisma: database.prisma, log: createLog('test', 'error', () => undefined), audit },
      { ...binding, seal },
    )
    expect(bound.map(({ backend }) => backend.id)).toContain(id)
    expect(existsSync(marker())).toBe(true)
  })

  it('are left as they are when somebody changes them or their backend meanwhile', async () => {
    const id = await storeOld()
    const read = async () => {
      const found = (await findSecretsToBind(database.prisma)).find((secret) => secret.backendId === id)
      if (!found) throw new Error('the secret is not there')
      return found
    }
    const before = await read()
    await database.prisma.backend.update({ where: { id }, data: { generation: { increment: 1 } } })
    expect(await saveBound(database.prisma, before, 'sealed for the wrong place')).toBe(false)
    const again = await read()
    const where = { backendId: id }
    await database.prisma.backendSecret.updateMany({ where, data: { sealed: 'entered meanwhile' } })
    expect(await saveBound(database.prisma, again, 'sealed too late')).toBe(false)
    expect((await database.prisma.backendSecret.findFirstOrThrow({ where })).sealed).toBe('entered meanwhile')
    expect(await saveBound(database.prisma, await read(), 'sealed in time')).toBe(true)
    await database.prisma.backendSecret.deleteMany({ where })
  })

  it('are bound to the other address of a host too', async () => {
    rmSync(marker())
    const id = await storeOld()
    const mount = await makeMount(database.prisma, { backendId: id })
    const hostId = newId('host')
    await database.prisma.host.create({ data: { id: hostId, name: hostId, address: '127.0.0.1:1', labels: {} } })
    const overrides = { config: { server: 'nas-b' } }
    await database.prisma.mountOnHost.create({ data: { mountId: mount.id, hostId, overrides } })
    const bound: BoundSecret[] = []
    const fleet = await startTestFleet(database, {
      directory: first.directory,
      isIdle: true,
      auditBound: async (_tx, each) => void bound.push(each),
    })
    await fleet.stop()
    expect(bound.find(({ backend }) => backend.id === id)?.destinations.map(({ server }) => server)).toEqual([
      'nas-a',
      'nas-b',
    ])
  })
})
