import { expect, test } from 'vitest'
import type { SecretHost } from '@/agent/libvirt/ceph-secrets'
import { ManagedPool } from '@/agent/resources/pools/managed-pool'
import { POOL_DOCUMENTS } from '@/agent/resources/pools/pool-documents'
import { PoolKeys } from '@/agent/resources/pools/pool-keys'
import { Secret } from '@/lib/secret'
import { setUpPools } from '@/testing/agent/pools-rig'
import { testId } from '@/testing/ids'

const rig = setUpPools()
const USAGE = 'holdfast bkd_1'
const LIBVIRT_KEY = { usage: USAGE, key: new Secret('AQB=') }
const HOST: SecretHost = {
  run: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  secretFile: async () => ({ path: '', done: async () => undefined }),
}

/** A libvirt that keeps what it is given, over the journal of the rig. */
function keysOver(pools: ManagedPool[]) {
  const known = new Map<string, string>()
  const set: string[] = []
  const fault: { error: Error | null } = { error: null }
  const keys = new PoolKeys({
    wanted: rig.journal.documents(POOL_DOCUMENTS),
    pools: () => pools,
    secrets: {
      isThere: () => true,
      async keep({ usage, uuid }, isKeyNew) {
        if (fault.error !== null) throw fault.error
        if (isKeyNew || !known.has(usage)) set.push(usage)
        if (!known.has(usage)) known.set(usage, uuid)
        return known.get(usage) ?? ''
      },
      drop: async (usage) => void known.delete(usage),
    },
  })
  return { keys, known, set, fault }
}

function poolOf(name: string): ManagedPool {
  const wanted = rig.journal.documents(POOL_DOCUMENTS)
  const wire = rig.wire({ poolId: testId('pool', name) })
  wanted.want(wire, 1)
  const desired = wanted.find(wire.poolId)
  if (desired === null) throw new Error('not wanted')
  return new ManagedPool(desired)
}

test('a secret that was deleted by hand comes back under its UUID, also after a restart of the agent', async () => {
  const pool = poolOf('1')
  const { keys, known, set } = keysOver([pool])
  await keys.keep(pool, { libvirtKey: LIBVIRT_KEY }, HOST)
  const uuid = pool.libvirtSecret?.uuid
  expect(uuid).toMatch(/^[0-9a-f-]{36}$/)
  await keys.keep(pool, { libvirtKey: LIBVIRT_KEY }, HOST)
  expect(set).toHaveLength(1)
  known.clear()
  const again = rig.journal.documents(POOL_DOCUMENTS).find(pool.id)
  if (again === null) throw new Error('forgotten')
  const later = new ManagedPool(again)
  await keys.keep(later, { libvirtKey: LIBVIRT_KEY }, HOST)
  expect(known.get(USAGE)).toBe(uuid)
  expect(later.view().libvirtSecret).toEqual({ usage: USAGE, uuid, error: null })
})

test('a new key is set where the secret is there already', async () => {
  const pool = poolOf('1')
  const { keys, set } = keysOver([pool])
  await keys.keep(pool, { libvirtKey: LIBVIRT_KEY }, HOST)
  const desired = rig.journal.documents(POOL_DOCUMENTS).find(pool.id)
  if (desired !== null) pool.want(desired)
  await keys.keep(pool, { libvirtKey: LIBVIRT_KEY }, HOST)
  expect(set).toHaveLength(2)
})

test('two pools of one backend share it, and it goes with the last of them', async () => {
  const pools = [poolOf('1'), poolOf('2')]
  const [one, two] = pools
  if (one === undefined || two === undefined) throw new Error('no pools')
  const { keys, known } = keysOver(pools)
  for (const pool of pools) await keys.keep(pool, { libvirtKey: LIBVIRT_KEY }, HOST)
  expect(one.libvirtSecret?.uuid).toBe(two.libvirtSecret?.uuid)
  const turn = { log: () => undefined }
  one.removing = true
  await keys.drop(one, USAGE, HOST, turn)
  expect(known.has(USAGE)).toBe(true)
  two.removing = true
  await keys.drop(two, USAGE, HOST, turn)
  expect(known.has(USAGE)).toBe(false)
})

test('a libvirt that fails keeps nothing from going on, and is told', async () => {
  const pool = poolOf('1')
  const { keys, fault } = keysOver([pool])
  fault.error = new Error('gone')
  await keys.keep(pool, { libvirtKey: LIBVIRT_KEY }, HOST)
  expect(pool.libvirtSecret).toMatchObject({ uuid: null, error: expect.any(String) })
})

test('without libvirt, or where people look after the key, nothing is told', async () => {
  const pool = poolOf('1')
  const { keys, known } = keysOver([pool])
  await keys.keep(pool, { libvirtKey: null }, HOST)
  expect(pool.view().libvirtSecret).toBeNull()
  expect(known.size).toBe(0)
})
