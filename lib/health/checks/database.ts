import type { HealthCheck } from '@/lib/health/schema'
import { bytes, checkOf, ms, type Trouble, text, time } from '@/lib/health/verdict'
import { formatBytes, formatDuration } from '@/lib/units'

const MIB = 1024 ** 2
const SHORT_BYTES = 1024 * MIB
const ALMOST_FULL_BYTES = 128 * MIB
/** SQLite empties the log when nobody reads any more; a reader that never ends lets it grow. */
const LARGE_WAL_BYTES = 512 * MIB
const SLOW_MS = 500

export interface DatabaseFacts {
  provider: 'sqlite' | 'postgresql'
  /** Such as `SQLite 3.50.4`. */
  version: string
  sizeBytes: number | null
  /** Of SQLite; null elsewhere. */
  walBytes: number | null
  /** Milliseconds that a question without work took. */
  answeredInMs: number
  /** Why it takes no write; null when it does. */
  refusal: string | null
  migration: { name: string; at: Date | null } | null
  /** Where Holdfast keeps its state, and what may still be written there; null: it cannot be read. */
  directory: string
  freeBytes: number | null
}

export function databaseCheck(facts: DatabaseFacts): HealthCheck {
  const { provider, directory, freeBytes, walBytes, answeredInMs, refusal, migration } = facts
  const free = freeBytes ?? Number.POSITIVE_INFINITY
  const troubles: (Trouble | null)[] = [
    refusal === null
      ? null
      : { state: 'failing', summary: refusal, advice: 'Until it is mended nothing can be changed. Mounts go on.' },
    free >= SHORT_BYTES
      ? null
      : {
          state: free < ALMOST_FULL_BYTES ? 'failing' : 'attention',
          summary: `Only ${formatBytes(free)} are free in ${directory}.`,
          advice:
            'Make room there, or move the state directory to a larger disk. A shorter retention stops the growth.',
        },
    (walBytes ?? 0) <= LARGE_WAL_BYTES
      ? null
      : {
          state: 'attention',
          summary: `The write-ahead log of the database has grown to ${formatBytes(walBytes ?? 0)}.`,
          advice: 'A program reads the database without an end, such as an open sqlite3. End it.',
        },
    answeredInMs <= SLOW_MS
      ? null
      : {
          state: 'attention',
          summary: `The database took ${formatDuration(answeredInMs)} to answer.`,
          advice:
            provider === 'sqlite' ? 'Its disk or the machine is busy.' : 'The server or the network to it is busy.',
        },
  ]
  return checkOf({ id: 'database', title: 'Database' }, 'It answers and takes writes.', troubles, [
    text('Provider', facts.version),
    bytes('Size', facts.sizeBytes),
    ...(provider === 'sqlite' ? [bytes('Write-ahead log', walBytes)] : []),
    bytes('Free disk space', freeBytes),
    ms('Answered in', answeredInMs),
    time('Migrated', migration?.at ?? null),
    text('Last migration', migration?.name ?? null),
    text('State directory', directory),
  ])
}
