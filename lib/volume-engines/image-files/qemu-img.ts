import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import type { Confinement, EngineContext, WorkProgram } from '@/lib/volume-engines/contract/engine'
import { volumeInUse } from '@/lib/volume-engines/contract/refusals'

/** It says nothing while it takes room for a whole image, which an old server does block by block. */
const SILENT_MS = 6 * 3_600_000

/** Its words when another process has the image open. */
export const LOCKED = /Failed to get .*lock|Is another process using the image/i

/** One short run. Throws `busy` where a process of any host has the image open, as far as its storage passes locks on. */
export async function qemuImg(
  volumeId: string,
  args: readonly string[],
  { host }: Pick<EngineContext, 'host'>,
  confined?: Confinement,
): Promise<string> {
  try {
    const { stdout } = await host.run('qemu-img', args, confined === undefined ? {} : { confined })
    return stdout
  } catch (error) {
    if (error instanceof CommandError && LOCKED.test(error.stderr)) throw volumeInUse(volumeId)
    throw error
  }
}

/** Arguments that make an image which is not there yet. `path` never begins with a minus: it is absolute. */
export function createArguments(path: string, format: string, sizeBytes: number, isFull: boolean): string[] {
  const options = isFull ? ['-o', 'preallocation=falloc'] : []
  return ['create', '-q', '-f', format, ...options, path, String(sizeBytes)]
}

/** An image on top of a layer; `-u`: nothing of the layer is opened, which was looked at before. */
export function overlayArguments(path: string, backing: string, sizeBytes: number): string[] {
  return ['create', '-q', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, path, String(sizeBytes)]
}

/** How far `-p` says it is: `    (12.34/100%)`; of several in one line, the last. */
export function parseProgress(line: string, totalBytes: number): { done: number; total: number; unit: 'bytes' } | null {
  const percent = [...line.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1]
  if (percent === undefined) return null
  return { done: Math.round((totalBytes * Number(percent)) / 100), total: totalBytes, unit: 'bytes' }
}

/** A long run that may be begun again from its start. */
export function longRun(args: readonly string[], totalBytes: number, confined?: Confinement): WorkProgram {
  return {
    command: 'qemu-img',
    args,
    ...(confined === undefined ? {} : { confined }),
    parseProgress: (line) => parseProgress(line, totalBytes),
    whenKilled: 'resume',
    silentMs: SILENT_MS,
  }
}

/** Throws `busy` where a process has the image open for writing. It opens nothing but this file. */
export async function requireUnlocked(
  volumeId: string,
  path: string,
  format: string,
  context: Pick<EngineContext, 'host'>,
): Promise<void> {
  await qemuImg(volumeId, ['info', '-f', format, '--output=json', path], context)
}

export function refusal(reason: string): HoldfastError {
  return new HoldfastError('unsupported', reason)
}
