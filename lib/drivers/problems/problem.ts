import { PROBLEMS, type ProblemId } from '@/lib/drivers/problems/catalogue'
import { CommandError } from '@/lib/drivers/problems/command-error'
import type { ProblemValue, ProblemValues, ValuesOf } from '@/lib/drivers/problems/definition'
import { CONNECT_ERRNO, matchCode } from '@/lib/drivers/problems/messages'
import { explain } from '@/lib/drivers/problems/words'
import { HoldfastError } from '@/lib/errors'

const MAX_SAID = 1000
const MAX_VALUE = 300

/** Those that are known, and none longer than anybody would read. */
export function knownValues(values: ProblemValues): Record<string, ProblemValue> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      if (value === undefined || value === '') return []
      return [[name, typeof value === 'string' ? value.slice(0, MAX_VALUE) : value]]
    }),
  )
}

interface ProblemOptions {
  /** The tool's own words. */
  said?: string
  /** What else belongs to it, for programs. */
  details?: Record<string, unknown>
  cause?: unknown
}

/** A failure that the catalogue names. Its values are never secret. The compiler asks for those that its words speak of. */
export class ProblemError<Id extends ProblemId = ProblemId> extends HoldfastError {
  readonly problem: ProblemId
  readonly values: Readonly<Record<string, ProblemValue>>
  /** The tool's own words, already redacted by the host; empty when there are none. */
  readonly said: string

  constructor(id: Id, values: ValuesOf<(typeof PROBLEMS)[Id]>, { said = '', details, cause }: ProblemOptions = {}) {
    const known = knownValues(values)
    const short = said.trim().slice(0, MAX_SAID)
    super(PROBLEMS[id].code, explain(id, known).message, {
      details: {
        problem: id,
        values: known,
        ...(short === '' ? {} : { said: short }),
        ...details,
      },
      ...(cause === undefined ? {} : { cause }),
    })
    this.problem = id
    this.values = known
    this.said = short
  }
}

/** A problem that a table chose. That `values` are those it speaks of is for the contract suite to see. */
export function problemFor(id: ProblemId, values: ProblemValues, options?: ProblemOptions): ProblemError {
  return new ProblemError(id, values as ValuesOf<(typeof PROBLEMS)[ProblemId]>, options)
}

/** A program printed what nobody has seen before; `found` goes on from its name: `printed a line that is not an export`. */
export function unreadableOutput(command: string, found: string): ProblemError {
  return new ProblemError('output.unreadable', { command, found })
}

function errnoOf(error: HoldfastError): string {
  const errno = error.details?.errno
  return typeof errno === 'string' ? errno : ''
}

/** The entry of the policy file that would open an address of the host itself. */
function openedBy({ details }: HoldfastError): ProblemValues {
  const { opens, policyFile } = details ?? {}
  return typeof opens === 'string' && typeof policyFile === 'string' ? { opens, file: policyFile } : {}
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
    return id === null ? error : problemFor(id, values, { said, cause: error })
  }
  if (error.code === 'tool_missing') {
    const command = error.details?.command
    return new ProblemError(
      'tool.missing',
      { command: typeof command === 'string' ? command : undefined },
      { cause: error },
    )
  }
  if (error.code === 'backend_unreachable') {
    const id = matchCode(CONNECT_ERRNO, errnoOf(error))
    if (id !== null) return problemFor(id, values, { said: error.message, cause: error })
  }
  // About a path, it names the setting, the file and the cure already.
  if (error.code === 'policy_denied' && error.details?.policy === undefined)
    return problemFor(
      'network.denied_by_policy',
      { ...values, ...openedBy(error) },
      { said: error.message, cause: error },
    )
  return error
}
