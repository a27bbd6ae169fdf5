import type { ImageSource, WorkProgram } from '@/lib/volume-engines/contract/engine'

const MIB = 1024 * 1024
/** At once; the kernel goes on with nothing else of the program until such a part is done. */
const ZERO_STEP = 64 * MIB
const SILENT_MS = 30 * 60_000

/** `(12.34/100%)`, several times in a line where it is written over. */
export function parseCopyProgress(line: string, total: number): ReturnType<WorkProgram['parseProgress']> {
  const percent = [...line.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1]
  if (percent === undefined) return null
  return { done: Math.round((Number(percent) / 100) * total), total, unit: 'bytes' }
}

/** `/dev/vg/vol: Zero-filled 67108864 bytes from the offset 134217728`: since it has said so last. */
export function parseZeroProgress(line: string, from: number, total: number): ReturnType<WorkProgram['parseProgress']> {
  const [, bytes, offset] = /Zero-filled (\d+) bytes from the offset (\d+)/.exec(line) ?? []
  if (bytes === undefined || offset === undefined) return null
  const done = Math.min(total, Number(offset) + Number(bytes) - from)
  return { done, total, unit: 'bytes', phase: 'clearing' }
}

/**
 * Makes a part of a device read as zeros; the kernel asks the storage to do so where that can. It opens the device for itself alone, so it
 * fails for one that is mounted.
 */
export function clearing(device: string, from: number, to: number): WorkProgram {
  const range = ['--offset', String(from), '--length', String(to - from)]
  return {
    command: 'blkdiscard',
    args: ['--zeroout', '--verbose', '--step', String(ZERO_STEP), ...range, '--', device],
    parseProgress: (line) => parseZeroProgress(line, from, to - from),
    whenKilled: 'undo',
    silentMs: SILENT_MS,
  }
}

/** `readsZeros`: of the target; what is zero in the source is not written then, so that a thin volume stays thin. */
export function copying(source: ImageSource, device: string, directory: string, readsZeros: boolean): WorkProgram {
  const { format, location, sizeBytes, files, confined } = source
  const from = location.replaceAll('{directory}', directory)
  // Without a cache of the kernel: what it says was written is on the LUN, and errors are heard.
  const target = ['-n', '-O', 'raw', '-t', 'none', ...(readsZeros ? ['--target-is-zero'] : [])]
  return {
    command: 'qemu-img',
    args: ['convert', '-p', '-f', format, ...target, '--', from, device],
    ...(files === undefined ? {} : { files }),
    ...(confined === undefined ? {} : { confined: { ...confined, writable: [...(confined.writable ?? []), device] } }),
    parseProgress: (line) => parseCopyProgress(line, sizeBytes),
    whenKilled: 'undo',
    silentMs: SILENT_MS,
  }
}

/** What the last bytes of a source share a block with is cleared, and then written over. */
export function clearedFrom(contentBytes: number): number {
  return Math.floor(contentBytes / MIB) * MIB
}
