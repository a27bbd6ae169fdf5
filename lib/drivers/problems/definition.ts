import type { ErrorCode } from '@/lib/errors'

/**
 * A failure that can be named, as templates. `{name}` stands for a value. Of `[with {name}|without]` the first part is said when all
 * of its values are known, otherwise the second one, which may be missing. A value outside of brackets that is not known becomes
 * "the name", so outside of them belongs only what reads well like that.
 */
export interface Problem {
  /** A few words without values. */
  title: string
  /** A whole sentence that says what is wrong, in place of the title, as soon as all of its values are known. */
  detail?: string
  /** What to do about it, in whole sentences. */
  advice: string
  /** What a person can run on the host to see it for themselves. Left out unless all of its values are known. */
  command?: string
  code: ErrorCode
}

export type ProblemValue = string | number
/** Problems by their keys: `nfs.export_denied`. */
export type Problems = Readonly<Record<string, Problem>>

/** What is known of the storage at hand, for the words of a problem. Never a secret. */
export type ProblemValues = Readonly<Record<string, ProblemValue | undefined>>

type NamesIn<Template> = Template extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never
type Outside<Template> = Template extends `${infer Before}[${string}]${infer After}`
  ? `${Before}${Outside<After>}`
  : Template
type Certain<P> = P extends { advice: infer Advice } ? NamesIn<Outside<Advice>> : never
type Possible<P> =
  | (P extends { detail: infer Detail } ? NamesIn<Detail> : never)
  | (P extends { advice: infer Advice } ? NamesIn<Advice> : never)
  | (P extends { command: infer Command } ? NamesIn<Command> : never)

/**
 * What whoever reports such a problem must hand over: every value that it names. Only one that stands in its advice outside of
 * brackets must be known.
 */
export type ValuesOf<P> = Readonly<Record<Certain<P>, ProblemValue>> &
  Readonly<Record<Exclude<Possible<P>, Certain<P>>, ProblemValue | undefined>> &
  ProblemValues
