import { beforeAll, expect, it } from 'vitest'
import { contractLab, LIMIT_MS } from '@/e2e/support/contract-lab'
import { cephNamespace, cephUsers, makeCephUsers, wrongCephKey } from '@/e2e/support/lab-ceph'
import { labFacts } from '@/e2e/support/lab-facts'
import { cephRbdHost } from '@/lib/drivers/ceph-rbd/host'
import type { StepId } from '@/lib/drivers/contract/steps'
import { toHostBackend } from '@/lib/drivers/input'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { newRecording, recordingContext, spellingsOf } from '@/testing/drivers/recording'

/**
 * Ceph RBD against a real cluster. Each question starts a Python program in an emulated guest, which takes ten seconds and more:
 * so this asks what only a real cluster can answer, and the contract as a whole runs over its recorded answers.
 */
const { ceph, nobody, servers } = labFacts
const { full, none, tenant } = cephUsers
const MONITOR_PORTS = [3300, 6789]
const place = contractLab()

beforeAll(async () => {
  await place.lab.servers.ok(makeCephUsers(), { timeoutMs: 300_000 })
})

interface Change {
  config?: Record<string, unknown>
  key?: string
}

function backend({ config = {}, key = full.key }: Change = {}, options = {}) {
  const all = { monitors: servers.address, pool: ceph.pool, user: full.name, ...config }
  return toHostBackend('bkd_contract', 'ceph-rbd', all, { keyring: key }, options)
}

/** A context whose commands, log and steps are searched for the key at the end. */
function watched(key: string = full.key) {
  const recording = newRecording()
  return {
    context: recordingContext(place.remote.host, recording, LIMIT_MS),
    async keepsTheKey(): Promise<void> {
      for (const spelling of spellingsOf(key)) expect(JSON.stringify(recording)).not.toContain(spelling)
      const kept = await place.lab.host.exec(`grep -rlF '${key}' /run /tmp /etc /var/lib/holdfast-contract /var/log`)
      expect(kept.stdout).toBe('')
    },
  }
}

/** What the cluster itself says of the pool, as its administrator asks. */
async function poolOfCluster(): Promise<{ stored: number; max_avail: number }> {
  const said = await place.lab.servers.ok('ceph df --format json', { timeoutMs: 120_000 })
  const { pools } = JSON.parse(said) as { pools: { name: string; stats: { stored: number; max_avail: number } }[] }
  const pool = pools.find(({ name }) => name === ceph.pool)
  if (pool === undefined) throw new Error(`the cluster has no pool ${ceph.pool}: ${said}`)
  return pool.stats
}

it('passes its test, and says the capacity that the cluster says', async () => {
  const { context, keepsTheKey } = watched()
  const steps = await cephRbdHost.test(backend(), context)
  expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
  expect(steps.map(({ id }) => id)).toEqual([
    'tools',
    'name',
    'tcp',
    'authentication',
    'target',
    'namespace',
    'capacity',
  ])
  const usage = await cephRbdHost.usage?.(backend(), null, context)
  const { stored, max_avail } = await poolOfCluster()
  expect(usage).toMatchObject({ totalBytes: stored + max_avail, usedBytes: stored, availableBytes: max_avail })
  await keepsTheKey()
})

const WRONG: [string, Change, StepId, ProblemId][] = [
  ['the key is wrong', { key: wrongCephKey }, 'authentication', 'ceph.wrong_key'],
]
const MORE_WRONG: typeof WRONG = [
  ['the pool does not exist', { config: { pool: 'nowhere' } }, 'target', 'ceph.no_pool'],
  ['the user may not look into it', { config: { user: none.name }, key: none.key }, 'target', 'ceph.no_caps'],
  ['nobody is at the address', { config: { monitors: nobody.address } }, 'tcp', 'network.no_route'],
]
it.each(WRONG)('says when %s', saysWhat)
it.each(MORE_WRONG)('says when %s', { tags: 'full' }, saysWhat)

async function saysWhat(_what: string, change: Change, step: StepId, problem: ProblemId): Promise<void> {
  const { context, keepsTheKey } = watched(change.key)
  const failed = (await cephRbdHost.test(backend(change), context)).filter(({ status }) => status === 'failed')
  expect(failed).toEqual([expect.objectContaining({ id: step, problem, values: expect.any(Object) })])
  await keepsTheKey()
}

it('says when the monitor is cut off, in test and in connect', { tags: 'full' }, async () => {
  await place.lab.servers.blackhole(true, { ports: MONITOR_PORTS })
  try {
    const steps = await cephRbdHost.test(backend(), watched().context)
    expect(steps.at(-1)).toMatchObject({ id: 'tcp', problem: 'network.timed_out' })
    await expect(cephRbdHost.connect?.(backend(), watched().context)).rejects.toMatchObject({
      code: 'backend_unreachable',
      details: { problem: 'network.timed_out' },
    })
  } finally {
    await place.lab.servers.blackhole(false)
  }
})

it('finds the pools that are for RBD, and the namespaces of one', { tags: 'full' }, async () => {
  const { pool: _unknown, ...half } = backend().config
  const partial = toHostBackend('bkd_contract', 'ceph-rbd', half, { keyring: full.key }, { partial: true })
  expect(await cephRbdHost.discover?.pools?.(partial, watched().context)).toEqual([{ value: ceph.pool }])
  expect(await cephRbdHost.discover?.namespaces?.(backend(), watched().context)).toEqual([{ value: cephNamespace }])
})

it('connects a namespace for a user who may nothing else, counts its images, and does not let go of one in use', async () => {
  const inside = backend({ config: { user: tenant.name, namespace: cephNamespace }, key: tenant.key })
  const { context, keepsTheKey } = watched(tenant.key)
  const { summary, details, usage } = (await cephRbdHost.connect?.(inside, context)) ?? {}
  expect(details).toMatchObject({ Cluster: await place.lab.servers.ok('ceph fsid'), Namespace: cephNamespace })
  expect(summary).toContain(`${ceph.pool}/${cephNamespace}`)
  expect(usage?.usedBytes).toBe(0)
  await keepsTheKey()
  const user = `--id ${tenant.name} --mon-host ${servers.address} --keyfile /run/tenant.key`
  const image = `${ceph.pool}/${cephNamespace}/one`
  await place.lab.host.ok(
    `printf %s '${tenant.key}' > /run/tenant.key && rbd map ${user} -o noudev ${image} && rm /run/tenant.key`,
    { timeoutMs: 120_000 },
  )
  const disconnected = () => cephRbdHost.disconnect?.(inside, watched().context)
  await expect(disconnected()).rejects.toMatchObject({ code: 'busy', details: { problem: 'ceph.mapped' } })
  // Whoever looks at a new block device keeps it busy for a moment.
  const unmap = 'until echo 0 > /sys/bus/rbd/remove_single_major; do sleep 0.2; done'
  await place.lab.host.ok(`timeout 60 bash -c '${unmap}' 2>/dev/null`, { timeoutMs: 90_000 })
  await disconnected()
})
