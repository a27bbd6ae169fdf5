import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readIoCounters } from './io-counters'
import { readMounts } from './mountinfo'

const base = mkdtempSync(join(tmpdir(), 'holdfast-io-'))
const target = join(base, 'mnt')
const run = (command: string, ...args: string[]) => void execFileSync(command, args, { stdio: 'ignore' })
const entryAt = (path: string) => {
  const entry = readMounts().findLast((one) => one.target === path)
  if (entry === undefined) throw new Error(`nothing is mounted at ${path}`)
  return entry
}

afterAll(() => {
  run('umount', target)
  rmSync(base, { recursive: true })
})

it('counts what goes to the disk below a mount, and nothing where there is none', () => {
  mkdirSync(target)
  const image = join(base, 'disk')
  run('truncate', '-s', '32M', image)
  run('mkfs.ext4', '-q', image)
  run('mount', '-o', 'loop', image, target)
  const before = readIoCounters(entryAt(target))
  run('dd', 'if=/dev/zero', `of=${join(target, 'file')}`, 'bs=1M', 'count=8', 'oflag=direct', 'conv=fsync')
  run('dd', `if=${join(target, 'file')}`, 'of=/dev/null', 'bs=1M', 'iflag=direct')
  const after = readIoCounters(entryAt(target))
  if (before === null || after === null) throw new Error('The kernel counts nothing for a disk.')
  const moved = (key: 'readBytes' | 'writtenBytes') => after[key] - before[key]
  expect(moved('readBytes')).toBeGreaterThanOrEqual(8 * 2 ** 20)
  expect(moved('writtenBytes')).toBeGreaterThanOrEqual(8 * 2 ** 20)
  // Besides that only the journal and the maps of the file system.
  expect(moved('writtenBytes')).toBeLessThan(16 * 2 ** 20)
  expect(after.operations).toBeGreaterThan(before.operations)
  expect(readIoCounters(entryAt('/proc'))).toBeNull()
})
