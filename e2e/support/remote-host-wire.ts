import { CommandError } from '@/lib/drivers/problems/command-error'
import { type ErrorCode, HoldfastError, isErrorCode } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

/** JSON with secrets in it, for a pipe to a process of our own. */
export function encode(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, plain) {
    // `toJSON` of a secret has already run on `plain`; the holder still has the object.
    const original = this[key]
    return original instanceof Secret ? { $secret: reveal(original) } : plain
  })
}

export function decode(text: string): unknown {
  return JSON.parse(text, (_key, value) =>
    typeof value === 'object' && value !== null && '$secret' in value ? new Secret(String(value.$secret)) : value,
  )
}

export interface WireFailure {
  code: string
  message: string
  details?: Record<string, unknown> | undefined
  command?: { command: string; exitCode: number | null; signal: string | null; stderr: string; stdout: string }
}

export function toWire(error: unknown): WireFailure {
  if (!(error instanceof HoldfastError)) return { code: 'internal', message: String(error) }
  const { code, message, details } = error
  if (!(error instanceof CommandError)) return { code, message, details }
  const { command, exitCode, signal, stderr, stdout } = error
  return { code, message, details, command: { command, exitCode, signal, stderr, stdout } }
}

export function fromWire(failure: WireFailure): HoldfastError {
  if (failure.command !== undefined) return new CommandError(failure.command)
  const code: ErrorCode = isErrorCode(failure.code) ? failure.code : 'internal'
  return new HoldfastError(code, failure.message, failure.details === undefined ? {} : { details: failure.details })
}
