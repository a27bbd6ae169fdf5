import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { hostEngine } from '@/agent/volume-engines'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { ask, firstPool, openPoolHost, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'

/** Files on their way into a real pool on this kernel. */

const poolId = testId('pool', 'a')
const SIGNAL = new AbortController().signal
const MIB = 1024 ** 2
let base: string
let host: PoolHost
let counter = 0

beforeAll(async () => {
  base = makeBase('uploads', ['data', 'mnt', 'outside'])
  host = await openPoolHost(base, hostEngine('image-files'), { lookMs: 60_000 })
  for (const asked of firstPool(base)) await ask(host, asked)
}, 60_000)
afterAll(async () => {
  await host.close()
  removeBase(base)
})

const data = (...names: string[]) => join(base, 'data', ...names)
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const waiting = () => readdirSync(data('.holdfast-uploads'))

async function begin(path: string, bytes: number): Promise<{ poolId: string; uploadId: string }> {
  const ref = { poolId, uploadId: testId('upload', counter++) }
  await host.files.uploads.begin({ ...ref, path, bytes }, SIGNAL)
  return ref
}
type Ref = Awaited<ReturnType<typeof begin>>
const write = (ref: Ref, offset: number, body: Readable | Buffer, more: { length?: number; sha1?: string } = {}) =>
  host.files.uploads.write(
    {
      ...ref,
      offset,
      length: more.length ?? null,
      checksum: more.sha1 === undefined ? null : { algorithm: 'sha1', digest: more.sha1 },
    },
    Buffer.isBuffer(body) ? Readable.from([body]) : body,
    SIGNAL,
  )

test('parts become a file that has its name only when all is there, exactly as it was sent', async () => {
  const content = randomBytes(5 * MIB + 7)
  const ref = await begin('templates/deep/debian.iso', content.length)
  expect(await write(ref, 0, content.subarray(0, 3 * MIB))).toEqual({ offset: 3 * MIB, state: 'open', sha256: null })
  expect(existsSync(data('templates'))).toBe(false)
  await expect(write(ref, MIB, content)).rejects.toMatchObject({ code: 'conflict', details: { offset: 3 * MIB } })
  await expect(host.files.uploads.finish({ ...ref, sha256: null }, SIGNAL)).rejects.toMatchObject({ code: 'conflict' })
  await write(ref, 3 * MIB, content.subarray(3 * MIB))
  const done = { offset: content.length, state: 'done', sha256: digest(content) }
  expect(await host.files.uploads.finish({ ...ref, sha256: digest(content) }, SIGNAL)).toEqual(done)
  expect(digest(readFileSync(data('templates/deep/debian.iso')))).toBe(digest(content))
  expect(statSync(data('templates/deep/debian.iso')).mode & 0o777).toBe(0o644)
  // Asked again, as after a lost answer.
  expect(await host.files.uploads.finish({ ...ref, sha256: null }, SIGNAL)).toEqual(done)
  expect(await host.files.uploads.look(ref, SIGNAL)).toEqual(done)
  await host.files.uploads.drop(ref, SIGNAL)
  expect(waiting()).toEqual([])
})

test('what had come before a connection broke stays, and a sender that comes back takes over', async () => {
  const content = randomBytes(2 * MIB)
  const ref = await begin('broken.raw', content.length)
  const line = new PassThrough()
  const first = write(ref, 0, line)
  line.write(content.subarray(0, MIB))
  await vi.waitFor(async () => expect((await host.files.uploads.look(ref, SIGNAL)).offset).toBe(MIB), 20_000)
  // The former line is still open here: nobody has told this end.
  const second = write(ref, MIB, content.subarray(MIB))
  expect([(await first).offset, (await second).offset]).toEqual([MIB, 2 * MIB])
  await host.files.uploads.finish({ ...ref, sha256: digest(content) }, SIGNAL)
  expect(digest(readFileSync(data('broken.raw')))).toBe(digest(content))
  await host.files.uploads.drop(ref, SIGNAL)
})

test('what has come among the templates is told of at once', async () => {
  const ref = await begin('templates/disk.img', 8192)
  await write(ref, 0, Buffer.alloc(8192))
  await host.files.uploads.finish({ ...ref, sha256: null }, SIGNAL)
  const told = [{ name: 'disk.img', bytes: 8192, format: 'raw', virtualBytes: 8192 }]
  await vi.waitFor(() => expect(host.pools.list()[0]?.templates?.items).toMatchObject(told), { timeout: 15_000 })
  await host.files.uploads.drop(ref, SIGNAL)
})

test('with a checksum all of a part stays or none of it; one that is wrong at the end leaves nothing', async () => {
  const content = randomBytes(MIB)
  const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('base64')
  const ref = await begin('checked.raw', content.length)
  const half = content.subarray(0, MIB / 2)
  await expect(write(ref, 0, half, { sha1: sha1(content) })).rejects.toMatchObject({ code: 'checksum_mismatch' })
  await expect(write(ref, 0, half, { sha1: sha1(half), length: MIB })).rejects.toMatchObject({
    code: 'checksum_mismatch',
  })
  expect((await host.files.uploads.look(ref, SIGNAL)).offset).toBe(0)
  await write(ref, 0, half, { sha1: sha1(half), length: half.length })
  await expect(write(ref, half.length, content)).rejects.toMatchObject({ code: 'payload_too_large' })
  expect((await host.files.uploads.look(ref, SIGNAL)).offset).toBe(half.length)
  await write(ref, half.length, content.subarray(half.length))
  const finish = host.files.uploads.finish({ ...ref, sha256: digest(half) }, SIGNAL)
  await expect(finish).rejects.toMatchObject({ code: 'checksum_mismatch' })
  await host.files.uploads.drop(ref, SIGNAL)
  expect([existsSync(data('checked.raw')), waiting()]).toEqual([false, []])
})

test('nothing is written over, outside, or where Holdfast keeps its own; what has no room is refused with figures', async () => {
  await expect(begin('broken.raw', 1)).rejects.toMatchObject({ code: 'conflict' })
  const ref = await begin('late.raw', 1)
  await write(ref, 0, Buffer.from('x'))
  const other = await begin('late.raw', 1)
  await write(other, 0, Buffer.from('y'))
  await host.files.uploads.finish({ ...ref, sha256: null }, SIGNAL)
  await expect(host.files.uploads.finish({ ...other, sha256: null }, SIGNAL)).rejects.toMatchObject({
    code: 'conflict',
  })
  expect(readFileSync(data('late.raw'), 'utf8')).toBe('x')
  symlinkSync(join(base, 'outside'), data('way'))
  const through = await begin('fine.raw', 0)
  await expect(begin('way/x.raw', 1)).rejects.toThrow()
  for (const path of [`${testId('volume', 'a')}/disk.raw`, 'trash/x', '.holdfast-new-x/y', 'holdfast-pool.json'])
    await expect(begin(path, 1), path).rejects.toMatchObject({ code: 'invalid_input' })
  const huge = begin('huge.raw', 2 ** 52)
  await expect(huge).rejects.toMatchObject({ code: 'payload_too_large', message: expect.stringMatching(/[GT]iB left/) })
  for (const one of [ref, other, through]) await host.files.uploads.drop(one, SIGNAL)
  expect([readdirSync(join(base, 'outside')), waiting()]).toEqual([[], []])
})

test('one that nobody has touched for a day goes, and a younger one stays', async () => {
  const [old, young] = [await begin('old.raw', 9), await begin('young.raw', 9)]
  const yesterday = new Date(Date.now() - 25 * 60 * 60_000)
  for (const name of ['upload.json', 'data', '.'])
    utimesSync(data('.holdfast-uploads', old.uploadId, name), yesterday, yesterday)
  for (const name of ['old', 'young']) mkdirSync(data('.holdfast-exports', name), { recursive: true })
  writeFileSync(data('.holdfast-exports/old/disk.raw'), '')
  utimesSync(data('.holdfast-exports/old'), yesterday, yesterday)
  await host.files.sweep()
  expect(waiting()).toEqual([young.uploadId])
  // As an image that was exported to be downloaded.
  expect(readdirSync(data('.holdfast-exports'))).toEqual(['young'])
  await expect(host.files.uploads.look(old, SIGNAL)).rejects.toMatchObject({ code: 'not_found' })
  await host.files.uploads.drop(young, SIGNAL)
})
