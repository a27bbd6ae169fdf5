import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ClusterStatus,
  describeStatus,
  isAlone,
  isInSync,
  isStale,
  nodeReport,
  parseClusterStatus,
} from '@/lib/drivers/wolfdisk/parse-cluster-status'
import { fixture } from '@/testing/drivers/fixtures'

function status(name: string): ClusterStatus {
  const parsed = parseClusterStatus(fixture('wolfdisk', `cluster_status.documented.${name}.json`))
  if (parsed === null) throw new Error(`${name} was not understood`)
  return parsed
}

function peer(nodeId: string, isActive: boolean): ClusterStatus['peers'][number] {
  return { nodeId, address: '10.0.0.9:9500', isLeader: false, isActive, secondsAgo: isActive ? 1 : 12 }
}

describe('parseClusterStatus', () => {
  it('reads role, leader and peers, and who of them is there', () => {
    const follower = status('follower')
    expect(follower).toMatchObject({ nodeId: 'node-b', leaderId: 'node-a', indexVersion: 42, fileCount: 17 })
    expect(follower.peers).toMatchObject([
      { nodeId: 'node-a', isLeader: true, isActive: true },
      { nodeId: 'node-c', isLeader: false, isActive: false },
    ])
    expect(describeStatus(follower)).toBe('follower of node-a, 1 of 2 peers active, index 42')
    expect(describeStatus(status('alone'))).toBe('leader, no peers, index 0')
  })

  it('counts a status older than ten seconds as that of a stopped node', () => {
    const { updatedAt } = status('alone')
    expect(isStale(status('alone'), updatedAt + 10)).toBe(false)
    expect(isStale(status('alone'), updatedAt + 11)).toBe(true)
  })

  it('reports the same for every storage with nodes: who leads, who is there, and what stopped', () => {
    const { updatedAt } = status('follower')
    expect(nodeReport(status('follower'), updatedAt)).toEqual({
      status: {
        id: 'node-b',
        role: 'follower',
        leader: 'node-a',
        activePeers: 1,
        peers: 2,
        version: 42,
        isStale: false,
      },
      problem: 'wolfdisk.peer_missing',
    })
    expect(nodeReport(status('follower'), updatedAt + 11)).toMatchObject({
      status: { isStale: true, version: 42 },
      problem: 'wolfdisk.stale',
    })
    expect(nodeReport(status('alone'), updatedAt)).toMatchObject({ status: { leader: 'node-a' }, problem: null })
  })

  it.each<[string, Partial<ClusterStatus>, boolean]>([
    ['a follower that hears its leader', {}, false],
    ['a follower whose leader is silent', { peers: [peer('node-a', false), peer('node-c', true)] }, true],
    ['a follower without a leader', { leaderId: null }, true],
    ['a leader that hears nobody', { role: 'leader', leaderId: 'node-b', peers: [peer('node-a', false)] }, false],
    ['a leader that leaves out who leads', { role: 'leader', leaderId: null, peers: [peer('node-a', false)] }, false],
    ['a node that is the only one', { role: 'auto', leaderId: null, peers: [] }, false],
    ['a client that has found nobody', { role: 'client', leaderId: null, peers: [] }, true],
    ['a follower of a leader that is not in its list', { peers: [] }, false],
  ])('says of %s whether it is alone', (_who, change, expected) => {
    expect(isAlone({ ...status('follower'), ...change })).toBe(expected)
  })

  it('calls nodes in sync only at the same index version', () => {
    expect(isInSync(status('follower'), { ...status('alone'), indexVersion: 42 })).toBe(true)
    expect(isInSync(status('follower'), status('alone'))).toBe(false)
  })

  it.each(['', '{', '[]', 'null', '{"node_id":"a"}', '{"updated_at":"now"}'])('takes %j for no answer', (text) => {
    expect(parseClusterStatus(text)).toBeNull()
  })

  it('never throws, whatever is in the file', () => {
    const whole = JSON.parse(fixture('wolfdisk', 'cluster_status.documented.follower.json'))
    const damaged = fc.tuple(fc.constantFrom(...Object.keys(whole)), fc.jsonValue()).map(([key, value]) => {
      return JSON.stringify({ ...whole, [key]: value })
    })
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), damaged), (text) => void parseClusterStatus(text)))
  })
})
