import { expect, it, vi } from 'vitest'
import { GET as getOne } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import type { NodeReport, NodeStatus } from '@/lib/drivers/contract/values'
import { standingsOf } from '@/lib/mounts/node-standing'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

vi.setConfig({ testTimeout: 40_000 })

function node(id: string, more: Partial<NodeStatus> = {}): NodeStatus {
  return { id, role: 'follower', leader: 'a', activePeers: 1, peers: 1, version: 42, isStale: false, ...more }
}
const LEADER = node('a', { role: 'leader' })

/** `null`: the mount has no node there. */
function standings(nodes: (NodeStatus | null)[], offline: string[] = []) {
  const rows = nodes.map((status, index) => ({
    hostId: status?.id ?? `none-${index}`,
    node: status === null ? null : { status: { ...status }, problem: null },
    host: { observedStatus: offline.includes(status?.id ?? '') ? ('offline' as const) : ('online' as const) },
  }))
  return [...standingsOf(rows)].map(([id, { sync, behind_by }]) =>
    [id, sync, ...(behind_by === null ? [] : [behind_by])].join(' '),
  )
}

it.each<[string, (NodeStatus | null)[], string[]]>([
  ['the same version', [LEADER, node('b')], ['a in_sync', 'b in_sync']],
  ['one lags', [LEADER, node('b', { version: 40 })], ['a in_sync', 'b behind 2']],
  ['its leader is on no host of the mount', [node('b'), node('c', { version: 41 })], ['b in_sync', 'c behind 1']],
  ['one stopped long ago', [LEADER, node('b', { isStale: true, version: 3 })], ['a in_sync', 'b stale']],
  [
    'what a stopped leader said last counts no more',
    [{ ...LEADER, isStale: true }, node('b', { version: 40 })],
    ['a stale', 'b unknown'],
  ],
  ['two leaders', [LEADER, node('b', { leader: 'b', role: 'leader' })], ['a split', 'b split']],
  ['one that knows no leader yet', [LEADER, node('b', { leader: null })], ['a in_sync', 'b in_sync']],
  ['a follower alone', [node('b')], ['b unknown']],
  ['a leader alone', [LEADER], ['a in_sync']],
  ['no nodes', [null, null], []],
])('%s', (_case, nodes, expected) => {
  expect(standings(nodes)).toEqual(expected)
})

it('takes old news of a host that is off for nothing', () => {
  expect(standings([LEADER, node('b', { version: 99 })], ['b'])).toEqual(['a in_sync', 'b unknown'])
})

testDatabases('nodes of a mount', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('are shown per host as the hosts tell of them, with advice', async () => {
    const [one, two] = [await fleet().addHost(), await fleet().addHost()]
    const backend = await makeBackend(database.prisma, {
      driver: 'wolfdisk',
      config: { data_dir: '/var/lib/wolfdisk' },
      source: 'wolfdisk /var/lib/wolfdisk',
    })
    const body = { name: 'wolf', backend_id: backend.id, host_ids: [one.hostId, two.hostId] }
    const made = await api.call('operator', create, 'POST', { body, headers: { prefer: 'wait=20' } })
    const { id, hosts } = made.data(MountView)
    expect(hosts.map((row) => row.node)).toEqual([null, null])
    const look = async () => {
      const { sweep, directory, observations } = fleet().controller
      // Not a round: that leaves out a host which is just being asked, perhaps from before the change.
      await Promise.all([one, two].map(({ hostId }) => sweep.ask(directory.require(hostId))))
      await observations.flush()
      return (await api.call('viewer', getOne, 'GET', { params: { id } })).data(MountView)
    }
    const nodes = async () => {
      const view = await look()
      return [one, two].map(({ hostId }) => view.hosts.find((row) => row.host_id === hostId)?.node)
    }
    const tell = (status: NodeStatus, problem: NodeReport['problem'] = null) =>
      two.change(id, { node: { status, problem } })
    one.change(id, { node: { status: LEADER, problem: null } })
    tell(node('b'))
    expect(await nodes()).toMatchObject([
      { sync: 'in_sync', id: 'a', role: 'leader', active_peers: 1, peers: 1, version: 42, advice: null },
      { sync: 'in_sync', id: 'b', role: 'follower', leader: 'a', problem: null },
    ])
    expect((await look()).status).toBe('mounted')
    tell(node('b', { version: 40 }))
    expect((await nodes())[1]).toMatchObject({ sync: 'behind', behind_by: 2, problem: 'node.behind' })
    expect((await look()).status).toBe('mounted')
    tell(node('b', { isStale: true }), 'wolfdisk.stale')
    expect((await nodes())[1]).toMatchObject({
      sync: 'stale',
      problem: 'wolfdisk.stale',
      advice: expect.stringContaining('"/var/lib/wolfdisk" is older than 10 seconds'),
    })
    expect((await look()).status).toBe('degraded')
    tell(node('b', { leader: 'b', role: 'leader' }))
    expect((await look()).status).toBe('degraded')
    two.change(id, { node: undefined })
    expect((await nodes())[1]).toBeNull()
  })
})
