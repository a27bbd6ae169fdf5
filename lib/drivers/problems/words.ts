import { PROBLEMS, type ProblemId } from '@/lib/drivers/problems/catalogue'
import type { Problem, ProblemValue, ProblemValues } from '@/lib/drivers/problems/definition'

/** A problem in words for people: the only place where they are made. */
export interface Words {
  title: string
  /** What is wrong, in a sentence. */
  message: string
  advice: string
  command: string | null
}

/** `[with|without]`, or `{name}`. */
const PARTS = /\[([^\]|]*)(?:\|([^\]]*))?\]|\{(\w+)\}/g
const NAMES = /\{(\w+)\}/g

type Known = (name: string) => ProblemValue | undefined

function knownOf(values: ProblemValues): Known {
  return (name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return value === '' ? undefined : value
  }
}

function namesIn(template: string): string[] {
  return [...template.matchAll(NAMES)].map(([, name = '']) => name)
}

function fillNames(template: string, known: Known): string {
  return template.replace(NAMES, (_whole, name: string) => String(known(name) ?? `the ${name}`))
}

function fill(template: string, known: Known): string {
  return template.replace(PARTS, (_whole, first: string | undefined, second: string | undefined, name: string) => {
    if (first === undefined) return fillNames(`{${name}}`, known)
    const isKnown = namesIn(first).every((one) => known(one) !== undefined)
    return fillNames(isKnown ? first : (second ?? ''), known)
  })
}

/** Null unless every value is known: half a command, or half a sentence, helps nobody. */
function fillWhole(template: string | undefined, known: Known): string | null {
  if (template === undefined || namesIn(template).some((name) => known(name) === undefined)) return null
  return fillNames(template, known)
}

/** As a shell takes it for one word: commands are there to be copied. */
function shellWord(value: ProblemValue | undefined): ProblemValue | undefined {
  if (typeof value !== 'string' || /^[\w@%+=:,./-]*$/.test(value)) return value
  return `'${value.replaceAll("'", `'\\''`)}'`
}

export function isProblemId(id: string): id is ProblemId {
  return Object.hasOwn(PROBLEMS, id)
}

/** Does a problem say that nobody answers, and not that something is refused? */
export function isUnreachable(id: string | null): boolean {
  const code = id !== null && isProblemId(id) ? PROBLEMS[id].code : null
  return code === 'backend_unreachable' || code === 'timed_out'
}

/** Puts a problem into words. A value that is not known is worded around. */
export function explain(id: ProblemId, values: ProblemValues): Words {
  const { title, detail, advice, command }: Problem = PROBLEMS[id]
  const known = knownOf(values)
  return {
    title,
    message: fillWhole(detail, known) ?? `${title}.`,
    advice: fill(advice, known),
    command: fillWhole(command, (name) => shellWord(known(name))),
  }
}
