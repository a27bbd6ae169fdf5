import fc from 'fast-check'
import { expect } from 'vitest'
import type { MountRequest } from '@/lib/drivers/contract/mount-request'
import { mountCommands } from '@/lib/drivers/mounting/commands'
import { HoldfastError } from '@/lib/errors'

/** Inputs per field; `npm run test:full` tries 20,000. */
export const RUNS = Number(process.env.HOLDFAST_PROPERTY_RUNS ?? 2_000)

const PIECES = [
  '-',
  '--',
  '-o',
  ',',
  ';',
  ':',
  '=',
  ' ',
  '\t',
  '\n',
  '\r',
  '\0',
  '\u2028',
  '\u202e',
  '/',
  '//',
  '..',
  '/../',
  '\\',
  '"',
  "'",
  '`',
  '$(id)',
  '%(x)s',
  '%',
  '[',
  ']',
  '{',
  '}',
  '#',
  '?',
  '@',
  '*',
  '|',
  '&',
  '<',
  '>',
  '~',
  '!',
  'suid',
  'dev',
  'exec',
  'nosuid',
  'X-mount.mkdir',
  'helper=x',
  'http://',
  'https://',
  '127.0.0.1',
  '169.254.169.254',
  '::1',
  '[::1]',
  '0x7f.1',
  'localhost',
  'é',
  'ｅ',
  '\u0301',
  '__proto__',
  'constructor',
  'secret_access_key = x',
  '[other]',
  'a',
  '0',
  '1e3',
  '-1',
]

/** Noise, mixtures of pieces with a meaning somewhere, and valid values with one such piece in them. */
export function hostile(valid: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...PIECES)
  const spoilt = fc
    .tuple(fc.constantFrom(...valid), piece, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(
      ([value, bad, at]) =>
        value.slice(0, Math.round(at * value.length)) + bad + value.slice(Math.round(at * value.length)),
    )
  return fc.oneof(
    { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 2 },
    {
      arbitrary: fc.array(fc.oneof(piece, fc.constantFrom(...valid)), { maxLength: 6 }).map((parts) => parts.join('')),
      weight: 3,
    },
    { arbitrary: spoilt, weight: 4 },
    { arbitrary: fc.constantFrom(...valid), weight: 1 },
  )
}

/** Cheaper than `expect`, which matters at 20,000 inputs a field. */
export function ensure(holds: boolean, value: string): asserts holds {
  if (!holds) throw new Error(`Unsafe: ${JSON.stringify(value)}`)
}

/** The flags that every mount of ours may have, of whatever type. */
const COMMON_SET = /^(?:noexec|remount|bind|rw|ro|nosuid|nodev)$/

/** Reads an `-o` text as mount(8) does: split at commas, the last word on a subject wins. */
export function expectSafeOptions(text: string, closedSet = COMMON_SET): void {
  const words = text.split(',')
  for (const word of words) ensure(closedSet.test(word), word)
  ensure(words.at(-2) === 'nosuid' && words.at(-1) === 'nodev', text)
  ensure(words.filter((word) => word === 'ro' || word === 'rw').length === 1, text)
}

export function expectPlain(args: readonly string[]): void {
  for (const arg of args) ensure(!/\p{Cc}/u.test(arg), arg)
}

export function expectSafeMount(request: MountRequest, shape: RegExp, closedSet = COMMON_SET): void {
  const runs = mountCommands(request).map(({ args }) => [...args])
  const { source } = request
  ensure(source !== null && request.kind !== 'daemon', JSON.stringify(request))
  ensure(runs.length === (request.kind === 'bind' ? 2 : 1), JSON.stringify(runs))
  ensure(shape.test(source), source)
  for (const args of runs) {
    expectPlain(args)
    const operands = args.slice(args.indexOf('--') + 1)
    ensure(args.indexOf('--') > 0 && operands.every((operand) => !operand.startsWith('-')), args.join(' '))
    ensure(operands.join() === [source, request.target].slice(-operands.length).join(), args.join(' '))
  }
  const [last = []] = runs.slice(-1)
  ensure(last.length === (request.kind === 'bind' ? 5 : 8), last.join(' '))
  expectSafeOptions(last[last.indexOf('-o') + 1] ?? '', closedSet)
}

/** Both must happen: input that is accepted and satisfies the oracle, and input that is refused as it should be. */
function every<T>(values: fc.Arbitrary<T>, use: (value: T) => void, isNamed: (fields: string[]) => boolean): void {
  const count = { accepted: 0, refused: 0 }
  fc.assert(
    fc.property(values, (value) => {
      try {
        use(value)
        count.accepted++
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        const fields = error.fields?.map((problem) => problem.field) ?? []
        ensure(error.code === 'invalid_input' && isNamed(fields), error.message)
        count.refused++
      }
    }),
    { numRuns: RUNS },
  )
  expect(count.accepted).toBeGreaterThan(RUNS / 100)
  expect(count.refused).toBeGreaterThan(RUNS / 100)
}

/** Accepted input must satisfy the oracle; refused input must be refused under the name of its field. */
export function everyInput(values: fc.Arbitrary<unknown>, field: string, use: (value: unknown) => void): void {
  every(values, use, (fields) => fields.includes(`config.${field}`))
}

/** As `everyInput`, for a field whose words are refused under the names of the settings that they stand for. */
export function everyText(values: fc.Arbitrary<string>, use: (text: string) => void): void {
  every(values, use, (fields) => fields.length > 0)
}

export const numbers = fc.oneof(
  fc.integer({ min: -10, max: 100_000 }),
  fc.double(),
  fc.constantFrom(
    0,
    1,
    -1,
    1024,
    65_536,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '5',
    '5,suid',
    null,
    true,
    [],
    {},
  ),
)
