import type { OpenRepository } from '@/lib/backup-engines/contract/engine'
import { placeWords } from '@/lib/backup-engines/restic/opened'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { CommandError } from '@/lib/drivers/problems/command-error'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { problemFor, toProblem } from '@/lib/drivers/problems/problem'

/** Said by exit codes since 0.17. */
const EXIT_CODES: Readonly<Record<number, ProblemId>> = {
  10: 'restic.no_repository',
  11: 'restic.locked',
  12: 'restic.wrong_password',
}

/** The first that matches. Older versions say all in words, and newer ones what they have no exit code for. */
const WORDS: readonly (readonly [RegExp, ProblemId])[] = [
  [/config file already exists/i, 'restic.is_there'],
  [/already locked|unable to create lock/i, 'restic.locked'],
  [/wrong password or no key found/i, 'restic.wrong_password'],
  [/Is there a repository at the following location|repository does not exist/i, 'restic.no_repository'],
  [
    /no space left on device|Disk quota exceeded|InsufficientStorage|XMinioStorageFull|QuotaExceeded/i,
    'restic.no_room',
  ],
  [/AccessDenied|Access Denied|SignatureDoesNotMatch|InvalidAccessKeyId|AllAccessDisabled/i, 'restic.access_denied'],
  [/failed to load snapshot \S+ ?.*(?:no such file|does not exist)/i, 'restic.no_snapshot'],
  [/no matching ID found|no snapshot found|failed to find snapshot/i, 'restic.no_snapshot'],
  [/(?:source|target) directories\/files do not exist/i, 'restic.no_source'],
  [/command failed: |command terminated with/i, 'restic.stream_failed'],
  [/^path .*: not found$|path not found/im, 'restic.no_path'],
]

/** Of `{"message_type":"exit_error",…}` and `error` the message; of anything else the line itself. */
export function wordsOfLine(line: string): string {
  const text = line.trim()
  if (!text.startsWith('{')) return text
  const told = parsed(text)
  const { message, error, item } = told
  const inner = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  const said = [message, inner.message, inner.Op].find((each) => typeof each === 'string')
  if (typeof said !== 'string') return text
  return typeof item === 'string' && item !== '' && !said.includes(item) ? `${item}: ${said}` : said
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** What the end of restic means; `said`: what it printed. null: it is none that is known. */
export function failureOf(exitCode: number | null, said: string, repository: OpenRepository, more: ProblemValues = {}) {
  const text = said
    .split('\n')
    .map(wordsOfLine)
    .filter((line) => line !== '')
    .join('\n')
  const byCode = exitCode === null ? undefined : EXIT_CODES[exitCode]
  const id = byCode ?? WORDS.find(([words]) => words.test(text))?.[1]
  if (id === undefined) return null
  const [, pid, holder] = /already locked by PID (\d+) on (\S+)/.exec(text) ?? []
  const values = { place: placeWords(repository.place), pid, holder, ...more }
  return problemFor(id, values, { said: text })
}

/** A failure of a run that was waited for. */
export function translated(error: unknown, repository: OpenRepository, more: ProblemValues = {}): unknown {
  if (!(error instanceof CommandError)) return toProblem(error, { place: placeWords(repository.place) })
  return failureOf(error.exitCode, `${error.stderr}\n${error.stdout}`, repository, more) ?? error
}
