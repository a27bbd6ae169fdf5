import { expect, test } from 'vitest'
import { placementInFull, placementRank, placementWord } from '@/components/mounts/list/placement-words'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

type Placed = Parameters<typeof placementWord>[0]

function placed(targets: MountView['targets'], names: string[], rest: Partial<Placed> = {}): Placed {
  const hosts = names.map((host_name) => ({ host_name, removing: false }) as MountOnHostView)
  return { targets, target_labels: {}, removing: false, hosts, ...rest }
}

const GLOBAL = placed('all', ['a', 'b'])
const BY_LABEL = placed('labels', ['a'], { target_labels: { tier: 'gold', site: 'berlin' } })

test.each([
  [GLOBAL, 'Global', 'Every host there is and will be: a, b'],
  [BY_LABEL, 'site=berlin, tier=gold', 'Every host with site=berlin, tier=gold: a'],
  [placed('labels', [], { target_labels: { site: 'oslo' } }), 'site=oslo', 'Every host with site=oslo: none yet'],
  [placed('hosts', ['vm-1']), 'vm-1', 'vm-1'],
  [placed('hosts', ['vm-1', 'vm-2', 'vm-3']), '3 hosts', 'vm-1, vm-2, vm-3'],
  [placed('hosts', []), '0 hosts', 'No host'],
])('a mount for %# is called so', (mount, word, full) => {
  expect(placementWord(mount)).toBe(word)
  expect(placementInFull(mount)).toBe(full)
})

test('a thousand names are not read out', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `vm-${index}`)
  expect(placementInFull(placed('hosts', names))).toMatch(/, vm-19 and 980 more$/)
})

test('a host that is letting go is not counted, unless all are', () => {
  const leaving = { host_name: 'old', removing: true } as MountOnHostView
  const mount = placed('hosts', ['vm-1'])
  expect(placementWord({ ...mount, hosts: [...mount.hosts, leaving] })).toBe('vm-1')
  expect(placementWord({ ...mount, removing: true, hosts: [leaving] })).toBe('old')
})

test('sorts by the number of hosts, global ones last', () => {
  const mounts = [GLOBAL, placed('hosts', ['a', 'b', 'c']), BY_LABEL]
  expect(mounts.toSorted((one, other) => placementRank(one) - placementRank(other)).map(placementWord)).toEqual([
    'site=berlin, tier=gold',
    '3 hosts',
    'Global',
  ])
})
