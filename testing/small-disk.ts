import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const FILLER = 'filler'

function untilFull(take: () => void): void {
  try {
    for (;;) take()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

/** A real disk of a few pages that can be filled and emptied. Needs root. */
export interface SmallDisk {
  path: string
  /** Takes every free byte, and every free inode too unless told to leave them. */
  fill(what?: 'all' | 'bytes'): void
  free(): void
  makeReadOnly(isReadOnly: boolean): void
  remove(): void
}

/** A tmpfs of `kib` KiB that holds so many files at most; `at` mounts it over a directory that is there already. */
export function makeSmallDisk(kib: number, at?: string, files = 4096): SmallDisk {
  const directory = at ?? mkdtempSync(path.join(tmpdir(), 'holdfast-small-disk-'))
  const options = `size=${kib}k,nr_inodes=${files},mode=0755`
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'holdfast-test', directory])
  const filler = path.join(directory, FILLER)
  return {
    path: directory,
    fill(what = 'all') {
      const file = openSync(filler, 'a')
      mkdirSync(`${filler}s`, { recursive: true })
      if (what === 'all') untilFull(() => closeSync(openSync(path.join(`${filler}s`, randomUUID()), 'wx')))
      try {
        for (const block of [Buffer.alloc(65_536), Buffer.alloc(4096)]) untilFull(() => void writeSync(file, block))
      } finally {
        closeSync(file)
      }
    },
    free() {
      for (const name of [filler, `${filler}s`]) rmSync(name, { recursive: true, force: true })
    },
    makeReadOnly: (isReadOnly) => void execFileSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, directory]),
    remove() {
      execFileSync('umount', ['-l', directory])
      if (at === undefined) rmdirSync(directory)
    },
  }
}
