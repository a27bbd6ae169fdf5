/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import { installWolfdiskStandIn } from '@/e2e/support/wolfdisk-stand-in'

/**
 * WolfDisk through the whole product, under a real systemd. The real program cannot be installed here, so this is the stand-in
 * of the driver's own tests: see the driver's README for what that does not prove.
 */
const POINT = '/mnt/wolf'
const PEER_PORT = 9600
let fleet: LabProduct
let mountId: string

function disk(more: Record<string, unknown> = {}) {
  const address = `127.0.0.1:${PEER_PORT}`
  const node = { node_id: 'b-follower', bind: '127.0.0.1:9500', data_dir: '/var/lib/wolfdisk-lab' }
  return { peers: address, discovery: 'off', ...node, ...more }
}

/** Puts the stand-in where the agent looks for the real program, and starts a node of somebody else. */
beforeAll(async () => {
  fleet = await useLabProduct()
  const { host } = fleet.lab
  await installWolfdiskStandIn(host)
  await host.ok('mkdir -p /mnt/peer')
  // Its peer is on the host itself, which no storage may be at unless the policy says so.
  const policy = JSON.stringify({ allow: { networks: ['127.0.0.0/8'] } })
  await host.ok('cat > /etc/holdfast/agent.json && systemctl reload holdfast-agent', { input: policy })
  const settings = { id: 'a-leader', role: 'auto', bind: `127.0.0.1:${PEER_PORT}`, data_dir: '/var/lib/wolfdisk-peer' }
  const lines = Object.entries(settings).map(([key, value]) => `${key} = "${value}"`)
  await host.ok('cat > /root/peer.toml', { input: ['[node]', ...lines, ''].join('\n') })
  await host.ok(
    'systemd-run --unit=peer wolfdisk --config /root/peer.toml mount --mountpoint /mnt/peer && until [ -e /var/lib/wolfdisk-peer/cluster_status.json ]; do sleep 0.2; done',
  )
})
afterAll(() => fleet?.close())

it('passes its test as a client of the cluster, and leaves no node behind', async () => {
  const result = await fleet.test('wolfdisk', disk())
  expect(result.steps.filter(({ status }) => status === 'failed')).toEqual([])
  expect((await fleet.lab.host.exec('pgrep -fc "wolfdisk --config"')).stdout.trim()).toBe('1')
})

it('says when no peer answers', async () => {
  const result = await fleet.test('wolfdisk', disk({ peers: '127.0.0.1:9601' }))
  const failed = result.steps.filter(({ status }) => status === 'failed')
  expect(failed).toEqual([
    expect.objectContaining({ id: 'tcp', problem: 'network.refused', advice: expect.any(String) }),
  ])
})

it('mounts with its node in a unit of its own, which outlives the agent', async () => {
  const { host } = fleet.lab
  const backend = await fleet.createBackend('wolf', 'wolfdisk', disk())
  const { data, operation } = await fleet.createMount('wolf', backend.id)
  mountId = data.id
  expect(operation).toMatchObject({ status: 'succeeded' })
  expect(await fleet.onHost(mountId)).toMatchObject({ state: 'mounted', error: null })
  expect((await fleet.mountinfo(POINT))[0]).toMatch(/nosuid,nodev.* - fuse(\.wolfdisk)? /)
  await host.ok(`echo hello > ${POINT}/hello`)
  const mainProcess = `systemctl show -P MainPID holdfast-${mountId}.service`
  const before = await host.ok(mainProcess)
  expect(await host.ok(`cat /proc/${before}/cgroup`)).toContain(`holdfast-${mountId}.service`)
  await host.ok('systemctl kill -s KILL holdfast-agent')
  await fleet.untilOnline()
  expect(await host.ok(mainProcess)).toBe(before)
  expect(await host.ok(`cat ${POINT}/hello`)).toBe('hello')
})

it('follows the leader, and shows its peers', async () => {
  const status = await until('the node knows its leader', async () => {
    const text = await fleet.lab.host.ok('cat /var/lib/wolfdisk-lab/cluster_status.json')
    const said = JSON.parse(text) as { leader_id: string; role: string }
    return said.leader_id === 'a-leader' ? said : undefined
  })
  expect(status.role).toBe('follower')
  expect(await fleet.discover('wolfdisk', 'peers', disk())).toEqual([`127.0.0.1:${PEER_PORT}`])
})

it('comes back by itself when its node is killed', async () => {
  const { host } = fleet.lab
  const mainProcess = `systemctl show -P MainPID holdfast-${mountId}.service`
  const before = await host.ok(mainProcess)
  expect(Number(before)).toBeGreaterThan(1)
  await host.ok(`kill -KILL ${before}`)
  await until(
    'another node serves the mount',
    async () => {
      const now = await host.ok(mainProcess)
      const isServed = (await host.exec(`ls ${POINT}`, { timeoutMs: 10_000 })).exitCode === 0
      return (now !== '0' && now !== before && isServed) || undefined
    },
    120_000,
  )
  await fleet.untilState(mountId, 'mounted', 120_000)
  expect(await fleet.mountinfo(POINT)).toHaveLength(1)
})

it('unmounts, and leaves no node and no unit', async () => {
  const { host } = fleet.lab
  expect((await fleet.act(mountId, 'unmount')).status).toBe(200)
  expect(await fleet.mountinfo(POINT)).toEqual([])
  expect((await host.exec('pgrep -fc "wolfdisk --config"')).stdout.trim()).toBe('1')
  expect((await host.exec(`systemctl is-active holdfast-${mountId}.service`)).stdout.trim()).toBe('inactive')
  await fleet.removeMount(mountId)
})
