import { HoldfastError } from '@/lib/errors'

export interface CommandFailure {
  /** Catalogue name, e.g. `showmount`. */
  command: string
  /** null when a signal ended it. */
  exitCode: number | null
  signal: string | null
  /** Redacted, at most 4 KiB. */
  stderr: string
  /** Redacted, at most 4 KiB. */
  stdout: string
}

/**
 * A command ran and answered with an exit code that is not an accepted one. Drivers translate it to a domain code by
 * `exitCode` first; text only as a last resort. The fake host throws the same class.
 */
export class CommandError extends HoldfastError {
  readonly command: string
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stderr: string
  readonly stdout: string

  constructor(failure: CommandFailure) {
    const end =
      failure.exitCode === null ? `was ended by ${failure.signal}` : `failed with exit code ${failure.exitCode}`
    const lastLine = failure.stderr.trim().split('\n').at(-1) ?? ''
    super('command_failed', `${failure.command} ${end}${lastLine === '' ? '.' : `: ${lastLine}`}`, {
      details: { command: failure.command, exitCode: failure.exitCode, signal: failure.signal, stderr: failure.stderr },
    })
    this.command = failure.command
    this.exitCode = failure.exitCode
    this.signal = failure.signal
    this.stderr = failure.stderr
    this.stdout = failure.stdout
  }
}
