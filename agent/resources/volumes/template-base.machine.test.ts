import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hostEngine } from '@/agent/volume-engines'
import type { ObservedJob } from '@/lib/agent-protocol/messages'
import { VolumeWorkResult } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import type { VolumeEngine } from '@/lib/volume-engines/contract/engine'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { ask, ended, firstPool, openPoolHost, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'

const POOL = testId('pool', 'a')
const vol = (name: string) => testId('volume', name)
const OF = { volumeId: vol('base'), snapshotId: testId('snapshot', 'content') }

let base: string
let host: PoolHost
let template: string
let operations = 0

beforeEach(() => {
  base = makeBase('template-base')
  mkdirSync(join(base, 'data/templates'))
  template = join(base, 'data/templates/debian.qcow2')
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', template, '4M'])
  write('A')
})
afterEach(async () => {
  await host.close()
  removeBase(base)
})

async function open(change: Partial<VolumeEngine> = {}): Promise<void> {
  host = await openPoolHost(base, { ...hostEngine('image-files'), ...change })
  for (const asked of firstPool(base)) await ask(host, asked)
}

/** What it is now, as a look at the pool tells. */
function listed() {
  const { size, mtimeMs } = statSync(template)
  const modifiedAt = new Date(Math.round(mtimeMs)).toISOString()
  return { name: 'templates/debian.qcow2', bytes: size, modifiedAt }
}

async function start(name: string, as = listed()): Promise<string> {
  const operationId = testId('operation', `t${operations++}`)
  const work = { do: 'clone', of: OF, base: as } as const
  await ask(host, { verb: 'work', poolId: POOL, volumeId: vol(name), work, operationId })
  return operationId
}
const clone = async (name: string, as = listed()): Promise<ObservedJob> => ended(host, await start(name, as))

const write = (letter: string, file = template) =>
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P ${letter.charCodeAt(0)} 0 4096`, file])
const diskOf = (name: string) => join(base, 'data', vol(name), 'disk.qcow2')
/** Throws unless the disk begins with this letter. */
const requireLetter = (name: string, letter: string) =>
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `read -P ${letter.charCodeAt(0)} 0 4096`, diskOf(name)], {
    encoding: 'utf8',
  })
const volumes = () => readdirSync(join(base, 'data')).filter((name) => name.startsWith('vol_') || name.startsWith('.'))

test('clones that are asked for at once share one copy of the template, which nothing else changes any more', async () => {
  await open()
  const jobs = await Promise.all(['a', 'b', 'c'].map((name) => start(name)))
  const results = await Promise.all(jobs.map((job) => ended(host, job)))
  expect(results.map(({ error }) => error)).toEqual([null, null, null])
  for (const { result } of results)
    expect(VolumeWorkResult.parse(result)).toMatchObject({
      volume: { parent: OF, sizeBytes: 4 * 1024 ** 2 },
      source: { volumeId: OF.volumeId, snapshots: [{ snapshotId: OF.snapshotId }], parent: null },
    })
  expect(volumes().sort()).toEqual([vol('a'), vol('b'), vol('base'), vol('c')].sort())
  write('B')
  write('C', diskOf('b'))
  for (const [name, letter] of [
    ['a', 'A'],
    ['b', 'C'],
    ['c', 'A'],
  ] as const)
    expect(requireLetter(name, letter)).not.toContain('Pattern verification failed')
})

test('a template that is another than was listed, before or while it is copied, is refused and nothing is left', async () => {
  const { create } = hostEngine('image-files')
  await open({
    create: async (...given) => {
      await create(...given)
      write('B')
    },
  })
  const before = listed()
  write('C')
  expect((await clone('a', { ...before, bytes: before.bytes + 1 })).error?.code).toBe('conflict')
  const meanwhile = await clone('a')
  expect(meanwhile.error?.message).toContain('has changed since it was listed')
  expect([volumes(), host.pools.volumes.list()]).toEqual([[], []])
})

test('what was copied for a clone that fails goes with it, and the next one that waits copies it again', async () => {
  const { clone: real } = hostEngine('image-files')
  await open({
    clone: (pool, volumeId, ...rest) =>
      volumeId === vol('bad')
        ? Promise.reject(new HoldfastError('disk_full', 'No room is left.'))
        : real(pool, volumeId, ...rest),
  })
  const jobs = [await start('bad'), await start('good')] as const
  expect((await ended(host, jobs[0])).error?.code).toBe('disk_full')
  expect((await ended(host, jobs[1])).error).toBeNull()
  expect(volumes().sort()).toEqual([vol('base'), vol('good')].sort())
  expect((await clone('bad')).error?.code).toBe('disk_full')
  expect(volumes().sort()).toEqual([vol('base'), vol('good')].sort())
})
