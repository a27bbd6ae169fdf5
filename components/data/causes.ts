import type { ExplanationView } from '@/lib/drivers/problems/schema'

/** What is wrong somewhere, as the API says it. */
export interface Trouble {
  error: string | null
  advice: string | null
  explanation: ExplanationView | null
}

/** The same thing wrong in several places. */
export interface Cause<T> {
  key: string
  /** In words that hold for all of them. */
  title: string
  advice: string | null
  explanation: ExplanationView | null
  entries: T[]
}

/** Null where nothing is wrong. Words that name the place differ from place to place; the problem and its cure do not. */
export function causeKey({ error, advice, explanation }: Trouble): string | null {
  const what = explanation?.id ?? error
  return what === null && advice === null ? null : JSON.stringify([what, advice])
}

/** Groups what has the same cause, those that reach furthest first. */
export function causesOf<T>(entries: readonly T[], troubleOf: (entry: T) => Trouble): Cause<T>[] {
  const groups = Map.groupBy(entries, (entry) => causeKey(troubleOf(entry)))
  return [...groups]
    .flatMap(([key, alike]): Cause<T>[] => {
      const [first] = alike
      if (key === null || first === undefined) return []
      const { error, advice, explanation } = troubleOf(first)
      const isSaidAlike = alike.every((entry) => troubleOf(entry).error === error)
      const title = (isSaidAlike ? error : explanation?.title) ?? explanation?.title ?? error ?? ''
      return [{ key, title, advice, explanation, entries: alike }]
    })
    .toSorted((a, b) => b.entries.length - a.entries.length)
}
