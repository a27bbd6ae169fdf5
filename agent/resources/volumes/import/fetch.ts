import { join } from 'node:path'
import { z } from 'zod'
import type { JobProgram, ProgramEnd } from '@/agent/commands/jobs/job-kind'
import { jsonLine } from '@/agent/commands/jobs/json-line'
import type { Progress } from '@/agent/commands/jobs/rate'
import { HoldfastError } from '@/lib/errors'
import { programText } from '@/lib/program-text'
import { Secret } from '@/lib/secret'
import { formatBytes } from '@/lib/units'
import { FETCH_PARTS, type FetchFailure, type FetchLine, type FetchRequest, fetchFile } from './fetch-process'

const IDLE_MS = 60_000
const RETRY_MS = 1_000
/** Longer than any wait between two attempts, and than a slow storage needs to take a block. */
const SILENT_MS = 15 * 60_000
const SCRIPT = 'fetch.cjs'

const Line: z.ZodType<FetchLine> = z.union([
  z.object({ phase: z.enum(['downloading', 'checking']), done: z.number(), total: z.number().nullable() }),
  z.object({
    failed: z.enum(['server', 'network', 'mismatch', 'too large', 'disk']),
    what: z.string(),
    done: z.number(),
  }),
  z.object({ result: z.object({ bytes: z.number(), digest: z.string() }) }),
])

export interface Checksum {
  algorithm: 'sha256' | 'sha512'
  /** Hexadecimal. */
  digest: string
}

export interface Fetched extends Checksum {
  bytes: number
}

type Wanted = Omit<FetchRequest, 'algorithm' | 'digest' | 'idleMs' | 'retryMs'> & { checksum: Checksum | null }

/** Without a checksum to compare with, its SHA-256 is told. */
function algorithmOf({ checksum }: Pick<Wanted, 'checksum'>): Checksum['algorithm'] {
  return checksum?.algorithm ?? 'sha256'
}

export function fetchProgram({ checksum, ...wanted }: Wanted, directory: string): JobProgram {
  const request: FetchRequest = {
    ...wanted,
    algorithm: algorithmOf({ checksum }),
    digest: checksum?.digest.toLowerCase() ?? null,
    idleMs: IDLE_MS,
    retryMs: RETRY_MS,
  }
  return {
    command: 'node',
    args: [join(directory, SCRIPT)],
    files: { [SCRIPT]: new Secret(programText(fetchFile, [request], FETCH_PARTS)) },
    parseProgress,
    whenKilled: 'resume',
    silentMs: SILENT_MS,
  }
}

/** How it ended is no line for people: `fetchEnd` puts it into words. */
function parseProgress(line: string): Progress | null {
  const told = jsonLine(Line, line)
  if (told === null) return null
  if ('phase' in told) return { done: told.done, total: told.total, unit: 'bytes', phase: told.phase }
  if ('result' in told)
    return { done: told.result.bytes, total: told.result.bytes, unit: 'bytes', phase: 'downloading' }
  return { done: told.done, total: null, unit: 'bytes', phase: 'downloading' }
}

/** What was fetched. Throws why it was not. */
export function fetchEnd(end: ProgramEnd, wanted: Pick<Wanted, 'checksum' | 'name' | 'mostBytes'>): Fetched {
  for (const line of end.lines.toReversed()) {
    const told = jsonLine(Line, line)
    if (told === null || 'phase' in told) continue
    if ('result' in told && end.exitCode === 0) return { ...told.result, algorithm: algorithmOf(wanted) }
    if ('failed' in told) throw failureOf(told.failed, told.what, wanted)
  }
  throw new HoldfastError('command_failed', `${wanted.name} could not be fetched (${end.exitCode}).`)
}

function failureOf(
  kind: FetchFailure,
  what: string,
  { name, checksum, mostBytes }: Pick<Wanted, 'checksum' | 'name' | 'mostBytes'>,
): HoldfastError {
  switch (kind) {
    case 'server':
      return new HoldfastError('backend_unreachable', `The server answered ${what} when ${name} was fetched.`)
    case 'network':
      return new HoldfastError('backend_unreachable', `${name} was cut off again and again (${what}).`)
    case 'mismatch': {
      const algorithm = algorithmOf({ checksum })
      const message = `${name} has ${algorithm}:${what}, and not the checksum that was given.`
      return new HoldfastError('invalid_input', message, {
        fields: [{ field: 'source.checksum', message }],
        recovery: 'Check the checksum. If it is right, the file on the server is another one, or damaged.',
      })
    }
    case 'too large':
      return new HoldfastError(
        'disk_full',
        `${name} has ${formatBytes(Number(what))} or more, and there is room for ${formatBytes(mostBytes)}.`,
      )
    case 'disk':
      return what === 'ENOSPC' || what === 'EDQUOT'
        ? new HoldfastError('disk_full', `There was no room left for ${name}.`)
        : new HoldfastError('command_failed', `${name} could not be written (${what}).`)
  }
}
