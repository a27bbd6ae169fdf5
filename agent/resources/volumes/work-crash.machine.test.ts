import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { CrashRig, failpointsOf } from '@/testing/agent/pool-crash'
import { firstPool, otherPool, type PoolAsked } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'

const POOL = testId('pool', 'a')
const MIB = 1024 * 1024
const vol = (name: string) => testId('volume', name)
const snp = (name: string) => testId('snapshot', name)

interface Case {
  name: string
  /** What is done before, in words of `does`. */
  given: [string, VolumeWork][]
  when: [string, VolumeWork]
  /** Bytes of a template that lies in the pool. */
  template?: string
}

const EMPTY: VolumeWork = { do: 'create', sizeBytes: MIB, format: 'qcow2', provisioning: 'thin', content: null }
const A: [string, VolumeWork] = ['a', EMPTY]
const SNAPPED: [string, VolumeWork][] = [A, ['a', { do: 'snapshot', snapshotId: snp('1') }]]
const TRASHED: [string, VolumeWork][] = [A, ['a', { do: 'trash' }]]
const ofA = (snapshotId: string | null) => ({ volumeId: vol('a'), snapshotId })

const MOVED: Case = {
  name: 'move',
  given: SNAPPED,
  when: [
    'b',
    {
      do: 'move',
      from: { poolId: POOL, volumeId: vol('a') },
      sizeBytes: MIB,
      format: 'raw',
      provisioning: 'thin',
    },
  ],
}

/** As old as it was listed, whenever it was put there. */
const MODIFIED = new Date('2026-11-20T08:00:00.000Z')
const OF_TEMPLATE: Case = {
  name: 'clone of a template',
  given: [],
  template: 'T'.repeat(MIB),
  when: [
    'b',
    {
      do: 'clone',
      of: ofA(snp('1')),
      base: { name: 'templates/disk.img', bytes: MIB, modifiedAt: MODIFIED.toISOString() },
    },
  ],
}

const CASES: Case[] = [
  { name: 'create', given: [], when: A },
  {
    name: 'copy',
    given: [A],
    when: ['b', { ...EMPTY, sizeBytes: null, content: { from: 'volume', poolId: POOL, ...ofA(null) } }],
  },
  { name: 'clone of a volume', given: [A], when: ['b', { do: 'clone', of: ofA(null) }] },
  { name: 'clone of a snapshot', given: SNAPPED, when: ['b', { do: 'clone', of: ofA(snp('1')) }] },
  OF_TEMPLATE,
  { name: 'grow', given: [A], when: ['a', { do: 'grow', sizeBytes: 2 * MIB }] },
  { name: 'snapshot', given: [A], when: ['a', { do: 'snapshot', snapshotId: snp('2') }] },
  { name: 'restore', given: SNAPPED, when: ['a', { do: 'restore', snapshotId: snp('1') }] },
  { name: 'delete a snapshot', given: SNAPPED, when: ['a', { do: 'deleteSnapshot', snapshotId: snp('1') }] },
  { name: 'flatten', given: [...SNAPPED, ['b', { do: 'clone', of: ofA(snp('1')) }]], when: ['b', { do: 'flatten' }] },
  MOVED,
  { name: 'trash', given: [A], when: ['a', { do: 'trash' }] },
  { name: 'untrash', given: TRASHED, when: ['a', { do: 'untrash' }] },
  { name: 'purge', given: TRASHED, when: ['a', { do: 'purge' }] },
]

let bundle: Awaited<ReturnType<typeof bundleProcess>>
beforeAll(async () => {
  bundle = await bundleProcess('pool-process')
})
afterAll(() => bundle.done())

let operations = 0
function does([name, work]: [string, VolumeWork]): PoolAsked {
  const operationId = testId('operation', `c${operations++}`)
  const poolId = work.do === 'move' ? testId('pool', 'b') : POOL
  return { verb: 'work', poolId, volumeId: vol(name), work, operationId }
}

/** Times differ from run to run, and so may the order in which they are listed. */
const still = (volumes: object[] | undefined) =>
  volumes?.map((volume) => JSON.stringify({ ...volume, since: null })).sort()

/** Others have steps that are much like theirs. */
const USUAL = new Set(['clone of a volume'])
/** What was done or has begun, and is noted nowhere: all else is less. */
const isHarsh = (point: string) => /\.(worked|started)$|^result\.before$/.test(point)
const isAny = () => true

describe('kill -9 of the agent', () => {
  const usual = CASES.filter(({ name }) => USUAL.has(name))
  test.each(usual)('at every step of $name that is done and not noted', (one) => tryKilling(one, isHarsh, 2), 600_000)
  test.each(CASES)('at every step of $name', { tags: 'full', timeout: 600_000 }, (one) => tryKilling(one, isAny, 6))
})

/** It is done once in the end, and nothing else is left. */
function tryKilling({ given, when, template }: Case, isTried: (point: string) => boolean, moreThan: number): void {
  const rig = new CrashRig(bundle.program, 'image-files')
  try {
    if (template !== undefined) {
      mkdirSync(join(rig.base, 'data/templates'))
      writeFileSync(join(rig.base, 'data/templates/disk.img'), template)
      utimesSync(join(rig.base, 'data/templates/disk.img'), MODIFIED, MODIFIED)
    }
    const before = rig.agent([...firstPool(rig.base), ...otherPool(rig.base), ...given.map(does)])
    expect(before?.answers.flatMap(({ error }) => error ?? [])).toEqual([])
    rig.keep()
    const whole = rig.agent([does(when)])
    expect(whole?.answers[0]?.error).toBeUndefined()
    const files = rig.files()
    const points = failpointsOf(whole?.steps ?? []).filter(isTried)
    for (const point of points) {
      rig.back()
      const asked = does(when)
      expect(rig.agent([asked], point), point).toBeNull()
      const after = rig.agent([asked])
      const volume = when[1].do === 'purge' ? null : { volumeId: vol(when[0]) }
      expect(after?.answers, point).toMatchObject([{ result: { volume } }])
      expect([after?.unfinished, still(after?.volumes)], point).toEqual([0, still(whole?.volumes)])
      expect(rig.files(), point).toEqual(files)
    }
    expect(points.length).toBeGreaterThan(moreThan)
  } finally {
    rig.remove()
  }
}
