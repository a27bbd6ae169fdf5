/**
 * Every failure that a caller can act on has one of these codes.
 * `status` is the HTTP status; `recovery` tells the caller what to do next and is shown to people.
 */
export const ERROR_CODES = {
  invalid_input: { status: 400, recovery: 'Correct the named fields and send the request again.' },
  unsupported: { status: 400, recovery: 'This storage type cannot do that; do not retry.' },
  unauthenticated: { status: 401, recovery: 'Sign in, or send a valid API token.' },
  forbidden: { status: 403, recovery: 'Ask an administrator for a role that allows this.' },
  not_found: { status: 404, recovery: 'Check the id; the object may have been deleted.' },
  conflict: { status: 409, recovery: 'Reload the object, decide again, and send the change with its new ETag.' },
  in_use: { status: 409, recovery: 'Remove what uses it first; it is listed in the answer.' },
  operation_in_progress: { status: 409, recovery: 'Wait for the running operation, then retry.' },
  busy: { status: 409, recovery: 'Close the listed holders, then retry.' },
  stale: { status: 409, recovery: 'A newer change has been made; reload and decide again.' },
  precondition_failed: { status: 412, recovery: 'The object changed since you read it; reload it.' },
  plan_outdated: { status: 412, recovery: 'Look at the new plan in the answer, and apply that one if it is right.' },
  unsupported_media_type: { status: 415, recovery: 'Send the body as JSON with Content-Type: application/json.' },
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
  timed_out: { status: 504, recovery: 'The outcome is not known yet; look at the observed state before retrying.' },
  tool_missing: { status: 500, recovery: 'Install the named package on the host.' },
  command_failed: { status: 500, recovery: 'Read the step log of the operation.' },
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
  cause?: unknown
}

/** The only error class that crosses a layer. `message` is for people and must never carry a secret. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError'
  readonly code: ErrorCode
  readonly fields: FieldProblem[] | undefined
  readonly details: Record<string, unknown> | undefined

  constructor(code: ErrorCode, message: string, options: HoldfastErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.fields = options.fields
    this.details = options.details
  }

  get status(): number {
    return ERROR_CODES[this.code].status
  }

  get recovery(): string {
    return ERROR_CODES[this.code].recovery
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value)
}

/** An unknown failure becomes `internal` with a fixed text, so that no foreign message leaks; the cause goes to the log. */
export function toHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  return new HoldfastError('internal', 'Something failed inside Holdfast.', { cause: error })
}
