import { PROBLEMS, type Problem, type ProblemId } from '@/lib/drivers/problems/catalogue'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { CONNECT_ERRNO } from '@/lib/drivers/problems/messages'
import { HoldfastError } from '@/lib/errors'

/** What a driver knows about the backend at hand, for the words of the catalogue. Never a secret. */
export type ProblemValues = Readonly<Record<string, string | number | undefined>>

export interface Explanation {
  problem: ProblemId
  title: string
  advice: string
  command?: string
}

function fill(template: string, values: ProblemValues): string {
  return template.replace(/\{(\w+)\}/g, (_whole, name: string) => String(values[name] ?? `the ${name}`))
}

/** Which problem a text from a tool means, or null. */
export function matchMessage(
  table: readonly { pattern: RegExp; problem: ProblemId }[],
  text: string,
): ProblemId | null {
  return table.find(({ pattern }) => pattern.test(text))?.problem ?? null
}

/** The catalogue's words with the values of this backend. */
export function explain(id: ProblemId, values: ProblemValues): Explanation {
  const { title, advice, command }: Problem = PROBLEMS[id]
  const explanation = { problem: id, title, advice: fill(advice, values) }
  return command === undefined ? explanation : { ...explanation, command: fill(command, values) }
}

/**
 * A failure that the catalogue explains. `details` carry `problem`, `advice`, `command` and the tool's own words (`said`), so
 * that they reach the step, the operation's log and the API without a second lookup.
 */
export class ProblemError extends HoldfastError {
  readonly explanation: Explanation
  /** The tool's own words, already redacted by the host; empty when there are none. */
  readonly said: string

  constructor(id: ProblemId, values: ProblemValues, options: { said?: string; cause?: unknown } = {}) {
    const explanation = explain(id, values)
    const said = (options.said ?? '').trim().slice(0, 1000)
    super(PROBLEMS[id].code, `${explanation.title}. ${explanation.advice}`, {
      details: { ...explanation, ...(said === '' ? {} : { said }) },
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    })
    this.explanation = explanation
    this.said = said
  }
}

function errnoOf(error: HoldfastError): string {
  const errno = error.details?.errno
  return typeof errno === 'string' ? errno : ''
}

/**
 * Gives any failure of a host call its place in the catalogue. `translate` looks at what the tool said; what it does not know
 * stays the error it was.
 */
export function toProblem(
  error: unknown,
  values: ProblemValues,
  translate: (said: string) => ProblemId | null = () => null,
): unknown {
  if (error instanceof ProblemError || !(error instanceof HoldfastError)) return error
  if (error instanceof CommandError) {
    const said = [error.stderr, error.stdout].filter((text) => text.trim() !== '').join('\n')
    const id = translate(said)
    return id === null ? error : new ProblemError(id, values, { said, cause: error })
  }
  if (error.code === 'tool_missing') {
    const command = error.details?.command
    return new ProblemError(
      'tool.missing',
      { ...values, ...(typeof command === 'string' ? { command } : {}) },
      { cause: error },
    )
  }
  if (error.code === 'backend_unreachable') {
    const id = CONNECT_ERRNO[errnoOf(error)]
    if (id !== undefined) return new ProblemError(id, values, { said: error.message, cause: error })
  }
  // About a path, it names the setting, the file and the cure already.
  if (error.code === 'policy_denied' && error.details?.policy === undefined)
    return new ProblemError('network.denied_by_policy', values, { said: error.message, cause: error })
  return error
}

/** The host says who uses a mount; the catalogue adds what to do about it. Any other error stays what it is. */
export function withBusyAdvice(error: unknown, values: ProblemValues): unknown {
  if (!(error instanceof HoldfastError) || error.code !== 'busy') return error
  const explanation = explain('mount.busy', values)
  return new HoldfastError('busy', `${error.message} ${explanation.advice}`, {
    details: { ...explanation, ...error.details },
    cause: error,
  })
}
