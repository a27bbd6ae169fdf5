import { describe, expect, it } from 'vitest'
import { describeDifferences, summaryOf } from '@/components/overview/restored'
import type { HostDifferences } from '@/lib/restores/schema'

const NOTHING: HostDifferences = {
  ...{ host_id: 'hst_1', host_name: 'node-1', epoch: 7 },
  ...{ unknown: [], newer: [], missing: [] },
}

describe('the differences of a host', () => {
  it('say in each case what going on would do', () => {
    const host: HostDifferences = {
      ...NOTHING,
      unknown: [
        { kind: 'mount', id: 'mnt_1', mount_point: '/mnt/new', source: 'nas:/new' },
        { kind: 'connection', id: 'bkd_1', mount_point: null, source: null },
      ],
      newer: [
        { kind: 'mount', id: 'mnt_2', name: 'films', mount_point: '/mnt/films', generation: 7, desired_generation: 3 },
      ],
      missing: [{ kind: 'mount', id: 'mnt_3', name: 'gone', mount_point: '/mnt/gone' }],
    }
    expect(summaryOf(host)).toBe('2 unknown, 1 newer, 1 missing')
    expect(describeDifferences(host).map(({ name, place, what }) => `${name} ${place}: ${what}`)).toEqual([
      expect.stringMatching(/^\/mnt\/new nas:\/new: made after the backup.*stays mounted unless you decide otherwise$/),
      expect.stringMatching(/^bkd_1 null: connected after the backup.*stays connected$/),
      expect.stringMatching(/^films \/mnt\/films: .*generation 7, the database has 3.*takes its place$/),
      expect.stringMatching(/^gone \/mnt\/gone: not on the host; it is mounted again$/),
    ])
  })

  it('say of a host that is only ahead by its epoch that nothing differs', () => {
    expect(summaryOf(NOTHING)).toBe('has what the database wants')
    expect(describeDifferences(NOTHING)).toEqual([])
  })
})
