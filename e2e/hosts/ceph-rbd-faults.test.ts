/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeKillable } from '@/e2e/support/killable-agent'
import { cephUsers, makeCephUsers } from '@/e2e/support/lab-ceph'
import { actOn, askFor, connectionOf, untilConnection, untilEnded } from '@/e2e/support/lab-connections'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'

/** What happens to a connected pool. Nothing of it stands on the host, so what counts is what is shown and what works. */
const { ceph, servers } = labFacts
const { full } = cephUsers
let fleet: LabProduct
let id: string

beforeAll(async () => {
  fleet = await useLabProduct()
  await fleet.lab.servers.ok(makeCephUsers(), { timeoutMs: 300_000 })
  const config = { monitors: servers.address, pool: ceph.pool, user: full.name, keyring: full.key }
  id = (await fleet.createBackend('ceph', 'ceph-rbd', config)).id
})
afterAll(() => fleet?.close())

it('an agent that is killed in the middle of a connect is followed by one that finishes it', async () => {
  const agent = await makeKillable(fleet)
  const before = await agent.arm('connect.after')
  await askFor(fleet, 'connect', id)
  await agent.untilRevived(before)
  const { details } = await untilConnection(fleet, id, 'connected', 300_000)
  expect(details).toMatchObject({ Cluster: await fleet.lab.servers.ok('ceph fsid'), Pool: ceph.pool })
})

it('restarted servers are shown while they are away, and come back by themselves', async () => {
  const { servers: guest } = fleet.lab
  const stop = 'pkill -x ceph-osd; pkill -x ceph-mon; while pgrep -x "ceph-(mon|osd)" > /dev/null; do sleep 0.2; done'
  await guest.ok(stop, { timeoutMs: 120_000 })
  const away = await untilConnection(fleet, id, 'error')
  expect(away).toMatchObject({ problem: 'network.refused', advice: expect.any(String), details: { Pool: ceph.pool } })
  await guest.ok('ceph-mon -i "$(hostname -s)" && ceph-osd -i 0', { timeoutMs: 120_000 })
  await untilConnection(fleet, id, 'connected')
})

it('a cut-off server is shown, and comes back', { tags: 'full' }, async () => {
  const { servers: guest } = fleet.lab
  await guest.blackhole(true, { ports: [3300, 6789] })
  try {
    const away = await untilConnection(fleet, id, 'error')
    expect(away).toMatchObject({ problem: 'network.timed_out', advice: expect.any(String) })
  } finally {
    await guest.blackhole(false)
  }
  await untilConnection(fleet, id, 'connected')
})

it('two connects at once are answered both, and a disconnect leaves nothing wanted', { tags: 'full' }, async () => {
  const operations = await Promise.all([askFor(fleet, 'connect', id), askFor(fleet, 'connect', id)])
  for (const operation of operations) {
    expect(await untilEnded(fleet, operation, 400_000)).toMatchObject({ status: 'succeeded', error: null })
  }
  expect(await actOn(fleet, 'disconnect', id)).toMatchObject({ status: 'succeeded', error: null })
  expect(await connectionOf(fleet, id)).toBeUndefined()
})
