import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { freeBytes, sqliteDiskProblem } from '@/lib/disk-space'
import { makeSmallDisk, type SmallDisk } from '@/testing/small-disk'

let disk: SmallDisk
afterEach(() => disk.remove())

it('knows a disk for full that has no room for bytes, or for another file', () => {
  disk = makeSmallDisk(512, undefined, 8)
  const failure = { code: 'SQLITE_IOERR_SHMSIZE' }
  expect(freeBytes(disk.path)).toBe(512 * 1024)
  expect(sqliteDiskProblem(disk.path, failure)).toMatchObject({ code: 'disk_unwritable' })
  const made: string[] = []
  expect(() => {
    for (;;) {
      const file = path.join(disk.path, String(made.length))
      writeFileSync(file, '')
      made.push(file)
    }
  }).toThrow('ENOSPC')
  expect(freeBytes(disk.path)).toBe(0)
  expect(sqliteDiskProblem(disk.path, failure)).toMatchObject({ code: 'disk_full' })
  rmSync(made[0] ?? '')
  expect(freeBytes(disk.path)).toBeGreaterThan(0)
  expect(freeBytes(path.join(disk.path, 'nowhere'))).toBeNull()
})
