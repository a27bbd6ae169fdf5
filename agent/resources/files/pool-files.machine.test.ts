import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostEngine } from '@/agent/volume-engines'
import { pump } from '@/lib/pump'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { ask, firstPool, openPoolHost, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'

/** Files of a real pool on this kernel, through the processes that touch them. */

const poolId = testId('pool', 'a')
const SIGNAL = new AbortController().signal
let base: string
let host: PoolHost

beforeAll(async () => {
  base = makeBase('files', ['data', 'data/iso', 'mnt', 'outside'])
  host = await openPoolHost(base, hostEngine('image-files'), { lookMs: 60_000 })
  for (const asked of firstPool(base)) await ask(host, asked)
}, 60_000)
afterAll(async () => {
  await host.close()
  removeBase(base)
})

const list = (path = '', more: { from?: string | null; limit?: number } = {}) =>
  host.files.list({ poolId, path, from: null, limit: 200, ...more }, SIGNAL)

async function read(path: string, offset = 0, length: number | null = null): Promise<{ size: number; bytes: Buffer }> {
  const file = await host.files.read({ poolId, path, offset, length }, SIGNAL)
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const moved = await pump(file.bytes, sink, { idleMs: 20_000 })
  file.close()
  expect(moved).toBe(file.head.length)
  return { size: file.head.size, bytes: Buffer.concat(chunks) }
}

test('a directory is told page by page, with what images say of themselves; what is being made is not told', async () => {
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(base, 'data/disk.qcow2'), '3G'])
  writeFileSync(join(base, 'data/iso/debian.iso'), 'x'.repeat(4096))
  writeFileSync(join(base, 'data/.holdfast-new-x'), 'unfinished')
  symlinkSync('/etc/passwd', join(base, 'data/link'))
  execFileSync('mkfifo', [join(base, 'data/pipe')])
  const all = await list()
  expect(all.entries.map(({ name, kind }) => [name, kind])).toEqual([
    ['disk.qcow2', 'file'],
    ['holdfast-pool.json', 'file'],
    ['iso', 'directory'],
    ['link', 'other'],
    ['pipe', 'other'],
  ])
  expect(all.entries[0]).toMatchObject({ format: 'qcow2', virtualBytes: 3 * 1024 ** 3, backing: null })
  const { entries } = await list('iso')
  expect(entries).toMatchObject([{ name: 'debian.iso', bytes: 4096, format: 'raw', virtualBytes: 4096 }])
  const first = await list('', { limit: 2 })
  expect([first.total, first.next, first.entries.length]).toEqual([5, 'iso', 2])
  expect((await list('', { from: first.next })).entries.map(({ name }) => name)).toEqual(['iso', 'link', 'pipe'])
})

test('no link leads out of the pool, and nothing but a file is read', async () => {
  writeFileSync(join(base, 'outside/secret'), 'of the host')
  symlinkSync(join(base, 'outside'), join(base, 'data/way'))
  symlinkSync(join(base, 'outside/secret'), join(base, 'data/iso/secret'))
  for (const path of ['way/secret', 'iso/secret', 'link', 'pipe', 'iso', 'nothing', 'iso/nothing']) {
    await expect(read(path), path).rejects.toThrow()
  }
  await expect(list('way')).rejects.toThrow()
})

test('a file is handed on as it is, from anywhere to anywhere', async () => {
  const content = randomBytes(5 * 1024 * 1024 + 3)
  writeFileSync(join(base, 'data/big.raw'), content)
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const whole = await read('big.raw')
  expect([whole.size, digest(whole.bytes)]).toEqual([content.length, digest(content)])
  expect((await read('big.raw', 1024 * 1024 - 1, 3)).bytes).toEqual(content.subarray(1024 * 1024 - 1, 1024 * 1024 + 2))
  expect((await read('big.raw', content.length - 2)).bytes).toEqual(content.subarray(-2))
  expect(await read('big.raw', content.length + 7)).toMatchObject({ size: content.length, bytes: Buffer.alloc(0) })
})

test('who stops taking stops the reading too, and the process is gone', async () => {
  writeFileSync(join(base, 'data/sparse.raw'), '')
  truncateSync(join(base, 'data/sparse.raw'), 64 * 1024 ** 3)
  const file = await host.files.read({ poolId, path: 'sparse.raw', offset: 0, length: null }, SIGNAL)
  let taken = 0
  const stuck = new Writable({
    highWaterMark: 64 * 1024,
    write(chunk: Buffer) {
      // Never asks for more.
      taken += chunk.length
    },
  })
  await expect(pump(file.bytes, stuck, { idleMs: 300 })).rejects.toMatchObject({ code: 'timed_out' })
  file.close()
  // Of 64 GiB, what fits into the buffers on the way.
  expect(taken).toBeLessThan(4 * 1024 * 1024)
  expect((await read('sparse.raw', 5, 3)).bytes).toEqual(Buffer.alloc(3))
})
