/**
 * Every failure that a caller can act on has one of these codes.
 * `status` is the HTTP status; `recovery` tells the caller what to do next and is shown to people.
 */
export const ERROR_CODES = {
  invalid_input: { status: 400, recovery: 'Correct the named fields and send the request again.' },
  unsupported: {
    status: 400,
    recovery: 'It cannot be done with what is there: change or update what the message names; do not retry as it is.',
  },
  unauthenticated: { status: 401, recovery: 'Sign in, or send a valid API token.' },
  forbidden: { status: 403, recovery: 'Ask an administrator for a role that allows this.' },
  not_found: { status: 404, recovery: 'Check the id; the object may have been deleted.' },
  method_not_allowed: { status: 405, recovery: 'Use one of the methods that the Allow header names.' },
  conflict: { status: 409, recovery: 'Look at what is in the way, which the answer names, and decide again.' },
  in_use: { status: 409, recovery: 'Remove what uses it first; it is listed in the answer.' },
  operation_in_progress: { status: 409, recovery: 'Wait for the running operation, then retry.' },
  busy: { status: 409, recovery: 'Close the listed holders, then retry.' },
  cancelled: { status: 409, recovery: 'Somebody has cancelled it; start it again if it is still wanted.' },
  stale: { status: 409, recovery: 'A newer change has been made; reload and decide again.' },
  precondition_failed: { status: 412, recovery: 'The object changed since you read it; reload it.' },
  plan_outdated: { status: 412, recovery: 'Look at the new plan in the answer, and apply that one if it is right.' },
  unsupported_media_type: { status: 415, recovery: 'Send the body as JSON with Content-Type: application/json.' },
  checksum_mismatch: { status: 460, recovery: 'What arrived is not what was sent: send it again.' },
  range_not_satisfiable: { status: 416, recovery: 'Ask for bytes that the file has; the answer says how many.' },
  idempotency_mismatch: {
    status: 422,
    recovery: 'This Idempotency-Key was used for another request; make a new key for a new request.',
  },
  payload_too_large: { status: 413, recovery: 'Send a smaller body.' },
  headers_too_large: { status: 431, recovery: 'Send fewer or smaller headers and cookies.' },
  request_too_slow: { status: 408, recovery: 'Send the request again, over a better line.' },
  credentials_rejected: { status: 422, recovery: 'Replace the secret and test again.' },
  rate_limited: { status: 429, recovery: 'Wait as long as Retry-After says.' },
  policy_denied: {
    status: 403,
    recovery:
      'The host refuses this by its own policy file; change the request or /etc/holdfast/agent.json on that host.',
  },
  host_unreachable: { status: 502, recovery: 'Check that the host is up and its agent runs; it is safe to retry.' },
  backend_unreachable: { status: 502, recovery: 'Check the network and the storage server; it is safe to retry.' },
  unavailable: { status: 503, recovery: 'A part of Holdfast is not running; check that the controller is up.' },
  disk_unwritable: { status: 503, recovery: 'Make the named place writable again, then retry; nothing was changed.' },
  timed_out: { status: 504, recovery: 'The outcome is not known yet; look at the observed state before retrying.' },
  tool_missing: { status: 500, recovery: 'Install the named package on the host.' },
  command_failed: { status: 500, recovery: 'Read the step log of the operation.' },
  disk_full: { status: 507, recovery: 'Free some space there, then retry; everything goes on by itself.' },
  internal: { status: 500, recovery: 'Read the server log for this requestId.' },
} as const satisfies Record<string, { status: number; recovery: string }>

export type ErrorCode = keyof typeof ERROR_CODES

/** What went wrong with one named field, in words a person can act on. */
export interface FieldProblem {
  field: string
  message: string
}

export interface HoldfastErrorOptions {
  fields?: FieldProblem[]
  /** Structured extras for the API body (for example `used_by`). Never put a secret here. */
  details?: Record<string, unknown>
  /** What to do next, where that is known better than by the code. */
  recovery?: string
  cause?: unknown
}

const BRAND = Symbol.for('holdfast.error')

/** The only error class that crosses a layer. `message` is for people and must never carry a secret. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError'
  readonly code: ErrorCode
  readonly fields: FieldProblem[] | undefined
  readonly details: Record<string, unknown> | undefined
  /** What to do next, for people. */
  readonly recovery: string

  constructor(code: ErrorCode, message: string, options: HoldfastErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.fields = options.fields
    this.details = options.details
    this.recovery = options.recovery ?? ERROR_CODES[code].recovery
  }

  get [BRAND](): true {
    return true
  }

  /** Next loads a module more than once in one process, so the class alone would not know errors of another copy for ours. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass asks for its own, not for any of ours
    if (this !== HoldfastError) {
      // biome-ignore lint/complexity/noThisInStatic: as above
      return Function.prototype[Symbol.hasInstance].call(this, value)
    }
    return typeof value === 'object' && value !== null && BRAND in value
  }

  get status(): number {
    return ERROR_CODES[this.code].status
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value)
}

/** Answers of the kernel and of SQLite that mean: there is no room, or it cannot be written. */
const DISK_FAILURES: Readonly<Record<string, 'full' | 'quota' | 'read-only' | 'broken'>> = {
  ENOSPC: 'full',
  EDQUOT: 'quota',
  EROFS: 'read-only',
  SQLITE_FULL: 'full',
  SQLITE_READONLY: 'read-only',
  SQLITE_IOERR: 'broken',
  SQLITE_CANTOPEN: 'broken',
  // PostgreSQL: disk_full, io_error.
  '53100': 'full',
  '58030': 'broken',
}
/** `node:sqlite` gives numbers where others give names. */
const SQLITE_NUMBERS: Readonly<Record<number, string>> = {
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
}

interface Coded {
  code?: unknown
  errcode?: unknown
  syscall?: unknown
  path?: unknown
  meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } }
}

function diskFailure({ code, errcode, syscall, meta }: Coded): (typeof DISK_FAILURES)[string] | undefined {
  // The kernel says ENOSPC too when it is out of watches, which is no matter of any disk.
  if (syscall === 'watch') return undefined
  const known = meta?.driverAdapterError?.cause?.originalCode ?? code
  const name =
    typeof errcode === 'number' ? SQLITE_NUMBERS[errcode & 0xff] : String(known).replace(/^(SQLITE_[A-Z]+)_.*/, '$1')
  return name === undefined || !Object.hasOwn(DISK_FAILURES, name) ? undefined : DISK_FAILURES[name]
}

/**
 * The problem for people when something could not be written because of the disk: full, over quota, read-only or broken; null for
 * any other failure. `place` is the directory or file that was to be written, if the error does not know it itself.
 */
export function diskProblem(error: unknown, place?: string): HoldfastError | null {
  if (error instanceof HoldfastError) return error.code.startsWith('disk_') ? error : null
  const coded = (error ?? {}) as Coded
  const failure = diskFailure(coded)
  if (failure === undefined) return null
  const known = coded.meta ? 'the database' : typeof coded.path === 'string' ? coded.path : 'what was to be written'
  const where = place ?? known
  const options = { cause: error }
  switch (failure) {
    case 'full':
      return new HoldfastError('disk_full', `The disk that holds ${where} is full: free some space on it.`, options)
    case 'quota':
      return new HoldfastError(
        'disk_full',
        `The quota of the disk that holds ${where} is used up: free some space or raise it.`,
        options,
      )
    case 'read-only':
      return new HoldfastError(
        'disk_unwritable',
        `The disk that holds ${where} is read-only: see in the kernel's log why, and mount it writable again.`,
        options,
      )
    case 'broken':
      return new HoldfastError(
        'disk_unwritable',
        `The disk that holds ${where} answers with errors: look at the kernel's log, and at its free space.`,
        options,
      )
  }
}

/**
 * What Prisma says of a file that another process kept locked, of a transaction that waited too long for its turn or took too long, and of
 * a pool without a free connection.
 */
const BUSY_CODES: ReadonlySet<unknown> = new Set(['P1008', 'P2024', 'P2028'])
/** The same, as the pool of `pg` says it. */
const NO_CONNECTION = 'timeout exceeded when trying to connect'

/** The problem for people when more was asked of the database at once than it could take; nothing of it was done. */
function busyProblem(error: unknown): HoldfastError | null {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const isBusy = BUSY_CODES.has(code) || (typeof message === 'string' && message.includes(NO_CONNECTION))
  if (!isBusy) return null
  return new HoldfastError('unavailable', 'The database is too busy; try again in a moment.', { cause: error })
}

/**
 * One of ours inside a foreign error is taken out. A disk that cannot be written is said as such; any other unknown failure becomes `internal` with a fixed text, so that no foreign
 * message leaks. The cause goes to the log.
 */
export function toHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  if (error instanceof Error && error.cause instanceof HoldfastError) return error.cause
  return (
    diskProblem(error) ??
    busyProblem(error) ??
    new HoldfastError('internal', 'Something failed inside Holdfast.', { cause: error })
  )
}

const PLAIN_WORDS: Partial<Record<ErrorCode, string>> = {
  disk_full: 'The disk of Holdfast is full; free some space on it, and it goes on by itself.',
  disk_unwritable: 'The disk of Holdfast cannot be written; the log says where.',
}

/** What went wrong inside names files, addresses and versions: those are for people who have signed in, and for the log. */
export function forStrangers(thrown: unknown): HoldfastError {
  const error = toHoldfastError(thrown)
  if (error.status < 500) return error
  const words = PLAIN_WORDS[error.code] ?? 'Holdfast cannot answer this now. The log of its web process says why.'
  const { retry_after } = error.details ?? {}
  return new HoldfastError(error.code, words, {
    cause: error,
    ...(retry_after === undefined ? {} : { details: { retry_after } }),
  })
}
