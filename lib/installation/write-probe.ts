import path from 'node:path'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import { freeBytes } from '@/lib/disk-space'
import { diskProblem, HoldfastError } from '@/lib/errors'
import { writeProbe } from '@/lib/installation/repository'

/** Whoever asks, and however often: one write in this time, and never two at once. */
const EVERY_MS = 5_000
const LIMIT_MS = 2_000
/** A small write still fits into what SQLite has set aside when the next larger one will fail. */
const SHORT_OF_BYTES = 256 * 1024

interface Probe {
  startedAt: number
  outcome: Promise<void>
  isRunning: boolean
}
let last: Probe | undefined

/**
 * Resolves when the database has just taken a write and has room for more; throws what keeps it from that: `disk_full`,
 * `disk_unwritable`, or `unavailable` when there was no answer within two seconds.
 */
export async function requireWritable(databaseUrl: string): Promise<void> {
  const now = performance.now()
  if (!last || (!last.isRunning && now - last.startedAt > EVERY_MS)) last = start(databaseUrl, now)
  await last.outcome
}

/** For tests: the next question is answered by a new write. */
export function forgetProbe(): void {
  last = undefined
}

function start(databaseUrl: string, startedAt: number): Probe {
  const write = attempt(databaseUrl)
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(
    () => late.reject(new HoldfastError('unavailable', 'The database has not taken a write within 2 s.')),
    LIMIT_MS,
  )
  const probe: Probe = { startedAt, isRunning: true, outcome: Promise.race([write, late.promise]) }
  // Those who ask hear of a failure; it may be that nobody asks any more.
  probe.outcome.catch(() => undefined)
  const ended = () => {
    clearTimeout(timer)
    probe.isRunning = false
  }
  write.then(ended, ended)
  return probe
}

async function attempt(databaseUrl: string): Promise<void> {
  const location = parseDatabaseUrl(databaseUrl)
  if (location.provider === 'sqlite') {
    const directory = path.dirname(location.path)
    const free = freeBytes(directory)
    if (free !== null && free < SHORT_OF_BYTES) throw diskProblem({ code: 'ENOSPC' }, directory)
  }
  await writeProbe(new Date())
}
