import { describe, expect, it } from 'vitest'
import type { BackendFacts, ConnectionFact, MountFact } from '@/lib/controller/resources/backend-repository'
import { rollUp } from '@/lib/controller/resources/backend-rollup'
import { NO_PROBLEM } from '@/lib/controller/resources/problem-columns'

const GB = 1_000_000_000
const HOST = { isOnline: true, wanted: true, ...NO_PROBLEM }

function mount(hostName: string, change: Partial<MountFact> = {}): MountFact {
  return { ...HOST, hostName, state: 'mounted', proven: true, usage: null, ...change }
}

function connection(hostName: string, change: Partial<ConnectionFact> = {}): ConnectionFact {
  return { ...HOST, hostName, state: 'connected', ...change }
}

function facts(change: Partial<BackendFacts>): BackendFacts {
  return { scope: 'fleet', usageAt: null, mounts: [], connections: [], ...change }
}

function lost(problem: string): Partial<MountFact> {
  return { proven: false, observedError: 'no', observedProblem: problem }
}

const usage = (usedBytes: number | null, asOf: string, totalBytes: number | null = 100 * GB) => ({
  usage: { totalBytes, usedBytes, availableBytes: null, fileCount: null, asOf },
})
const NOON = '2026-11-20T12:00:00.000Z'
const LATER = '2026-11-20T12:05:00.000Z'

describe('the status of a backend', () => {
  it.each<[string, Partial<BackendFacts>, string | undefined, string | null | undefined]>([
    ['nothing is known of it', {}, undefined, undefined],
    ['it is mounted and well', { mounts: [mount('vm')] }, 'online', null],
    ['nobody looked at the storage yet', { mounts: [mount('vm', { proven: false })] }, undefined, undefined],
    ['an older agent does not tell', { mounts: [mount('vm', { proven: null })] }, 'online', null],
    ['its server is gone', { mounts: [mount('vm', lost('network.refused'))] }, 'offline', 'vm'],
    ['its key is not taken any more', { mounts: [mount('vm', lost('s3.wrong_secret'))] }, 'error', 'vm'],
    ['one host of two does not reach it', { mounts: [mount('a'), mount('b', lost('network.refused'))] }, 'error', 'b'],
    ['it hangs', { mounts: [mount('vm', { state: 'hung' })] }, 'offline', 'vm'],
    ['a mount failed', { mounts: [mount('a'), mount('b', { state: 'error', observedError: 'no' })] }, 'error', 'b'],
    [
      'three mounts of one host failed',
      { mounts: [1, 2, 3].map(() => mount('vm', { state: 'error', observedError: 'no' })) },
      'error',
      'vm',
    ],
    [
      'mounts of three hosts failed, and two of the first',
      { mounts: ['a', 'a', 'b', 'c'].map((name) => mount(name, { state: 'corrupted' })) },
      'error',
      'a and 2 more',
    ],
    [
      'it failed on a host that is away',
      { mounts: [mount('vm', { state: 'error', isOnline: false })] },
      undefined,
      undefined,
    ],
    [
      'what failed is not wanted any more',
      { mounts: [mount('vm', { state: 'error', wanted: false })] },
      undefined,
      undefined,
    ],
    ['it is open', { connections: [connection('vm')] }, 'online', null],
    [
      'it is open on one host, and lost on the other',
      { connections: [connection('a'), connection('b', { state: 'error', observedError: 'gone' })] },
      'error',
      'b',
    ],
    [
      'it is lost on one host, and opened on the other after that',
      {
        connections: [connection('a', { state: 'error', observedError: 'gone' }), connection('b')],
      },
      'error',
      'a',
    ],
    ['it is being opened', { connections: [connection('vm', { state: 'connecting' })] }, undefined, undefined],
  ])('%s', (_case, given, status, on) => {
    const found = rollUp(facts(given))
    expect([found.observedStatus, found.observedOn]).toEqual([status, on])
  })

  it('gives the reason whole', () => {
    const values = { server: 's3.example.com', port: 443 }
    const gone = { ...lost('network.refused'), observedValues: values, observedSaid: 'ECONNREFUSED' }
    expect(rollUp(facts({ mounts: [mount('vm', gone)] }))).toMatchObject({
      observedProblem: 'network.refused',
      observedValues: values,
      observedSaid: 'ECONNREFUSED',
    })
  })
})

describe('its capacity', () => {
  const own = (mounts: MountFact[]) => rollUp(facts({ scope: 'host', mounts }))

  it('is that of the fullest host where each has its own, whoever answered last', () => {
    const full = mount('b', usage(100 * GB, NOON))
    for (const mounts of [
      [mount('a', usage(1 * GB, LATER)), full],
      [full, mount('a', usage(1 * GB, LATER))],
    ])
      expect(own(mounts)).toMatchObject({ usedBytes: 100_000_000_000n, usageOn: 'b', usageAt: new Date(NOON) })
  })

  it('goes by the share that is used, and not by bytes', () => {
    const large = mount('a', usage(500 * GB, NOON, 1_000 * GB))
    expect(own([large, mount('b', usage(9 * GB, NOON, 10 * GB))])).toMatchObject({ usageOn: 'b' })
    const reserved = usage(450 * GB, NOON, 1_000 * GB)
    const full = mount('c', { usage: { ...reserved.usage, availableBytes: 0 } })
    expect(own([large, full])).toMatchObject({ usageOn: 'c' })
  })

  it('has the inodes of the host that runs out of them, which may be another one', () => {
    const inodes = (used: number) => ({ inodes: { total: 1_000, used } })
    const full = mount('a', { usage: { ...usage(90 * GB, NOON).usage, ...inodes(10) } })
    const busy = mount('b', { usage: { ...usage(1 * GB, NOON).usage, ...inodes(960) } })
    const none = mount('c', usage(2 * GB, NOON))
    expect(own([none, busy, full])).toMatchObject({
      usageOn: 'a',
      inodesOn: 'b',
      totalInodes: 1_000n,
      usedInodes: 960n,
    })
    expect(own([none])).toMatchObject({ usageOn: 'c', inodesOn: null, totalInodes: null, usedInodes: null })
  })

  it('stays that of a host that has gone away full, and of none that is unknown or unmounted', () => {
    const full = mount('a', { ...usage(100 * GB, NOON), isOnline: false })
    const gone = mount('c', { ...usage(100 * GB, NOON), state: 'absent' })
    expect(own([gone, mount('b', usage(1, LATER)), full])).toMatchObject({ usageOn: 'a' })
    expect(own([gone, mount('b', usage(1, LATER)), mount('d', usage(null, LATER))])).toMatchObject({ usageOn: 'b' })
    expect(own([gone])).not.toHaveProperty('usageOn')
  })

  it('is the newest where all hosts have the same, and older than what is stored is none', () => {
    const mounts = [mount('a', usage(5 * GB, NOON)), mount('b', usage(4 * GB, LATER))]
    expect(rollUp(facts({ mounts }))).toMatchObject({ usedBytes: 4_000_000_000n, usageOn: null })
    expect(rollUp(facts({ mounts, usageAt: new Date('2026-11-20T13:00:00Z') }))).not.toHaveProperty('usedBytes')
  })
})
