import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const FILLER = 'filler'

/** A real disk of a few pages that can be filled and emptied. Needs root. */
export interface SmallDisk {
  path: string
  /** Takes every free byte, and every free inode if the disk was made with a limit of them. */
  fill(): void
  free(): void
  makeReadOnly(isReadOnly: boolean): void
  remove(): void
}

/** A tmpfs of `kib` KiB; `at` mounts it over a directory that is there already. */
export function makeSmallDisk(kib: number, at?: string): SmallDisk {
  const directory = at ?? mkdtempSync(path.join(tmpdir(), 'holdfast-small-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0755`, 'holdfast-test', directory])
  const filler = path.join(directory, FILLER)
  return {
    path: directory,
    fill() {
      const file = openSync(filler, 'a')
      try {
        for (const block of [Buffer.alloc(65_536), Buffer.alloc(4096)]) {
          try {
            for (;;) if (writeSync(file, block) < block.length) break
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
          }
        }
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler, { force: true }),
    makeReadOnly: (isReadOnly) => void execFileSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, directory]),
    remove() {
      execFileSync('umount', ['-l', directory])
      if (at === undefined) rmdirSync(directory)
    },
  }
}
