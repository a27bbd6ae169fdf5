import { describe, expect, it } from 'vitest'
import { parseCephDf } from '@/lib/ceph/pool-stats'
import {
  knowsCloneV2,
  parseChildren,
  parseConvertPercent,
  parseImages,
  parseInfo,
  parseMeta,
  parsePercent,
  parseSnapshots,
  parseTrash,
  parseUsage,
  parseWatchers,
} from '@/lib/volume-engines/rbd/parse-rbd'
import { recorded } from '@/testing/volume-engines/recorded'

const [A, B, C] = ['c', 'd', 'e'].map((last) => `vol_01kb7z3n9q0000000000000ab${last}`) as [string, string, string]
const S = 'snp_01kb7z3n9q0000000000000abf'
const HERE = { pool: 'rbd', namespace: 'recorded' }
const MIB = 1024 ** 2
const text = (name: string) => recorded('rbd', name).text

describe('answers of a real cluster', () => {
  it('of images, their snapshots, what they were cloned from and who writes', () => {
    const [a, b, c] = parseImages(text('rbd-ls-long.debian12.out'))
    expect(a).toEqual({ name: A, sizeBytes: 8 * MIB, parent: null, isLocked: false, snapshots: [S] })
    const parent = { ...HERE, image: A, snapshot: S }
    for (const one of [b, c]) expect(one).toMatchObject({ sizeBytes: 8 * MIB, parent, snapshots: [] })
    expect([b?.name, c?.name]).toEqual([B, C])
    expect(parseImages(text('rbd-ls-long.debian12.open.out')).map(({ isLocked }) => isLocked)).toEqual([
      true,
      false,
      false,
    ])
  })

  it('of one image, in the trash too', () => {
    expect(parseInfo(text('rbd-info.debian12.out'))).toMatchObject({ name: A, sizeBytes: 8 * MIB, parent: null })
    for (const name of ['rbd-info.debian12.clone.out', 'rbd-info.debian12.trashed.out']) {
      expect(parseInfo(text(name))).toMatchObject({ name: B, parent: { ...HERE, image: A, snapshot: S } })
    }
  })

  it('of snapshots and their protection', () => {
    const one = { name: S, sizeBytes: 8 * MIB }
    expect(parseSnapshots(text('rbd-snap-ls.debian12.out'))).toEqual([{ ...one, isProtected: false }])
    expect(parseSnapshots(text('rbd-snap-ls.debian12.protected.out'))).toEqual([{ ...one, isProtected: true }])
  })

  it('of what images take: with all of their snapshots', () => {
    const usage = parseUsage(text('rbd-du.debian12.out'))
    expect(usage.get(A)).toEqual({ totalBytes: 4 * MIB, snapshots: new Map([[S, 4 * MIB]]) })
    expect(usage.get(B)).toEqual({ totalBytes: 0, snapshots: new Map() })
  })

  it('of children, in the trash too, and in another place', () => {
    expect(parseChildren(text('rbd-children.debian12.out'), HERE)).toEqual([B, C])
    expect(parseChildren(text('rbd-children.debian12.trashed.out'), HERE)).toEqual([B])
    expect(parseChildren(text('rbd-children.debian12.trashed.out'), { pool: 'rbd', namespace: '' })).toEqual([
      `rbd/recorded/${B}`,
    ])
  })

  it('of watchers, metadata, the trash and the cluster', () => {
    expect(parseWatchers(text('rbd-status.debian12.out'))).toEqual([])
    expect(parseWatchers(text('rbd-status.debian12.open.out'))).toEqual([expect.stringMatching(/^127\.0\.0\.1:0\//)])
    expect(parseMeta(text('rbd-meta.debian12.none.out'))).toEqual({})
    expect(parseMeta(text('rbd-meta.debian12.out'))).toMatchObject({ 'holdfast.volume': A })
    expect(parseTrash(text('rbd-trash-ls.debian12.out'))).toEqual([{ id: expect.any(String), name: B }])
    expect(knowsCloneV2(text('ceph-oldest-client.debian12.out'))).toBe(false)
    expect(parseCephDf(text('ceph-df.debian12.out'))).toContainEqual(expect.objectContaining({ name: 'rbd' }))
  })

  it('of how far it is, which is drawn over and over in one line', () => {
    expect(parsePercent(text('rbd-flatten.debian12.out'))).toBe(100)
    expect(
      parsePercent(
        text('rbd-rollback.debian12.out')
          .split('\r')
          .find((line) => line.includes('%')) ?? '',
      ),
    ).toBe(50)
    expect(parsePercent('rbd: flatten error: (22) Invalid argument')).toBeNull()
    expect(parseConvertPercent('    (33.52/100%)\r    (34.02/100%)')).toBe(34.02)
    expect(parseConvertPercent('qemu-img: error')).toBeNull()
  })
})

it.each([
  ['jewel', false],
  ['luminous', false],
  ['mimic', true],
  ['tentacle', true],
  ['', false],
  ['unknown: 3', false],
])('clients from %j on know clones of version 2: %s', (release, knows) => {
  expect(knowsCloneV2(`${release}\n`)).toBe(knows)
})

it.each([
  ['nothing', ''],
  ['words', 'NAME SIZE\nvol 1 GiB\n'],
  ['cut off', text('rbd-ls-long.debian12.out').slice(0, 90)],
  ['figures as words', '[{"image": "a", "size": "1G"}]'],
  ['negative figures', '[{"image": "a", "size": -1}]'],
])('refuses %s', (_name, stdout) => {
  for (const parse of [parseImages, parseInfo, parseSnapshots, parseUsage, parseWatchers, parseTrash]) {
    expect(() => parse(stdout)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  }
})
