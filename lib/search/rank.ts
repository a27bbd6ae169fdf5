/** One thing to search: its id, its name, and what else it is known by. */
export interface Searched {
  id: string
  name: string
  texts: readonly string[]
}

export interface Match {
  /** Lower is better: 0 the whole name or id, 1 how the name begins, 2 a part of the name, 3 words of the name, 4 another text. */
  rank: 0 | 1 | 2 | 3 | 4
  /** The text that has the words, or the first of those that the name lacks; null when the name has all. */
  foundIn: string | null
}

/** As people compare names: neither case nor the way an accent is stored makes a difference. */
export function plain(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

/** What is looked for, made ready to be compared with many. */
export interface Wanted {
  phrase: string
  words: readonly string[]
}

export function wantedOf(query: string): Wanted {
  const words = plain(query)
    .split(/\s+/)
    .filter((word) => word !== '')
  return { phrase: words.join(' '), words }
}

/** How well this one fits; null when a word is nowhere in it. */
export function matchOf({ id, name, texts }: Searched, { phrase, words }: Wanted): Match | null {
  const own = plain(name)
  if (own === phrase || plain(id) === phrase) return { rank: 0, foundIn: null }
  if (own.startsWith(phrase)) return { rank: 1, foundIn: null }
  if (own.includes(phrase)) return { rank: 2, foundIn: null }
  const others = words.filter((word) => !own.includes(word))
  if (others.length === 0) return { rank: 3, foundIn: null }
  const found = others.map((word) => texts.find((text) => plain(text).includes(word)))
  if (found.includes(undefined)) return null
  return { rank: 4, foundIn: texts.find((text) => plain(text).includes(phrase)) ?? found[0] ?? null }
}

const inOrder = new Intl.Collator('en', { numeric: true }).compare

/** Those that fit, best first; of equals the one with the shorter name, which has more of it in common with what is looked for. */
export function ranked<T extends Searched>(all: readonly T[], query: string): { one: T; match: Match }[] {
  const wanted = wantedOf(query)
  const isAny = wanted.phrase === ''
  const found = all.flatMap((one) => {
    const match = matchOf(one, wanted)
    return match ? [{ one, match }] : []
  })
  return found.sort(
    (a, b) =>
      a.match.rank - b.match.rank ||
      (isAny ? 0 : a.one.name.length - b.one.name.length) ||
      inOrder(a.one.name, b.one.name) ||
      (a.one.id < b.one.id ? -1 : 1),
  )
}
