import { expect, it, vi } from 'vitest'
import { POST as duplicate } from '@/app/api/v1/storage/backends/[id]/duplicate/route'
import { GET as getOne, PATCH } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as testSaved } from '@/app/api/v1/storage/backends/[id]/test/route'
import { POST as discover } from '@/app/api/v1/storage/backends/discover/route'
import { POST as create } from '@/app/api/v1/storage/backends/route'
import { POST as testUnsaved } from '@/app/api/v1/storage/backends/test/route'
import { BackendView } from '@/lib/backends/schema'
import { type DriverId, driverById } from '@/lib/drivers/registry'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { SECRET_SAMPLES, samplesOf } from '@/testing/drivers/samples'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 30_000 })

const sampleOf = (type: DriverId) => samplesOf(type).secrets ?? { config: {}, secrets: {} }

testDatabases('where a stored secret goes', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let agent: FakeAgent | undefined
  let number = 0
  const host = async () => {
    agent ??= await fleet().addHost()
    await expect.poll(() => database.prisma.host.count({ where: { observedStatus: 'online' } })).toBe(1)
    return agent
  }
  const make = async (type: DriverId, over: Record<string, unknown> = {}) => {
    const config = { ...sampleOf(type).config, ...sampleOf(type).secrets, ...over }
    const made = await api.call('operator', create, 'POST', { body: { name: `${type} ${++number}`, type, config } })
    return made.data(BackendView)
  }
  const ask = (route: typeof testUnsaved, body: Record<string, unknown>) =>
    api.call('operator', route, 'POST', { body })
  /** As a client does it that has read the backend. */
  const patch = async (id: string, change: object) => {
    const { config } = (await api.call('viewer', getOne, 'GET', { params: { id } })).data(BackendView)
    return api.call('operator', PATCH, 'PATCH', { params: { id }, body: { config: { ...config, ...change } } })
  }
  const lastSent = async () =>
    (await host()).calls.at(-1)?.request as { backend: { config: object; secrets: Record<string, string> } }

  it.each(SECRET_SAMPLES)(
    'of %s is sealed with it: each other destination needs it again, all else does not',
    async (type, { config, others, secrets: secret, companions = {}, decides }) => {
      const { calls } = await host()
      const [field] = Object.keys(secret)
      const { id } = await make(type)
      const { discoveries, fields, fixedAfterCreate } = driverById(type)
      const [discovery] = Object.keys(discoveries)
      for (const [key, value] of Object.entries(others)) {
        const changed = { ...config, ...companions[key], [key]: value }
        const isFixed = Object.hasOwn(fixedAfterCreate, key)
        const sent = calls.length
        const test = await ask(testUnsaved, { type, backend_id: id, config: changed })
        if (!decides.includes(key)) {
          expect([key, test.status]).toEqual([key, 200])
          expect((await lastSent()).backend.secrets).toEqual(secret)
          if (!isFixed) {
            expect([key, (await patch(id, { ...companions[key], [key]: value })).status]).toEqual([key, 200])
            await patch(id, {
              ...Object.fromEntries(Object.keys(companions[key] ?? {}).map((name) => [name, null])),
              [key]: config[key] ?? null,
            })
          }
          continue
        }
        const refused = [
          test,
          ...(isFixed ? [] : [await patch(id, { ...companions[key], [key]: value })]),
          ...(discovery ? [await ask(discover, { type, backend_id: id, discovery, config: changed })] : []),
        ]
        for (const answer of refused) {
          expect([key, answer.status]).toEqual([key, 400])
          const [problem] = answer.problem().fields ?? []
          expect(problem?.field).toBe(`config.${field}`)
          expect(problem?.message).toMatch(/^Enter it again, since /)
          expect(problem?.message).toContain(`${fields[key]?.label} changed`)
        }
        expect(calls.length).toBe(sent)
        // Entered again, it goes there.
        const entered = await ask(testUnsaved, { type, backend_id: id, config: { ...changed, ...secret } })
        expect([key, entered.status]).toEqual([key, 200])
      }
    },
  )

  it('says in one line what changed and what to do', async () => {
    await host()
    const { id } = await make('http')
    const answer = await patch(id, { base_url: 'http://files.example.com/a' })
    expect(answer.problem().detail).toBe(
      'config.password: Enter it again, since Base URL changed from https://files.example.com/a to http://files.example.com/a. A stored secret is used only where it was entered for.',
    )
  })

  it('moves with the secret entered again, or without one that was cleared', async () => {
    await host()
    const { id } = await make('cifs')
    expect((await patch(id, { server: 'nas-b', password: 'not-a-real-secret' })).status).toBe(200)
    await api.call('operator', testSaved, 'POST', { params: { id } })
    expect(await lastSent()).toMatchObject({
      backend: { config: { server: 'nas-b' }, secrets: sampleOf('cifs').secrets },
    })
    expect((await patch(id, { server: 'nas-a' })).status).toBe(400)
    expect((await patch(id, { server: 'nas-a', password: null })).status).toBe(200)
    await api.call('operator', testSaved, 'POST', { params: { id } })
    expect(await lastSent()).toMatchObject({ backend: { config: { server: 'nas-a' }, secrets: {} } })
  })

  it('needs both secrets again where a type has two', async () => {
    const mutual = { mutual_chap_enabled: true, mutual_chap_user: 'target', mutual_chap_password: 'another-fake-one' }
    const { id } = await make('iscsi-lvm', mutual)
    const fields = async (config: object) => (await patch(id, config)).problem().fields?.map(({ field }) => field)
    expect(await fields({ portal: '192.0.2.9' })).toEqual(['config.chap_password', 'config.mutual_chap_password'])
    expect(await fields({ portal: '192.0.2.9', chap_password: 'not-a-real-secret' })).toEqual([
      'config.mutual_chap_password',
    ])
  })

  it('is the same for a copy, and for a copy of a copy', async () => {
    await host()
    const { id } = await make('s3')
    const copy = async (of: string) =>
      (await api.call('operator', duplicate, 'POST', { params: { id: of }, body: { name: `copy ${++number}` } })).data(
        BackendView,
      ).id
    const second = await copy(await copy(id))
    expect((await api.call('operator', testSaved, 'POST', { params: { id: second } })).status).toBe(200)
    expect(await lastSent()).toMatchObject({ backend: { id: second, secrets: sampleOf('s3').secrets } })
    expect((await patch(second, { endpoint: 'https://mine.example.com' })).status).toBe(400)
  })

  it('is what a discovery takes for settings that it is not told', async () => {
    await host()
    const { id } = await make('s3')
    const config = { provider: 'Other', access_key_id: 'FAKEKEY' }
    const found = await ask(discover, { type: 's3', discovery: 'buckets', backend_id: id, config })
    expect(found.status).toBe(200)
    expect(await lastSent()).toMatchObject({ backend: { config: { endpoint: 'https://s3.example.com' } } })
    const cleared = { ...config, endpoint: '', region: 'eu-west-1', provider: 'AWS' }
    const refused = await ask(discover, { type: 's3', discovery: 'buckets', backend_id: id, config: cleared })
    expect(refused.problem().fields?.[0]?.message).toContain('Endpoint changed from https://s3.example.com to nothing')
  })

  it('is in the audit of each test and discovery, with the secrets that were used and never what they are', async () => {
    await host()
    const { id } = await make('http')
    const newest = async (action: string) =>
      (await database.prisma.auditEntry.findFirstOrThrow({ where: { action }, orderBy: { sequence: 'desc' } })).change
    await ask(testUnsaved, { type: 'http', backend_id: id, config: sampleOf('http').config })
    const base_url = 'https://files.example.com/a'
    expect(await newest('backend.tested')).toMatchObject({
      config: { base_url },
      secrets: { given: [], stored: ['password'] },
    })
    await ask(testUnsaved, { type: 'http', config: { ...sampleOf('http').config, ...sampleOf('http').secrets } })
    expect(await newest('backend.tested')).toMatchObject({
      config: { base_url },
      secrets: { given: ['password'], stored: [] },
    })
    await ask(discover, { type: 'nfs', discovery: 'exports', config: { server: 'nas.example.com' } })
    expect(await newest('backend.discovered')).toMatchObject({ config: { server: 'nas.example.com' } })
    expect(
      JSON.stringify(await database.prisma.auditEntry.findMany(), (_key, value) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    ).not.toContain('not-a-real-secret')
  })
})
