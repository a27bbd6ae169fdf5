import type { BackupContext, Limits, OpenRepository, Restore } from '@/lib/backup-engines/contract/engine'
import { literal, nodeAt, requireId } from '@/lib/backup-engines/restic/reading'
import { HoldfastError } from '@/lib/errors'

const OVER = { never: 'never', changed: 'if-changed', all: 'always' } as const

export function limitArguments({ uploadKib, downloadKib }: Limits): string[] {
  return [
    ...(uploadKib === undefined ? [] : [`--limit-upload=${uploadKib}`]),
    ...(downloadKib === undefined ? [] : [`--limit-download=${downloadKib}`]),
  ]
}

/** Processor cores are what Go may take. */
export function limitEnvironment({ cores }: Limits): Record<string, string> {
  return cores === undefined ? {} : { GOMAXPROCS: String(Math.max(1, Math.floor(cores))) }
}

/** A folder is restored as the root of the target; of a file the folder around it is, with that file alone in it. */
export async function restoreArguments(
  repository: OpenRepository,
  { snapshotId, path, target, over, limits }: Restore,
  context: BackupContext,
): Promise<string[]> {
  if (!target.startsWith('/')) throw new HoldfastError('internal', 'The target of a restore is not absolute.')
  const common = [
    'restore',
    '--json',
    '--sparse',
    `--overwrite=${OVER[over]}`,
    `--target=${target}`,
    ...limitArguments(limits),
  ]
  const id = requireId(snapshotId)
  if (path === null || path === '/') return [...common, id]
  const node = await nodeAt(repository, id, path, context)
  if (node.kind === 'directory') return [...common, `${id}:${node.path}`]
  const parent = node.path.slice(0, node.path.lastIndexOf('/')) || '/'
  return [...common, `--include=/${literal(node.name)}`, `${id}:${parent}`]
}
