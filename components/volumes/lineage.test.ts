import { expect, test } from 'vitest'
import { isAlone, lineageOf, railsOf } from '@/components/volumes/lineage'
import type { VolumeRow } from '@/lib/volumes/schema'

function volume(name: string, of?: [parent: string, snapshot: string | null]): VolumeRow {
  const parent = of && { volume_id: of[0], volume_name: of[0], snapshot_id: of[1], snapshot_name: of[1] }
  return { id: name, name, parent: parent ?? null } as VolumeRow
}

/** The tree as text, two blanks for each step down; snapshots in brackets. */
function drawn(id: string, volumes: readonly VolumeRow[], snapshots: readonly string[] = []): string[] {
  return lineageOf(
    id,
    volumes,
    snapshots.map((name) => ({ id: name, name })),
  ).map((line) => '  '.repeat(line.depth) + (line.kind === 'volume' ? line.volume.name : `[${line.name}]`))
}

const FAMILY = [
  volume('base'),
  volume('web-10', ['base', 'golden']),
  volume('web-2', ['base', 'golden']),
  volume('copy', ['base', null]),
  volume('web-2-test', ['web-2', 'before']),
  volume('stranger'),
]

test('a tree begins at the oldest ancestor, whichever volume is looked at', () => {
  const tree = ['base', '  [golden]', '    web-2', '      [before]', '        web-2-test', '    web-10', '  copy']
  expect(drawn('web-2-test', FAMILY)).toEqual(tree)
  expect(drawn('copy', FAMILY)).toEqual(tree)
})

test('the snapshots of the volume itself are all there, those of others when something hangs on them', () => {
  expect(drawn('web-10', FAMILY, ['daily-1'])).toContain('      [daily-1]')
  expect(drawn('base', FAMILY, ['golden', 'older'])).toEqual(
    expect.arrayContaining(['  [golden]', '  [older]', '    web-2']),
  )
})

test('a volume without relatives and snapshots is alone; one whose parent is gone begins the tree', () => {
  expect(isAlone(lineageOf('stranger', FAMILY, []))).toBe(true)
  expect(isAlone(lineageOf('stranger', FAMILY, [{ id: 'snp_1', name: 'one' }]))).toBe(false)
  expect(drawn('orphan', [volume('orphan', ['gone', null])])).toEqual(['orphan'])
  expect(drawn('nobody', FAMILY)).toEqual([])
})

test('a circle, which cannot be, hangs nothing', () => {
  const circle = [volume('a', ['b', null]), volume('b', ['a', null])]
  expect(drawn('a', circle)).toEqual(['b', '  a'])
})

test('a rail goes on only while something of its step follows', () => {
  const depths = [0, 1, 2, 3, 2, 1]
  expect(railsOf(depths.map((depth) => ({ depth })))).toEqual([
    [],
    [true],
    [true, true],
    [true, true, false],
    [true, false],
    [false],
  ])
})
