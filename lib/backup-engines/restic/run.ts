import type {
  BackupContext,
  BackupProgram,
  BackupRunOptions,
  BackupTurn,
  OpenRepository,
  ProgramEnd,
} from '@/lib/backup-engines/contract/engine'
import { failureOf, translated } from '@/lib/backup-engines/restic/failures'
import { type Opened, opened, placed, withFiles } from '@/lib/backup-engines/restic/opened'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { HoldfastError } from '@/lib/errors'

/** Somebody waits for it. */
const QUICK_MS = 120_000
/** restic prints how far it is every second, but not while it waits for a lock or for a slow storage. */
const SILENT_MS = 30 * 60_000

/** One run that is waited for. What only reads says `--no-lock`: it neither waits for others nor leaves anything behind. */
export async function run(
  repository: OpenRepository,
  args: readonly string[],
  { host }: BackupContext,
  { values, ...options }: BackupRunOptions & { values?: ProblemValues } = {},
) {
  const lines = taking(options.eachLine)
  try {
    return await withFiles(host, opened(repository), async (of) => {
      const [name = '', ...rest] = args
      const result = await host.run('restic', [name, ...of.args, ...rest], {
        timeoutMs: QUICK_MS,
        ...options,
        ...lines.options,
        env: { ...of.env, ...options.env },
      })
      lines.requireTaken()
      return result
    })
  } catch (error) {
    throw translated(error, repository, values)
  }
}

/** Whoever takes the lines may throw; they come where nobody could catch that. */
function taking(eachLine: BackupRunOptions['eachLine']) {
  let failure: { error: unknown } | undefined
  const take = (line: string) => {
    try {
      if (failure === undefined) eachLine?.(line)
    } catch (error) {
      failure = { error }
    }
  }
  return {
    options: eachLine === undefined ? {} : { eachLine: take },
    requireTaken() {
      if (failure !== undefined) throw failure.error
    },
  }
}

interface LongRun extends Pick<BackupProgram, 'parseProgress' | 'whenKilled'> {
  repository: OpenRepository
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  words?: BackupProgram['words']
  /** Default: its own. */
  opened?: Opened
  /** Exit codes that are answers. Default: only 0. */
  okExitCodes?: readonly number[]
  values?: ProblemValues
}

/** One run as a step of a job. */
export async function runLong(
  step: string,
  long: LongRun,
  turn: BackupTurn,
  undo: () => Promise<void>,
): Promise<ProgramEnd> {
  const { repository, okExitCodes = [0] } = long
  const open = long.opened ?? opened(repository)
  const of = placed(open, (name) => `${turn.directory(step)}/${name}`)
  const [name = '', ...rest] = long.args
  const end = await turn.run(
    step,
    {
      command: 'restic',
      args: [name, ...of.args, ...rest],
      env: { ...of.env, ...long.env },
      files: open.files,
      parseProgress: long.parseProgress,
      words: long.words ?? ((line) => line),
      whenKilled: long.whenKilled,
      silentMs: SILENT_MS,
    },
    undo,
  )
  if (okExitCodes.includes(end.exitCode)) return end
  const said = end.lines.join('\n')
  const problem = failureOf(end.exitCode, said, repository, long.values)
  if (problem !== null) throw problem
  throw new HoldfastError('command_failed', `restic ended with ${end.exitCode}. ${end.lines.at(-1) ?? ''}`.trim(), {
    details: { command: 'restic', exitCode: end.exitCode, said },
  })
}
