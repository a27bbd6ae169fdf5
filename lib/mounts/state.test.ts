import { describe, expect, it } from 'vitest'
import { MountState } from '@/lib/agent-protocol/messages'
import {
  addMounts,
  driftKindOf,
  factsOf,
  isAsWanted,
  isWrong,
  type MOUNT_STATUSES,
  type MountFacts,
  NO_MOUNTS,
  rollUp,
  STATUSES_ON_HOST,
  type StatusOnHost,
  seenLast,
  statusOnHost,
  type WishRow,
  wordOfMount,
  wordOfSeen,
  wordOnHost,
} from '@/lib/mounts/state'
import { TONE_ORDER } from '@/lib/tones'

const SEEN = ['unknown', ...MountState.options] as const
const MOUNT = { deletedAt: null }
const ROW: WishRow & {
  attempts: number
  observedError: string | null
  observedProven: boolean | null
  observedAt: Date | null
} = {
  desiredState: 'mounted',
  desiredGeneration: 2,
  removed: false,
  observedState: 'mounted',
  observedGeneration: 2,
  attempts: 0,
  observedError: null,
  observedProven: true,
  observedAt: new Date('2026-11-20T12:00:00Z'),
}
/** The controller was started after that, and before that. */
const SINCE = new Date('2026-11-20T12:00:01Z')
const BEFORE = new Date('2026-11-20T11:59:59Z')

type Case = [
  name: string,
  row: Partial<typeof ROW>,
  expected: StatusOnHost,
  about?: {
    host?: 'online' | 'offline' | 'error' | 'unknown'
    isRevoked?: boolean
    isUnheardSince?: Date
    options?: boolean
    deleted?: boolean
  },
]

/** As a service has it: from the row, with the drift that follows from it. */
function judged([
  ,
  over,
  ,
  { host = 'online', isRevoked = false, isUnheardSince = BEFORE, options = false, deleted = false } = {},
]: Case): StatusOnHost {
  const row = { ...ROW, ...over }
  const mount = deleted ? { deletedAt: new Date() } : MOUNT
  return statusOnHost(
    factsOf(
      row,
      mount,
      { observedStatus: host, revokedAt: isRevoked ? new Date() : null, updatedAt: isUnheardSince },
      driftKindOf(row, mount, () => options),
    ),
  )
}

const WANTED: Case[] = [
  ['is there', {}, 'mounted'],
  ['was not heard of', { observedState: 'unknown', observedGeneration: null }, 'unknown'],
  ['is not told yet', { observedState: 'absent', observedGeneration: null }, 'waiting'],
  ['has an older wish', { observedState: 'absent', observedGeneration: 1 }, 'waiting'],
  ['says why not', { observedState: 'absent', observedGeneration: null, observedError: 'no' }, 'not_mounted'],
  ['is on its way', { observedState: 'mounting' }, 'mounting'],
  ['is there as wanted before', { observedGeneration: 1 }, 'mounted'],
  ['is there as before, and the change failed', { observedGeneration: 1, attempts: 1 }, 'refused'],
  ['is tried again', { observedState: 'mounting', observedGeneration: 1, attempts: 1 }, 'refused'],
  ['was given up on', { observedState: 'uncertain', attempts: 1 }, 'uncertain'],
  ['hangs', { observedState: 'hung' }, 'hung'],
  ['hangs, and the change failed', { observedState: 'hung', observedGeneration: 1, attempts: 1 }, 'hung'],
  ['is broken', { observedState: 'corrupted' }, 'corrupted'],
  ['is stuck', { observedState: 'stuck' }, 'stuck'],
  ['was abandoned', { observedState: 'detached_dirty' }, 'detached_dirty'],
  ['failed', { observedState: 'error', observedGeneration: null, attempts: 1, observedError: 'no' }, 'error'],
  ['finds a stranger', { observedState: 'foreign', observedGeneration: null }, 'foreign'],
  ['lies under another', { observedState: 'stacked', observedGeneration: 1 }, 'stacked'],
  ['was taken away', { observedState: 'absent' }, 'drift_unmounted'],
  ['was covered', { observedState: 'stacked' }, 'drift_covered'],
  ['was mounted otherwise', {}, 'drift_options', { options: true }],
  ['is there, says an older agent', { observedProven: null }, 'mounted'],
  ['is there, and nobody looked at the storage', { observedProven: false }, 'unproven'],
  ['is there, and the storage is not', { observedProven: false, observedError: 'no' }, 'degraded'],
  ['hangs, and the storage is not there', { observedState: 'hung', observedProven: null, observedError: 'no' }, 'hung'],
  [
    'was mounted otherwise, and the storage is not there',
    { observedProven: false, observedError: 'no' },
    'degraded',
    { options: true },
  ],
  [
    'is there as wanted before, and neither the change nor the storage came',
    { observedGeneration: 1, attempts: 1, observedProven: false, observedError: 'no' },
    'refused',
  ],
]

const UNWANTED: Case[] = [
  ['is gone', { observedState: 'absent' }, 'unmounted'],
  ['was never asked for', { observedState: 'unknown', observedGeneration: null }, 'unmounted'],
  ['is not told yet', { observedGeneration: 1 }, 'leaving'],
  ['is on its way', { observedState: 'unmounting', observedGeneration: 1 }, 'unmounting'],
  ['was refused', { observedGeneration: 1, attempts: 1, observedError: 'busy' }, 'refused'],
  ['says why not', { observedGeneration: 1, observedError: 'busy' }, 'still_mounted'],
  [
    'is gone, and the host has not taken it over',
    { observedState: 'absent', observedGeneration: 1, attempts: 1 },
    'refused',
  ],
  ['was put there', {}, 'drift_mounted'],
  ['was put there, and the storage is not', { observedProven: false, observedError: 'no' }, 'drift_mounted'],
  ['is stuck', { observedState: 'stuck', observedGeneration: 1 }, 'stuck'],
].map(([name, row, expected]) => [name, { desiredState: 'unmounted', ...(row as object) }, expected] as Case)

const REMOVED: Case[] = [
  ['is still there', {}, 'letting_go'],
  ['is still there, of a mount that goes', { removed: false }, 'letting_go', { deleted: true }],
  ['is gone and not forgotten yet', { observedState: 'absent' }, 'letting_go'],
  ['is in use', { observedError: 'busy', attempts: 2 }, 'not_let_go'],
  ['was tried in vain', { observedGeneration: 1, attempts: 2 }, 'not_let_go'],
  ['is stuck', { observedState: 'stuck' }, 'stuck'],
  ['lies under another', { observedState: 'stacked' }, 'stacked'],
].map(([name, row, expected, about]) => [name, { removed: true, ...(row as object) }, expected, about] as Case)

const AWAY: Case[] = [
  ['was there', {}, 'unknown', { host: 'offline' }],
  ['was there before the controller started', {}, 'unknown', { host: 'unknown', isUnheardSince: SINCE }],
  ['is there by its answer to a command since', {}, 'mounted', { host: 'unknown' }],
  ['is new and has said nothing', { observedState: 'unknown', observedAt: null }, 'unknown', { host: 'unknown' }],
  ['was there, behind a certificate that is not known', {}, 'unknown', { host: 'error' }],
  ['failed when last seen', { observedState: 'error', observedError: 'old' }, 'unknown', { host: 'offline' }],
  ['was taken away when last seen', { observedState: 'absent' }, 'unknown', { host: 'offline' }],
  ['was let go of', { removed: true }, 'unknown', { host: 'error' }],
  ['was there when it was revoked', {}, 'unknown', { isRevoked: true }],
]

describe('what is to be thought of a mount on a host', () => {
  it.each(WANTED)('wanted, and it %s', (...given) => expect(judged(given)).toBe(given[2]))
  it.each(UNWANTED)('not wanted, and it %s', (...given) => expect(judged(given)).toBe(given[2]))
  it.each(REMOVED)('taken off the host, and it %s', (...given) => expect(judged(given)).toBe(given[2]))
  it.each(AWAY)('on a host that does not answer it %s', (...given) => expect(judged(given)).toBe(given[2]))

  it('believes a host that has said what it did, and was asked for nothing else yet', () => {
    expect(judged(['is there', { observedState: 'mounted' }, 'mounted', { host: 'unknown' }])).toBe('mounted')
  })

  it('never calls as wanted what has failed, was changed, or is not known', () => {
    const both = [true, false]
    const drifts: MountFacts['drift'][] = [null, 'unmounted', 'mounted', 'options', 'covered']
    const all = both.flatMap((isAway) =>
      both.flatMap((isRemoval) =>
        both.flatMap((isRefused) =>
          [null, true, false].flatMap((proven) =>
            SEEN.flatMap((seen) => drifts.map((drift) => ({ isAway, isRemoval, isRefused, proven, seen, drift }))),
          ),
        ),
      ),
    )
    for (const facts of all) {
      for (const desired of ['mounted', 'unmounted'] as const) {
        const status = statusOnHost({ ...facts, desired, hasError: false })
        const isClear = !facts.isAway && !facts.isRemoval && !facts.isRefused && facts.drift === null
        const isSo =
          desired === 'mounted' ? facts.seen === 'mounted' && facts.proven !== false : facts.seen === 'absent'
        const isNeverAsked = facts.seen === 'unknown' && desired === 'unmounted'
        expect([facts, desired, isAsWanted({ status })]).toEqual([facts, desired, isClear && (isSo || isNeverAsked)])
      }
    }
  })
})

describe('how it is shown', () => {
  it('says of a host that does not answer what was seen last, and of a history what was seen then', () => {
    expect(wordOnHost({ status: 'unknown', state: 'mounted' })).toEqual({ tone: 'unknown', word: 'Was mounted' })
    expect(wordOnHost({ status: 'unknown', state: 'unknown' })).toEqual({ tone: 'unknown', word: 'Unknown' })
    expect(wordOnHost({ status: 'refused', state: 'mounted' }).word).toBe('Change not taken over')
    expect(wordOfSeen('absent')).toEqual({ tone: 'off', word: 'Unmounted' })
    expect(wordOfSeen('mounted', 'network.refused')).toEqual({ tone: 'warning', word: 'Mounted' })
  })

  it.each<[StatusOnHost[], string, string]>([
    [['mounted', 'mounted'], 'healthy', 'Mounted'],
    [['mounted', 'drift_options'], 'drift', 'Changed'],
    [['mounted', 'drift_unmounted'], 'drift', 'Changed'],
    [['hung', 'drift_unmounted'], 'critical', 'Error'],
    [['mounted', 'hung', 'drift_options'], 'warning', 'Degraded'],
    [['unknown', 'drift_mounted'], 'drift', 'Changed'],
  ])('a mount that is %s', (statuses, tone, word) => {
    const hosts = statuses.map((status) => ({ status }))
    expect(wordOfMount({ status: rollUp(hosts), hosts })).toEqual({ tone, word })
  })

  it('a removal that a host refuses needs somebody', () => {
    const removing = (status: StatusOnHost) => wordOfMount({ status: 'error', removing: true, hosts: [{ status }] })
    expect(removing('letting_go')).toEqual({ tone: 'working', word: 'Removing' })
    expect(removing('not_let_go')).toEqual({ tone: 'warning', word: 'Removing' })
  })
})

describe('a mount over its hosts', () => {
  it.each<[StatusOnHost[], (typeof MOUNT_STATUSES)[number]]>([
    [[], 'unmounted'],
    [['mounted', 'mounted'], 'mounted'],
    [['mounted', 'unmounted'], 'mounted'],
    [['unmounted'], 'unmounted'],
    [['mounted', 'unknown'], 'unknown'],
    [['mounted', 'uncertain'], 'unknown'],
    [['unknown', 'mounting'], 'working'],
    [['mounted', 'waiting'], 'working'],
    [['mounted', 'letting_go'], 'working'],
    [['hung', 'unknown'], 'error'],
    [['hung', 'mounting', 'mounted'], 'degraded'],
    [['refused'], 'error'],
    [['not_let_go', 'mounted'], 'degraded'],
    [['drift_unmounted'], 'error'],
    [['drift_options'], 'mounted'],
    [['degraded'], 'degraded'],
    [['degraded', 'unknown'], 'degraded'],
    [['degraded', 'hung'], 'error'],
    [['mounted', 'unproven'], 'unknown'],
  ])('%s', (statuses, expected) => {
    expect(rollUp(statuses.map((status) => ({ status })))).toBe(expected)
  })

  it('minds a node that takes no part any more, where something is mounted', () => {
    const node = { sync: 'stale' } as const
    expect(rollUp([{ status: 'mounted', node }, { status: 'mounted' }])).toBe('degraded')
    expect(rollUp([{ status: 'unmounted', node }])).toBe('unmounted')
  })

  it('says how much of it is not known, and how old the news is', () => {
    const of = (...statuses: StatusOnHost[]) =>
      wordOfMount({ status: 'unknown', hosts: statuses.map((status) => ({ status })) })
    expect(of('unknown', 'unknown')).toEqual({ tone: 'unknown', word: 'Unknown' })
    expect(of('mounted', 'unknown')).toEqual({ tone: 'unknown', word: 'Partly unknown' })
    const seen = (status: StatusOnHost, observed_at: string | null) => ({ status, observed_at })
    expect(
      seenLast([seen('mounted', '2026-11-01'), seen('unknown', '2026-11-03'), seen('unknown', '2026-11-02')]),
    ).toBe('2026-11-02')
    expect(seenLast([seen('mounted', '2026-11-01'), seen('unknown', null)])).toBeNull()
  })

  it('is never shown better than its worst host', () => {
    for (const status of STATUSES_ON_HOST) {
      const hosts = [{ status: 'mounted' as const }, { status }]
      const { tone } = wordOfMount({ status: rollUp(hosts), hosts })
      const isGood = tone === 'healthy' || tone === 'off'
      expect([status, isGood]).toEqual([status, isAsWanted({ status })])
      if (isWrong({ status })) expect(TONE_ORDER.indexOf(tone)).toBeLessThanOrEqual(TONE_ORDER.indexOf('unknown'))
    }
  })
})

describe('the mounts of a host', () => {
  const seen = { seen: 'mounted', proven: true, hasError: false } as const
  const rows = { isAway: false, desired: 'mounted', attempts: 0, number: 3, ...seen } as const
  it.each([
    ['are there', {}, { wanted: 3, mounted: 3 }],
    ['hang', { seen: 'hung' }, { wanted: 3, failing: 3 }],
    ['stand before a storage that does not answer', { proven: false, hasError: true }, { wanted: 3, failing: 3 }],
    ['stand before one that nobody looked at', { proven: false }, { wanted: 3, unknown: 3 }],
    ['were not changed as asked', { attempts: 1 }, { wanted: 3, failing: 3 }],
    ['are on their way', { seen: 'absent' }, { wanted: 3 }],
    ['are on their way off', { desired: 'unmounted' }, {}],
    ['were not heard of', { seen: 'unknown' }, { wanted: 3, unknown: 3 }],
    ['were there when the host was last heard of', { isAway: true }, { wanted: 3, unknown: 3 }],
    ['are not wanted, on a host that does not answer', { isAway: true, desired: 'unmounted' }, {}],
  ] as const)('%s', (_case, over, expected) => {
    expect(addMounts(NO_MOUNTS, { ...rows, ...over })).toEqual({ ...NO_MOUNTS, ...expected })
  })
})
