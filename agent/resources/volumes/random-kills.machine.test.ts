import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { baseOf, MARK_IMAGE } from '@/lib/volume-engines/rbd/names'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { KeptCluster } from '@/testing/agent/kept-cluster'
import { KeptGroup } from '@/testing/agent/kept-group'
import { CrashRig } from '@/testing/agent/pool-crash'
import { cephPool, firstPool, type PoolAsked, thinPool } from '@/testing/agent/pool-host'
import type { PoolAnswer } from '@/testing/agent/pool-process'
import { type ExpectedVolume, RandomWork } from '@/testing/agent/random-work'
import { testId } from '@/testing/ids'
import { randomFrom } from '@/testing/random'

const KILLS = 500
/** One agent is asked for so much. */
const WORKS = 6
/** Each batch of work is cut off so often, then it is let be. */
const KILLS_PER_BATCH = 5
const SEED = 20_261_130

let bundle: Awaited<ReturnType<typeof bundleProcess>>
beforeAll(async () => {
  bundle = await bundleProcess('pool-process')
})
afterAll(() => bundle.done())

/** Runs an agent and kills it after this time; false when it had ended before. */
async function cutOff(engine: string, base: string, asked: readonly PoolAsked[], afterMs: number): Promise<boolean> {
  const agent = spawn(process.execPath, [bundle.program, base, engine, JSON.stringify(asked)], {
    stdio: 'ignore',
    env: { ...process.env, HOLDFAST_TEST: '1' },
  })
  const ended = new Promise<string | null>((resolve) => agent.once('exit', (_code, signal) => resolve(signal)))
  const timer = setTimeout(() => agent.kill('SIGKILL'), afterMs)
  const signal = await ended
  clearTimeout(timer)
  return signal === 'SIGKILL'
}

function seen({ volumes }: PoolAnswer): ExpectedVolume[] {
  const all = volumes.map(({ volumeId, state, sizeBytes, snapshots }) => ({
    volumeId,
    state: state as ExpectedVolume['state'],
    sizeBytes: sizeBytes ?? 0,
    snapshotIds: snapshots.map(({ snapshotId }) => snapshotId).sort(),
  }))
  return all.sort((one, other) => (one.volumeId < other.volumeId ? -1 : 1))
}

/** What lies in the directory of a pool and belongs to no volume, or is half of something. */
function orphanFiles(base: string): string[] {
  const names = readdirSync(join(base, 'data'), { recursive: true, encoding: 'utf8' })
  const known = [
    /^holdfast-pool\.json$/,
    /^trash$/,
    /^(trash\/)?vol_\w{26}$/,
    /^(trash\/)?vol_\w{26}\/(volume\.json|disk\.qcow2|snp_\w{26}\.qcow2|layer_\w+\.qcow2)$/,
  ]
  return names.filter((name) => !known.some((pattern) => pattern.test(name)))
}

/** What lies in the volume group besides the thin pool, and is neither a volume nor a snapshot that there should be. */
function orphanVolumes(base: string, expected: readonly ExpectedVolume[]): string[] {
  const known = new Set(expected.flatMap(({ volumeId, snapshotIds }) => [volumeId, ...snapshotIds]))
  const group = new KeptGroup(base)
  return group.names().filter((name) => name !== group.place.thinPool && !known.has(name))
}

/** Images and snapshots in the pool of Ceph that should not be there; a clone of a living volume has a snapshot that no list shows. */
function orphanImages(base: string, expected: readonly ExpectedVolume[]): string[] {
  const known = new Set(expected.flatMap(({ volumeId, snapshotIds }) => [volumeId, baseOf(volumeId), ...snapshotIds]))
  const { images, snapshots } = new KeptCluster(base).names()
  return [...images.filter((name) => name !== MARK_IMAGE), ...snapshots].filter((name) => !known.has(name))
}

const MIB = 1024 * 1024
const STORAGES = [
  {
    what: 'image files',
    engine: 'image-files',
    volumes: { unit: MIB, format: 'qcow2', isTied: true, flattens: true },
    first: firstPool,
    orphans: orphanFiles,
  },
  {
    what: 'thin volumes of LVM',
    engine: 'lvm',
    volumes: { unit: 4 * MIB, format: 'raw', isTied: false, flattens: false },
    first: thinPool,
    orphans: orphanVolumes,
  },
  {
    what: 'images of Ceph',
    engine: 'rbd',
    volumes: { unit: 4 * MIB, format: 'raw', isTied: true, flattens: false },
    first: cephPool,
    orphans: orphanImages,
  },
] as const

test.each(STORAGES)(
  `${KILLS} kills at random moments lose no volume and leave nothing: $what`,
  {
    tags: 'full',
    timeout: 7_200_000,
  },
  async ({ engine, volumes, first, orphans }) => {
    const rig = new CrashRig(bundle.program, engine)
    const random = randomFrom(SEED)
    const plan = new RandomWork(random, volumes)
    let operations = 0
    const nextId = () => testId('operation', `k${operations++}`)
    try {
      const opened = rig.agent(first(rig.base))
      expect(opened?.answers.flatMap(({ error }) => error ?? [])).toEqual([])
      let usualMs = 2_000
      for (let kills = 0; kills < KILLS; ) {
        const asked: PoolAsked[] = Array.from({ length: WORKS }, () => ({
          verb: 'work',
          poolId: testId('pool', 'a'),
          ...plan.next(),
          operationId: nextId(),
        }))
        for (let tries = 0; tries < KILLS_PER_BATCH; tries++) {
          if (await cutOff(engine, rig.base, asked, random() * usualMs)) kills++
        }
        const startedAt = performance.now()
        const answer = rig.agent(asked)
        usualMs = Math.max(500, performance.now() - startedAt)
        const words = JSON.stringify(asked)
        expect(
          answer?.answers.flatMap(({ error }) => error ?? []),
          words,
        ).toEqual([])
        expect(answer?.unfinished, words).toBe(0)
        expect(answer === null ? null : seen(answer), words).toEqual(plan.expected())
        expect(orphans(rig.base, plan.expected()), words).toEqual([])
      }
    } finally {
      rig.remove()
    }
  },
)
