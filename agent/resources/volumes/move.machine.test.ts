import { execFileSync, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hostEngine } from '@/agent/volume-engines'
import type { ObservedJob } from '@/lib/agent-protocol/messages'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import type { VolumeEngine } from '@/lib/volume-engines/contract/engine'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { ask, ended, firstPool, openPoolHost, otherPool, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'

const MIB = 1024 * 1024
const [POOL, OTHER] = [testId('pool', 'a'), testId('pool', 'b')]
const vol = (name: string) => testId('volume', name)
const MOVE = {
  do: 'move',
  from: { poolId: POOL, volumeId: vol('a') },
  sizeBytes: 2 * MIB,
  format: 'raw',
  provisioning: 'thin',
} as const

let base: string
let host: PoolHost
let engine: VolumeEngine
let operations = 0

beforeEach(() => {
  base = makeBase('move', ['data', 'other', 'mnt'])
  engine = hostEngine('image-files')
})
afterEach(async () => {
  await host.close()
  removeBase(base)
})

async function does(poolId: string, volumeId: string, work: VolumeWork): Promise<ObservedJob> {
  const operationId = testId('operation', `m${operations++}`)
  await ask(host, { verb: 'work', poolId, volumeId, work, operationId })
  return ended(host, operationId)
}

/** Has it open as a machine has. Returns what ends that. */
async function machineOn(file: string): Promise<() => Promise<unknown>> {
  const machine = spawn('qemu-io', ['-f', 'qcow2', file], { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise((resolve) => machine.stdout.once('data', resolve))
  const gone = new Promise((resolve) => machine.once('close', resolve))
  return () => {
    machine.kill('SIGKILL')
    return gone
  }
}

/** Two pools, and in the first one a volume with a snapshot: `A` is in both, `B` only in the volume. */
async function open(change: Partial<VolumeEngine> = {}): Promise<void> {
  host = await openPoolHost(base, { ...engine, ...change })
  for (const asked of [...firstPool(base), ...otherPool(base)]) await ask(host, asked)
  const made = await does(POOL, vol('a'), {
    do: 'create',
    sizeBytes: MIB,
    format: 'qcow2',
    provisioning: 'thin',
    content: null,
  })
  expect(made.error).toBeNull()
  write('A', 0)
  await does(POOL, vol('a'), { do: 'snapshot', snapshotId: testId('snapshot', '1') })
  write('B', 4096)
}

const diskOf = (name: string) => join(base, 'data', vol(name), 'disk.qcow2')
const write = (letter: string, offset: number) =>
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P ${letter.charCodeAt(0)} ${offset} 4096`, diskOf('a')])
const content = (format: string, file: string) =>
  execFileSync('qemu-img', ['dd', '-f', format, '-O', 'raw', 'bs=4096', 'count=3', `if=${file}`, `of=${base}/read`]) &&
  execFileSync('sh', ['-c', `tr '\\0' . <'${base}/read' | fold -w 4096 | cut -c1`], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .join('')
const names = (pool: string) => readdirSync(join(base, pool)).filter((name) => name !== 'holdfast-pool.json')
const told = () =>
  host.pools.volumes
    .list()
    .map(({ poolId, volumeId, state }) => [poolId, volumeId, state])
    .sort()

test('a volume is moved into another pool and format, and what it was is in the trash, with its snapshots', async () => {
  await open()
  const close = await machineOn(diskOf('a'))
  const refused = await does(OTHER, vol('b'), MOVE)
  await close()
  expect(refused.error).toMatchObject({ code: 'busy' })
  expectUnmoved()
  const job = await does(OTHER, vol('b'), MOVE)
  expect(job).toMatchObject({
    error: null,
    result: {
      volume: { volumeId: vol('b'), poolId: OTHER, state: 'present', format: 'raw', sizeBytes: 2 * MIB },
      source: {
        volumeId: vol('a'),
        poolId: POOL,
        state: 'trashed',
        snapshots: [{ snapshotId: testId('snapshot', '1') }],
      },
    },
  })
  expect(job.lines.map(({ message }) => message).join(' ')).toMatch(/copied.*compared.*into the trash/)
  expect(content('raw', join(base, 'other', vol('b'), 'disk.raw'))).toBe('AB.')
  expect([names('data'), names('other'), host.journal.unfinished()]).toEqual([['trash'], [vol('b')], []])
  expect(told()).toEqual(
    [
      [POOL, vol('a'), 'trashed'],
      [OTHER, vol('b'), 'present'],
    ].sort(),
  )
})

/** The old one is where it was, with what was in it, and of the new one nothing is left. */
function expectUnmoved(): void {
  expect([names('data'), names('other'), host.journal.unfinished()]).toEqual([[vol('a')], [], []])
  expect(content('qcow2', diskOf('a'))).toBe('AB.')
  expect(told()).toEqual([[POOL, vol('a'), 'present']])
}

test('a copy that is not the same goes, and the volume stays', async () => {
  await open({
    async create(pool, volume, source, turn) {
      await engine.create(pool, volume, source, turn)
      if (source === null) return
      const file = join(base, 'other', volume.volumeId, 'disk.raw')
      execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 88 8192 4096', file])
    },
  })
  const job = await does(OTHER, vol('b'), MOVE)
  expect(job.error).toMatchObject({ code: 'conflict', message: expect.stringContaining('not the same') })
  expectUnmoved()
})

test('cancelled after the old one went into the trash, it comes back before the new one goes', async () => {
  const order: string[] = []
  await open({
    async trash(pool, volumeId, turn) {
      const step: typeof turn.step = (name, work, undo) =>
        turn.step(name, work, undo && (async (note) => undo(note).then(() => void order.push(`${name} undone`))))
      await engine.trash(pool, volumeId, { ...turn, signal: turn.signal, deadlineAt: turn.deadlineAt, step })
      order.push(names('data').join())
      host.jobs.cancel(testId('operation', `m${operations - 1}`), 1)
    },
  })
  const job = await does(OTHER, vol('b'), MOVE)
  expect(job.state).toBe('cancelled')
  expect(order).toEqual(['trash', 'trash undone'])
  expectUnmoved()
})
