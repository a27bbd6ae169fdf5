import type { BackupContext, OpenRepository, SnapshotFilter } from '@/lib/backup-engines/contract/engine'
import type {
  Retention,
  RetentionPreview,
  SeenLock,
  SeenNode,
  SnapshotChange,
  SnapshotDifference,
  Stats,
} from '@/lib/backup-engines/contract/values'
import { placeWords } from '@/lib/backup-engines/restic/opened'
import {
  parseDifference,
  parseFound,
  parseId,
  parseLock,
  parseNode,
  parsePreview,
  parseSnapshots,
  parseStats,
} from '@/lib/backup-engines/restic/parse'
import { run } from '@/lib/backup-engines/restic/run'
import { ProblemError, unreadableOutput } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

/** Tens of thousands of snapshots. */
const LONG_OUTPUT = 64 * 1024 ** 2
const READ = ['--no-lock', '--json']
const MOST_LOCKS = 100
/** Snapshots and locks, as restic names them. */
const ID = /^[0-9a-f]{8,64}$/

/** Throws `not_found` for what cannot be an id, such as `latest`, which means another one in a moment. */
export function requireId(snapshotId: string): string {
  if (!ID.test(snapshotId)) throw new ProblemError('restic.no_snapshot', { snapshot: snapshotId })
  return snapshotId
}

export async function identify(repository: OpenRepository, context: BackupContext): Promise<string | null> {
  try {
    return parseId((await run(repository, ['cat', '--no-lock', 'config'], context)).stdout)
  } catch (error) {
    if (error instanceof ProblemError && error.problem === 'restic.no_repository') return null
    throw error
  }
}

/** Throws unless the repository that is there is the one that is meant. */
export async function requireSame(repository: OpenRepository, context: BackupContext): Promise<void> {
  const place = placeWords(repository.place)
  const expected = repository.engineId
  if (expected === null) throw new HoldfastError('internal', 'The id of the repository is not known.')
  const found = await identify(repository, context)
  if (found === null) throw new ProblemError('restic.no_repository', { place })
  if (found !== expected) {
    throw new ProblemError('restic.other_repository', {
      place,
      found: found.slice(0, 8),
      expected: expected.slice(0, 8),
    })
  }
}

export function filterArguments({ hostName, tags = [] }: SnapshotFilter): string[] {
  return [
    ...(hostName === undefined ? [] : [`--host=${hostName}`]),
    ...(tags.length === 0 ? [] : [`--tag=${tags.map(requireTag).join(',')}`]),
  ]
}

/** Throws `invalid_input` for what restic would take for two. */
export function requireTag(tag: string): string {
  if (!/^[^\s,][^,\p{Cc}]*$/u.test(tag))
    throw new HoldfastError(
      'invalid_input',
      `The tag "${tag}" has a comma in it, or begins with a space: choose another one.`,
    )
  return tag
}

export async function snapshots(repository: OpenRepository, filter: SnapshotFilter, context: BackupContext) {
  const args = ['snapshots', ...READ, ...filterArguments(filter)]
  return parseSnapshots((await run(repository, args, context, { outputCap: LONG_OUTPUT })).stdout)
}

export async function list(
  repository: OpenRepository,
  snapshotId: string,
  folder: string | null,
  onNode: (node: SeenNode) => void,
  context: BackupContext,
): Promise<void> {
  const path = folder === null ? null : requireAbsolute(folder)
  // The folder itself comes first; of the uppermost there is no line.
  let isThere = path === null || path === '/'
  const eachLine = (line: string) => {
    const node = parseNode(line)
    if (node === null) return
    isThere = true
    if (node.path !== path) onNode(node)
  }
  const args = ['ls', ...READ, requireId(snapshotId), ...(path === null ? [] : ['--', path])]
  await run(repository, args, context, { eachLine, values: { snapshot: snapshotId }, timeoutMs: 600_000 })
  if (!isThere) throw new ProblemError('restic.no_path', { path: folder ?? undefined })
}

/** One file or folder of a snapshot. Throws `not_found`. */
export async function nodeAt(
  repository: OpenRepository,
  snapshotId: string,
  path: string,
  context: BackupContext,
): Promise<SeenNode> {
  const wanted = requireAbsolute(path)
  let found: SeenNode | undefined
  const eachLine = (line: string) => {
    if (found === undefined) found = parseNode(line) ?? undefined
  }
  const args = ['ls', ...READ, requireId(snapshotId), '--', wanted]
  await run(repository, args, context, { eachLine, values: { snapshot: snapshotId } })
  if (found === undefined) throw new ProblemError('restic.no_path', { path })
  return found
}

/** Without a slash at its end. Throws `invalid_input`. */
function requireAbsolute(path: string): string {
  const parts = path.split('/').slice(1)
  const isPlain =
    path === '/' || parts.every((part, at) => (part !== '' || at === parts.length - 1) && part !== '..' && part !== '.')
  if (!path.startsWith('/') || path.includes('\0') || !isPlain) {
    throw new HoldfastError('invalid_input', 'A path in a snapshot begins with "/" and has no ".." in it.')
  }
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** So that nothing in it is a pattern. */
export function literal(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, '\\$&')
}

export async function find(repository: OpenRepository, text: string, context: BackupContext) {
  if (text.trim() === '') throw new HoldfastError('invalid_input', 'Say what the name has in it.')
  const args = ['find', ...READ, '--ignore-case', '--', `*${literal(text)}*`]
  return parseFound((await run(repository, args, context, { outputCap: LONG_OUTPUT })).stdout)
}

export async function diff(
  repository: OpenRepository,
  [before, after]: readonly [string, string],
  onChange: (change: SnapshotChange) => void,
  context: BackupContext,
): Promise<SnapshotDifference> {
  let all: SnapshotDifference | undefined
  const eachLine = (line: string) => {
    const told = parseDifference(line)
    if (told === null) return
    if ('path' in told) onChange(told)
    else all = told
  }
  const args = ['diff', ...READ, '--metadata', requireId(before), requireId(after)]
  await run(repository, args, context, { eachLine, timeoutMs: 600_000 })
  if (all === undefined) throw unreadableOutput('restic', 'printed no difference')
  return all
}

export async function stats(repository: OpenRepository, context: BackupContext): Promise<Stats> {
  const args = ['stats', ...READ, '--mode', 'raw-data']
  return parseStats((await run(repository, args, context, { timeoutMs: 600_000 })).stdout)
}

const KEEP = {
  last: 'last',
  hourly: 'hourly',
  daily: 'daily',
  weekly: 'weekly',
  monthly: 'monthly',
  yearly: 'yearly',
} as const satisfies Partial<Record<keyof Retention, string>>

/** Throws `invalid_input` for one that keeps nothing. */
export function retentionArguments(retention: Retention): string[] {
  const counts = Object.entries(KEEP).flatMap(([key, word]) => {
    const count = retention[key as keyof typeof KEEP]
    return count === undefined || count === 0 ? [] : [`--keep-${word}=${count}`]
  })
  const within = retention.withinDays ? [`--keep-within=${retention.withinDays}d`] : []
  if (counts.length + within.length === 0) {
    throw new HoldfastError('invalid_input', 'The retention keeps nothing: say how many snapshots are to be kept.')
  }
  // One source of one host is judged by itself, whatever its tags are.
  return [...counts, ...within, '--group-by=host,paths']
}

export async function previewRetention(
  repository: OpenRepository,
  retention: Retention,
  filter: SnapshotFilter,
  context: BackupContext,
): Promise<RetentionPreview[]> {
  const args = ['forget', ...READ, '--dry-run', ...retentionArguments(retention), ...filterArguments(filter)]
  return parsePreview((await run(repository, args, context, { outputCap: LONG_OUTPUT })).stdout)
}

export async function locks(repository: OpenRepository, context: BackupContext): Promise<SeenLock[]> {
  const { stdout } = await run(repository, ['list', '--no-lock', 'locks'], context)
  const ids = stdout.split('\n').filter((line) => ID.test(line))
  const seen: SeenLock[] = []
  for (const id of ids.slice(0, MOST_LOCKS)) {
    try {
      seen.push(parseLock(id, (await run(repository, ['cat', '--no-lock', 'lock', id], context)).stdout))
    } catch (error) {
      // Whoever had it is done meanwhile.
      if (!(error instanceof HoldfastError) || error.code !== 'command_failed') throw error
    }
  }
  return seen
}

export async function unlock(
  repository: OpenRepository,
  isDead: (lock: SeenLock) => boolean,
  context: BackupContext,
): Promise<number> {
  const before = await locks(repository, context)
  if (before.length === 0 || !before.every(isDead)) return 0
  // restic looks for itself whether their processes run, and leaves one that somebody has taken meanwhile.
  await run(repository, ['unlock'], context)
  return before.length
}
