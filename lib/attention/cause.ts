import { createHash } from 'node:crypto'
import type { CauseKind, CauseView, Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'

/** Causes that are told in one line, such as hosts that all lack the same package. */
export interface Fold {
  key: string
  /** So many are still told one by one. */
  apart: number
  /** The rest of the sentence after "5 hosts"; `names` are those of the first few. */
  what(names: string): string
}

/** One thing that is wrong, with all that follows from it: what a person acknowledges, and what an alert would be about. */
export interface Cause {
  /** What it is about, in words of ours that stay the same: the id is made of it. */
  key: string
  kind: CauseKind
  severity: Severity
  subject: CauseView['subject']
  /** The rest of the sentence after the name of the subject, with its space or colon. */
  what: string
  advice: string | null
  since: Date | null
  /** Ids. */
  hosts: Set<string>
  mounts: Set<string>
  backends: Set<string>
  pools: Set<string>
  volumes: Set<string>
  /** Ids of the backend or pool that its subject lies on: who works on that expects it. */
  within: Set<string>
  /** Ids of what it is about, where several come and go under one key: one more of them is news, and nobody has acknowledged it. */
  members: Set<string>
  /** On how many hosts a mount or connection suffers, one by one: the reach by which causes are put in order. */
  places: number
  remedy: CauseView['remedy']
  fold?: Fold
}

/** With nothing that follows from it yet. */
export function causeOf(cause: Pick<Cause, 'key' | 'kind' | 'severity' | 'subject' | 'what'> & Partial<Cause>): Cause {
  return {
    advice: null,
    since: null,
    hosts: new Set(),
    mounts: new Set(),
    backends: new Set(),
    pools: new Set(),
    volumes: new Set(),
    within: new Set(),
    members: new Set(),
    places: 0,
    remedy: null,
    ...cause,
  }
}

/** The id of a cause: no row has it, so it is made of what the cause is about. */
export function causeId(key: string): string {
  return `cau_${digest(key, 26)}`
}

export function causesById(causes: readonly Cause[]): Map<string, Cause> {
  return new Map(causes.map((cause) => [causeId(cause.key), cause]))
}

/** The id of several causes in one line: the first half says what is alike, the second which causes they are, and no others. */
export function lineId(foldKey: string, causes: readonly Cause[]): string {
  const members = causes.map(({ key }) => key).sort()
  return `cau_${digest(foldKey, 13)}${digest(members.join('\n'), 13)}`
}

/** Are these of the same fold? Then the later line has other causes in it. */
export function isSameFold(one: string, other: string): boolean {
  return one.slice(0, -13) === other.slice(0, -13)
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

export function worse(one: Severity, other: Severity): Severity {
  return SEVERITIES.indexOf(one) <= SEVERITIES.indexOf(other) ? one : other
}

/** The earlier of two times; null is not known. */
export function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one <= other ? one : other
}
