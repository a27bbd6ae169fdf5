import type { RetainedView } from '@/lib/retention/schema'

type Kind = RetainedView['kind']

/** What each kind is, and what goes with the old ones. */
export const RETAINED_WORDS: Readonly<Record<Kind, { title: string; what: string; loss: string }>> = {
  operations: {
    title: 'Operations',
    what: 'What was asked of hosts, step by step, with its log.',
    loss: 'The steps and logs of older operations are gone. The audit still says who asked for what, not how it ended.',
  },
  mount_history: {
    title: 'History of mounts',
    what: 'Each change of state of a mount on a host, with what was wrong.',
    loss: 'When an older trouble began and ended no longer shows on mounts and hosts.',
  },
  audit: {
    title: 'Audit',
    what: 'Who changed what. Entries form a chain that proves that none is missing, so none is ever deleted.',
    loss: '',
  },
}

const NUMBER = new Intl.NumberFormat('en-GB')

/** `1,234 operations`, `1 change`. */
export function countedWords(kind: Kind, count: number): string {
  const one = { operations: 'operation', mount_history: 'change', audit: 'entry' }[kind]
  const many = { operations: 'operations', mount_history: 'changes', audit: 'entries' }[kind]
  return `${NUMBER.format(count)} ${count === 1 ? one : many}`
}

/** `; 5,678 lines of their logs`, where there are logs. */
export function logWords(lines: number | null): string {
  return lines === null ? '' : `, ${NUMBER.format(lines)} ${lines === 1 ? 'line' : 'lines'} of log`
}

export interface Shortened {
  kind: Kind
  days: number
  /** How many are deleted with it. */
  due: number
}

/** The sentence of the question before history is deleted. */
export function shortenedWords({ kind, days, due }: Shortened): string {
  const limit = `${days} ${days === 1 ? 'day' : 'days'}`
  return `${countedWords(kind, due)} older than ${limit} ${due === 1 ? 'is' : 'are'} deleted within about an hour.`
}
