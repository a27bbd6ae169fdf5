import type {
  Backup,
  BackupContext,
  BackupTurn,
  Limits,
  OpenRepository,
  Restore,
  SnapshotFilter,
} from '@/lib/backup-engines/contract/engine'
import type {
  BackupSummary,
  CheckShare,
  RestoreSummary,
  Retention,
  RetentionPreview,
} from '@/lib/backup-engines/contract/values'
import { wordsOfLine } from '@/lib/backup-engines/restic/failures'
import { openedWithSource } from '@/lib/backup-engines/restic/opened'
import { parseBackupSummary, parsePreview, parseRestoreSummary } from '@/lib/backup-engines/restic/parse'
import { parseBar, parseStatus } from '@/lib/backup-engines/restic/progress'
import {
  filterArguments,
  requireId,
  requireSame,
  requireTag,
  retentionArguments,
} from '@/lib/backup-engines/restic/reading'
import { limitArguments, limitEnvironment, restoreArguments } from '@/lib/backup-engines/restic/restore'
import { run, runLong } from '@/lib/backup-engines/restic/run'
import { isAtLeast, requireFeatures, versionOf } from '@/lib/backup-engines/restic/version'
import { ProblemError } from '@/lib/drivers/problems/problem'

/** Others may be pruning. */
const LOCK_WAIT = '--retry-lock=10m'
/** The snapshot is there, and something that was to be in it is not. */
const SOME_UNREAD = 3
const MOST_COUNTED = 100_000
const LONG_OUTPUT = 64 * 1024 ** 2

type Undo = () => Promise<void>

async function lockWait(turn: BackupTurn): Promise<string[]> {
  return isAtLeast(await versionOf(turn), '0.16.0') ? [LOCK_WAIT] : []
}

function sourceArguments({ source }: Backup, turn: BackupTurn): string[] {
  if (source.kind === 'directory') {
    return [
      ...source.excludes.map((pattern) => `--exclude=${pattern}`),
      ...(source.oneFileSystem ? ['--one-file-system'] : []),
      '--',
      source.path,
    ]
  }
  const { command, args } = source.command
  return [`--stdin-filename=${source.name}`, '--stdin-from-command', '--', turn.locate(command), ...args]
}

export async function backup(
  repository: OpenRepository,
  asked: Backup,
  turn: BackupTurn,
  undo: Undo,
): Promise<BackupSummary> {
  const { source, hostName, tags, limits } = asked
  await turn.step('checked', async () => {
    if (source.kind === 'stream') await requireFeatures(['stream'], turn)
    if (limits.readConcurrency !== undefined) await requireFeatures(['read concurrency'], turn)
    await requireSame(repository, turn)
  })
  const waits = await turn.step('waits', () => lockWait(turn))
  const unread = new Set<string>()
  const args = [
    'backup',
    '--json',
    ...waits,
    `--host=${hostName}`,
    ...tags.map((tag) => `--tag=${requireTag(tag)}`),
    ...(limits.readConcurrency === undefined ? [] : [`--read-concurrency=${limits.readConcurrency}`]),
    ...limitArguments(limits),
    ...sourceArguments(asked, turn),
  ]
  const end = await runLong(
    'backup',
    {
      repository,
      args,
      env: limitEnvironment(limits),
      parseProgress: parseStatus,
      words: (line) => {
        if (line.startsWith('{"message_type":"error"') && unread.size < MOST_COUNTED) unread.add(line)
        return line.startsWith('{"message_type":"summary"') ? null : wordsOfLine(line)
      },
      // What is in the repository by then is found there.
      whenKilled: 'resume',
      okExitCodes: [0, SOME_UNREAD],
      values: source.kind === 'directory' ? { path: source.path } : { program: source.command.command },
    },
    turn,
    undo,
  )
  return parseBackupSummary(end.lines, Math.max(unread.size, end.exitCode === SOME_UNREAD ? 1 : 0))
}

export async function previewRestore(
  repository: OpenRepository,
  restore: Restore,
  context: BackupContext,
): Promise<RestoreSummary> {
  await requireFeatures(['restore'], context)
  const args = await restoreArguments(repository, restore, context)
  const { stdout } = await run(repository, [...args, '--no-lock', '--dry-run'], context, {
    timeoutMs: 600_000,
    outputCap: LONG_OUTPUT,
  })
  return parseRestoreSummary(stdout.split('\n'))
}

export async function restore(
  repository: OpenRepository,
  asked: Restore,
  turn: BackupTurn,
  undo: Undo,
): Promise<RestoreSummary> {
  const args = await turn.step('checked', async () => {
    await requireFeatures(['restore'], turn)
    return [...(await restoreArguments(repository, asked, turn)), LOCK_WAIT]
  })
  const end = await runLong(
    'restore',
    {
      repository,
      args,
      env: limitEnvironment(asked.limits),
      parseProgress: parseStatus,
      words: (line) => (line.startsWith('{"message_type":"summary"') ? null : wordsOfLine(line)),
      whenKilled: 'resume',
      values: { snapshot: asked.snapshotId, path: asked.path ?? undefined },
    },
    turn,
    undo,
  )
  return parseRestoreSummary(end.lines)
}

export async function forget(
  repository: OpenRepository,
  retention: Retention,
  filter: SnapshotFilter,
  context: BackupContext,
): Promise<RetentionPreview[]> {
  const args = ['forget', '--json', ...retentionArguments(retention), ...filterArguments(filter)]
  await requireSame(repository, context)
  return parsePreview((await run(repository, args, context, { outputCap: LONG_OUTPUT, timeoutMs: 600_000 })).stdout)
}

export async function prune(repository: OpenRepository, limits: Limits, turn: BackupTurn, undo: Undo): Promise<void> {
  await turn.step('checked', () => requireSame(repository, turn))
  const waits = await turn.step('waits', () => lockWait(turn))
  const args = ['prune', ...waits, ...limitArguments(limits)]
  // Its lock is in its own way, and is taken away first.
  const long = { repository, args, env: limitEnvironment(limits), parseProgress: parseBar, whenKilled: 'undo' } as const
  await runLong('prune', long, turn, undo)
}

/** Words that introduce nothing. */
const NO_FINDING =
  /^(?:create exclusive lock|load indexes|check all packs|check snapshots|read |using temporary cache|\[|Fatal: repository contains errors)/

export async function check(
  repository: OpenRepository,
  share: CheckShare,
  turn: BackupTurn,
  undo: Undo,
): Promise<void> {
  await turn.step('checked', () => requireSame(repository, turn))
  const waits = await turn.step('waits', () => lockWait(turn))
  const reads =
    share === 'structure' ? [] : share === 'all' ? ['--read-data'] : [`--read-data-subset=${share.part}/${share.of}`]
  // In words: of how far it is nothing is told as JSON.
  const long = { repository, args: ['check', ...waits, ...reads], parseProgress: parseBar, whenKilled: 'undo' } as const
  const end = await runLong('check', { ...long, okExitCodes: [0, 1] }, turn, undo)
  if (end.exitCode === 0) return
  const findings = end.lines.filter((line) => line.trim() !== '' && !NO_FINDING.test(line.trim()))
  throw new ProblemError('restic.damaged', { found: findings[0]?.trim() }, { said: end.lines.join('\n') })
}

export async function copy(
  from: OpenRepository,
  to: OpenRepository,
  snapshotIds: readonly string[],
  turn: BackupTurn,
  undo: Undo,
): Promise<void> {
  const opened = openedWithSource(to, from)
  await turn.step('checked', async () => {
    await requireSame(from, turn)
    await requireSame(to, turn)
  })
  const waits = await turn.step('waits', () => lockWait(turn))
  const args = ['copy', ...waits, '--', ...snapshotIds.map(requireId)]
  await runLong('copy', { repository: to, opened, args, parseProgress: parseBar, whenKilled: 'resume' }, turn, undo)
}
