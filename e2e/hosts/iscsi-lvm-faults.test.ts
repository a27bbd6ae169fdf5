import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KillableAgent, makeKillable } from '@/e2e/support/killable-agent'
import { actOn, askFor, connectionOf, labSan, untilConnection, untilEnded } from '@/e2e/support/lab-connections'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { restart, saidAtShutdown, watchShutdowns } from '@/e2e/support/lab-shutdown'
import { until } from '@/e2e/support/product'

/** What happens to an open iSCSI storage; opening and closing in good weather is in `iscsi-lvm.test.ts`. */
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

/** The kernel's own view, which has the last word: sessions, their disks, and the volumes that are active. */
async function onHost(): Promise<{ sessions: string[]; disks: string[]; pools: string[] }> {
  const said = await fleet.lab.host.ok(
    [
      'cd /sys/class/iscsi_session && for one in *; do [ -e $one/state ] && cat $one/state $one/ifacename | paste -sd/; done',
      'echo --; cd /sys/block && for one in sd*; do [ -e $one ] && cat $one/device/state; done',
      "echo --; cat /sys/block/dm-*/dm/name 2>/dev/null | grep 'holdfast_pool$'; true",
    ].join('; '),
  )
  const [sessions = [], disks = [], pools = []] = said
    .split(/^--$/m)
    .map((part) => part.split('\n').filter((line) => line !== ''))
  return { sessions, disks, pools }
}

async function expectOpen(): Promise<void> {
  const found = await onHost()
  expect(found).toMatchObject({ sessions: ['LOGGED_IN/holdfast'], disks: ['running'] })
  expect(found.pools).toHaveLength(1)
  // The pool lies on the disk that is there now, and answers.
  const { details } = await untilConnection(fleet, id, 'connected')
  const disk = details.Device?.slice('/dev/'.length)
  expect(await fleet.lab.host.ok(`ls /sys/block/${disk}/holders`)).toMatch(/dm-/)
  await fleet.lab.host.ok(`dd if=${details.Device} of=/dev/null bs=4096 count=1 iflag=direct`)
}

it('two connects at once end up with one session', async () => {
  const operations = await Promise.all([askFor(fleet, 'connect', id), askFor(fleet, 'connect', id)])
  for (const operation of operations) {
    expect(await untilEnded(fleet, operation)).toMatchObject({ status: 'succeeded', error: null })
  }
  await expectOpen()
})

it('a logout from outside is noticed, and put right', { tags: 'full' }, async () => {
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
  await expectOpen()
})

it('a restarted server is shown while it is away, and comes back by itself', async () => {
  const { servers } = fleet.lab
  await servers.ok('targetctl save && targetctl clear')
  const away = await untilConnection(fleet, id, 'error', CHECK_MS)
  expect(away).toMatchObject({ problem: expect.stringMatching(/^iscsi\./), advice: expect.any(String) })
  expect((await onHost()).sessions).not.toContain('LOGGED_IN/holdfast')
  await servers.ok('targetctl restore')
  await untilConnection(fleet, id, 'connected')
  await expectOpen()
})

it('a server that is cut off is shown, and nothing on the host hangs for it', { tags: 'full' }, async () => {
  const { servers } = fleet.lab
  await servers.blackhole(true, { ports: [iscsi.port] })
  try {
    const away = await untilConnection(fleet, id, 'error', CHECK_MS)
    expect(away).toMatchObject({ problem: 'iscsi.interrupted', advice: expect.any(String) })
  } finally {
    await servers.blackhole(false)
  }
  await untilConnection(fleet, id, 'connected')
  await expectOpen()
})

it('is not interrupted when iscsid is killed, and can be closed and opened all the same', {
  tags: 'full',
}, async () => {
  await fleet.lab.host.ok('systemctl kill --signal=KILL iscsid')
  await expectOpen()
  expect(await actOn(fleet, 'disconnect', id)).toMatchObject({ status: 'succeeded', error: null })
  expect(await onHost()).toEqual({ sessions: [], disks: [], pools: [] })
  expect(await actOn(fleet, 'connect', id)).toMatchObject({ status: 'succeeded', error: null })
  await expectOpen()
})

it('a killed iscsid is missed when the server restarts: the session is taken up again all the same', {
  tags: 'full',
}, async () => {
  const { host, servers } = fleet.lab
  await host.ok('systemctl kill --signal=KILL iscsid')
  await servers.ok('targetctl save && targetctl clear')
  await untilConnection(fleet, id, 'error', CHECK_MS)
  await servers.ok('targetctl restore')
  await untilConnection(fleet, id, 'connected')
  await expectOpen()
})

describe('the host is restarted', () => {
  const seconds: Record<string, number> = {}

  /** Asks the host first: the product may not have noticed yet that it was away. */
  async function untilBack(): Promise<void> {
    const isOpen = async () => (await onHost()).pools.length === 1 || undefined
    await until('it is open on the host', isOpen, CHECK_MS)
    await fleet.untilOnline()
    await untilConnection(fleet, id, 'connected')
    await expectOpen()
  }

  it('it is closed while the network is there, and opened again after the start', { tags: 'full' }, async () => {
    await watchShutdowns(fleet.lab.host)
    seconds.healthy = await restart(fleet.lab.host)
    const said = saidAtShutdown('late').join('\n')
    console.log(`shutdown ${seconds.healthy.toFixed(1)} s\n${said}`)
    expect(said).toMatch(/The volume group hf_\w+ is closed/)
    expect(said).toContain('No session of Holdfast')
    await untilBack()
  })

  it('a server that is gone does not hold up the shutdown', { tags: 'full' }, async () => {
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
    expect(await onHost()).toEqual({ sessions: [], disks: [], pools: [] })
  })

  async function killWhileConnecting(step: string): Promise<void> {
    const before = await agent.arm(step)
    await askFor(fleet, 'connect', id)
    await agent.untilRevived(before)
    await untilConnection(fleet, id, 'connected')
    await expectOpen()
    expect(await actOn(fleet, 'disconnect', id)).toMatchObject({ status: 'succeeded' })
  }

  it('in the middle of a connect, after the login: the next one finishes it', () => {
    return killWhileConnecting('connection.log')
  })
  it.each([
    ['before anything', 'intent.after-commit'],
    ['before it could say so', 'connect.after'],
  ])('in the middle of a connect, %s: the next one finishes it', { tags: 'full' }, (_when, step) => {
    return killWhileConnecting(step)
  })

  async function killWhileDisconnecting(step: string): Promise<void> {
    expect(await actOn(fleet, 'connect', id)).toMatchObject({ status: 'succeeded' })
    const before = await agent.arm(step)
    await askFor(fleet, 'disconnect', id)
    await agent.untilRevived(before)
    await until('it is closed', async () => (await connectionOf(fleet, id)) === undefined || undefined, CHECK_MS)
    expect(await onHost()).toEqual({ sessions: [], disks: [], pools: [] })
  }

  it.each([
    ['before anything', 'disconnect.before'],
    ['before it forgot it', 'disconnect.after'],
  ])('in the middle of a disconnect, %s: the next one finishes it', { tags: 'full' }, (_when, step) => {
    return killWhileDisconnecting(step)
  })
})

it('is not taken when something foreign lies where ours would go', { tags: 'full' }, async () => {
  const foreign = await fleet.createBackend('another', 'iscsi-lvm', labSan())
  const refused = await actOn(fleet, 'connect', foreign.id)
  expect(refused).toMatchObject({ status: 'failed', error: { code: 'conflict' } })
  expect(await connectionOf(fleet, foreign.id)).toMatchObject({ state: 'error', problem: 'lvm.foreign_group' })
  expect(await onHost()).toEqual({ sessions: [], disks: [], pools: [] })
})
