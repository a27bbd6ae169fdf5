import type { z } from 'zod'
import type { FieldProblem } from '@/lib/errors'

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
}

/** Of a value that is not there at all. A form that knows the field's label says it better. */
export const IS_REQUIRED = 'This field is required.'

function typeMessage(expected: string, input: unknown): string {
  return input === undefined ? IS_REQUIRED : `Must be ${TYPE_WORDS[expected] ?? `of type ${expected}`}.`
}

function limitMessage(origin: string, word: 'at least' | 'at most', limit: number | bigint): string {
  if (origin === 'string') return `Must have ${word} ${limit} characters.`
  if (origin === 'array' || origin === 'set') return `Must have ${word} ${limit} entries.`
  return `Must be ${word} ${limit}.`
}

/** Of a name that a schema does not have. It is most often nearly right, so those that are known are told. */
export function unknownMessage(known: readonly string[]): string {
  if (known.length === 0) return 'This field is not known here; remove it.'
  return `This field is not known here; remove it or correct its name. Known are ${known.join(', ')}.`
}

function fieldsOf(schema: z.core.$ZodRawIssue['inst']): string[] {
  const def = schema?._zod.def
  return def !== undefined && 'shape' in def ? Object.keys(def.shape as object) : []
}

/** Zod's issues in words that say what to write; give it as `error` to `safeParse`. Schemas' own messages come before it. */
export function fieldMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeMessage(issue.expected, issue.input)
    case 'too_small':
      return limitMessage(issue.origin, 'at least', issue.minimum)
    case 'too_big':
      return limitMessage(issue.origin, 'at most', issue.maximum)
    case 'not_multiple_of':
      return `Must be a multiple of ${issue.divisor}.`
    case 'invalid_value':
      return issue.input === undefined ? IS_REQUIRED : `Must be one of ${issue.values.join(', ')}.`
    case 'unrecognized_keys':
      return unknownMessage(fieldsOf(issue.inst))
    default:
      return undefined
  }
}

/** One problem per field, dotted paths; an unknown key is reported under its own name. */
export function fieldProblems(error: z.ZodError, prefix = ''): FieldProblem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String)
    const names = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path]
    return names.map((parts) => ({
      field: [...(prefix === '' ? [] : [prefix]), ...parts].join('.').slice(0, 200),
      message: issue.message,
    }))
  })
}
