/** @module-tag full */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KillableAgent, makeKillable } from '@/e2e/support/killable-agent'
import {
  actOn,
  askFor,
  connectionOf,
  expectOpen,
  kernelView,
  labSan,
  untilConnection,
  untilEnded,
} from '@/e2e/support/lab-connections'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { restart, saidAtShutdown, watchShutdowns } from '@/e2e/support/lab-shutdown'
import { until } from '@/e2e/support/product'

/**
 * What happens to an open iSCSI storage. Opening, closing and a server that restarts are in `iscsi-lvm.test.ts`; in every run the
 * rest is tried on a fake host, in `agent/resources/connections/manager.test.ts`.
 */
const { iscsi } = labFacts
const CHECK_MS = 120_000

let fleet: LabProduct
let agent: KillableAgent
let id: string

beforeAll(async () => {
  fleet = await useLabProduct()
  agent = await makeKillable(fleet)
  id = (await fleet.createBackend('san', 'iscsi-lvm', labSan())).id
})
afterAll(async () => {
  await fleet?.lab.servers.blackhole(false)
  await fleet?.close()
})

it('two connects at once end up with one session', async () => {
  const operations = await Promise.all([askFor(fleet, 'connect', id), askFor(fleet, 'connect', id)])
  for (const operation of operations) {
    expect(await untilEnded(fleet, operation)).toMatchObject({ status: 'succeeded', error: null })
  }
  await expectOpen(fleet, id)
})

it('a logout from outside is noticed, and put right', async () => {
  const before = (await connectionOf(fleet, id))?.since
  await fleet.lab.host.ok('iscsiadm -m session -u')
  await until(
    'it has been away and is back',
    async () => {
      const now = await connectionOf(fleet, id)
      return (now?.state === 'connected' && now.since !== before) || undefined
    },
    CHECK_MS,
  )
  await expectOpen(fleet, id)
})

it('a server that is cut off is shown, and nothing on the host hangs for it', async () => {
  const { servers } = fleet.lab
  await servers.blackhole(true, { ports: [iscsi.port] })
  try {
    const away = await untilConnection(fleet, id, 'error', CHECK_MS)
    expect(away).toMatchObject({ problem: 'iscsi.interrupted', advice: expect.any(String) })
  } finally {
    await servers.blackhole(false)
  }
  await untilConnection(fleet, id, 'connected')
  await expectOpen(fleet, id)
})

it('is not interrupted when iscsid is killed, and can be closed and opened all the same', async () => {
  await fleet.lab.host.ok('systemctl kill --signal=KILL iscsid')
  await expectOpen(fleet, id)
  expect(await actOn(fleet, 'disconnect', id)).toMatchObject({ status: 'succeeded', error: null })
  expect(await kernelView(fleet)).toEqual({ sessions: [], disks: [], pools: [] })
  expect(await actOn(fleet, 'connect', id)).toMatchObject({ status: 'succeeded', error: null })
  await expectOpen(fleet, id)
})

it('a killed iscsid is missed when the server restarts: the session is taken up again all the same', async () => {
  const { host, servers } = fleet.lab
  await host.ok('systemctl kill --signal=KILL iscsid')
  await servers.ok('targetctl save && targetctl clear')
  await untilConnection(fleet, id, 'error', CHECK_MS)
  await servers.ok('targetctl restore')
  await untilConnection(fleet, id, 'connected')
  await expectOpen(fleet, id)
})

describe('the host is restarted', () => {
  const seconds: Record<string, number> = {}

  /** Asks the host first: the product may not have noticed yet that it was away. */
  async function untilBack(): Promise<void> {
    const isOpen = async () => (await kernelView(fleet)).pools.length === 1 || undefined
    await until('it is open on the host', isOpen, CHECK_MS)
    await fleet.untilOnline()
    await untilConnection(fleet, id, 'connected')
    await expectOpen(fleet, id)
  }

  it('it is closed while the network is there, and opened again after the start', async () => {
    await watchShutdowns(fleet.lab.host)
    seconds.healthy = await restart(fleet.lab.host)
    const said = saidAtShutdown('late').join('\n')
    console.log(`shutdown ${seconds.healthy.toFixed(1)} s\n${said}`)
    expect(said).toMatch(/The volume group hf_\w+ is closed/)
    expect(said).toContain('No session of Holdfast')
    await untilBack()
  })

  it('a server that is gone does not hold up the shutdown', async () => {
    await fleet.lab.servers.blackhole(true, { ports: [iscsi.port] })
    try {
      await untilConnection(fleet, id, 'error', CHECK_MS)
      seconds.dead = await restart(fleet.lab.host)
      const said = saidAtShutdown('late').join('\n')
      console.log(`shutdown ${seconds.dead.toFixed(1)} s\n${said}`)
      expect(said).toContain('does not answer')
    } finally {
      await fleet.lab.servers.blackhole(false)
    }
    // The kernel would wait 120 s for the server.
    expect(seconds.dead - (seconds.healthy ?? 0)).toBeLessThan(60)
    await untilBack()
  })
})

describe('the agent is killed', () => {
  beforeAll(async () => {
    // The restart took the order to obey with it.
    agent = await makeKillable(fleet)
    expect(await actOn(fleet, 'disconnect', id)).toMatchObject({ status: 'succeeded' })
    expect(await kernelView(fleet)).toEqual({ sessions: [], disks: [], pools: [] })
  })

  async function killWhileConnecting(step: string): Promise<void> {
    const before = await agent.arm(step)
    await askFor(fleet, 'connect', id)
    await agent.untilRevived(before)
    await untilConnection(fleet, id, 'connected')
    await expectOpen(fleet, id)
    expect(await actOn(fleet, 'disconnect', id)).toMatchObject({ status: 'succeeded' })
  }

  it('in the middle of a connect, after the login: the next one finishes it', () => {
    return killWhileConnecting('connection.log')
  })
  it.each([
    ['before anything', 'intent.after-commit'],
    ['before it could say so', 'connect.after'],
  ])('in the middle of a connect, %s: the next one finishes it', (_when, step) => {
    return killWhileConnecting(step)
  })

  async function killWhileDisconnecting(step: string): Promise<void> {
    expect(await actOn(fleet, 'connect', id)).toMatchObject({ status: 'succeeded' })
    const before = await agent.arm(step)
    await askFor(fleet, 'disconnect', id)
    await agent.untilRevived(before)
    await until('it is closed', async () => (await connectionOf(fleet, id)) === undefined || undefined, CHECK_MS)
    expect(await kernelView(fleet)).toEqual({ sessions: [], disks: [], pools: [] })
  }

  it.each([
    ['before anything', 'disconnect.before'],
    ['before it forgot it', 'disconnect.after'],
  ])('in the middle of a disconnect, %s: the next one finishes it', (_when, step) => {
    return killWhileDisconnecting(step)
  })
})

it('is not taken when something foreign lies where ours would go', async () => {
  const foreign = await fleet.createBackend('another', 'iscsi-lvm', labSan())
  const refused = await actOn(fleet, 'connect', foreign.id)
  expect(refused).toMatchObject({ status: 'failed', error: { code: 'conflict' } })
  expect(await connectionOf(fleet, foreign.id)).toMatchObject({ state: 'error', problem: 'lvm.foreign_group' })
  expect(await kernelView(fleet)).toEqual({ sessions: [], disks: [], pools: [] })
})
