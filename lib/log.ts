export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const ORDER: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 }

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
  /** A log whose lines all carry these fields. */
  with(fields: Record<string, unknown>): Log
}

/** Errors in logs: name, message and stack of ours; never `stderr` or `stdout` of a command, which may hold a secret. */
function plain(value: unknown): unknown {
  if (value instanceof Error) {
    const code = (value as { code?: unknown }).code
    if (value.name.startsWith('PrismaClient')) {
      return {
        name: value.name,
        message: reasonOf(value),
        ...(code === undefined ? {} : { code }),
        stack: framesOf(value),
      }
    }
    const cause = value.cause === undefined ? {} : { cause: causeOf(value.cause) }
    return {
      name: value.name,
      message: value.message,
      ...(code === undefined ? {} : { code }),
      stack: value.stack,
      ...cause,
    }
  }
  return typeof value === 'bigint' ? value.toString() : value
}

/** Of what others have thrown only where it was: a parser repeats a piece of what it was given. */
function causeOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return typeof cause
  const isTold = cause.name === 'HoldfastError' || typeof (cause as { code?: unknown }).code === 'string'
  if (isTold) return plain(cause)
  return {
    name: cause.name,
    stack: framesOf(cause),
    ...(cause.cause === undefined ? {} : { cause: causeOf(cause.cause) }),
  }
}

/** Prisma repeats the whole statement with its values, and says what is wrong in the last line. */
function reasonOf(error: Error): string {
  return error.message.trimEnd().split('\n').at(-1) ?? ''
}

function framesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}

let dropped = 0
let isHandled = false

/**
 * Writes to stderr. A text that cannot be written, because a disk is full or the reader has gone, is dropped and counted, and the
 * count is said with the next one that can be: what is told must not end who tells it.
 */
export function writeStderr(text: string): void {
  if (!isHandled) process.stderr.on('error', () => undefined)
  isHandled = true
  const unsaid = dropped
  dropped = 0
  const note =
    unsaid === 0
      ? ''
      : `${JSON.stringify({ time: new Date().toISOString(), level: 'warn', component: 'log', message: 'lines could not be written and were dropped', lines: unsaid })}\n`
  process.stderr.write(note + text, (error) => {
    if (error) dropped += unsaid + 1
  })
}

/**
 * One JSON object a line on stderr. Messages are fixed texts; what varies goes into `fields`.
 * A secret is a `Secret`, which prints as `***`, so it cannot get in here by accident.
 */
export function createLog(
  component: string,
  level: LogLevel = 'info',
  write: (line: string) => void = writeStderr,
): Log {
  function make(base: Record<string, unknown>): Log {
    const at =
      (lineLevel: LogLevel) =>
      (message: string, fields: Record<string, unknown> = {}) => {
        if (ORDER[lineLevel] < ORDER[level]) return
        const entry = { time: new Date().toISOString(), level: lineLevel, component, message, ...base, ...fields }
        write(`${JSON.stringify(entry, (_key, value) => plain(value))}\n`)
      }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => make({ ...base, ...fields }),
    }
  }
  return make({})
}
