import type { Log } from '@/lib/log'

const WINDOW_MS = 60_000
/** Different kinds, and addresses of one kind, that are kept apart: a stranger chooses neither how many there are. */
const MOST_KINDS = 32
const MOST_ADDRESSES = 5

interface Counted {
  count: number
  from: Set<string>
  timer: NodeJS.Timeout
}

const WORDS = { first: 'a request was refused', more: 'more requests were refused' }

/**
 * What a server says of those that it refuses, so that a stranger cannot fill its log: the first of a kind at once, all others
 * counted and said in one line a minute.
 */
export class Refusals {
  readonly #log: Log
  readonly #words: typeof WORDS
  readonly #kinds = new Map<string, Counted>()

  constructor(log: Log, words = WORDS) {
    this.#log = log
    this.#words = words
  }

  /** `kind` says why, in one of few fixed wordings; `fields` are logged with the first of a minute only. */
  note(kind: string, from: string | undefined, fields: Record<string, unknown> = {}): void {
    const name = this.#kinds.has(kind) || this.#kinds.size < MOST_KINDS ? kind : 'other'
    const known = this.#kinds.get(name)
    if (!known) {
      this.#log.warn(this.#words.first, { kind: name, from, ...fields })
      this.#kinds.set(name, { count: 0, from: new Set(), timer: this.#later(name) })
      return
    }
    known.count++
    if (from !== undefined && known.from.size < MOST_ADDRESSES) known.from.add(from)
  }

  /** Says what has been counted since. */
  close(): void {
    for (const [kind, counted] of this.#kinds) {
      clearTimeout(counted.timer)
      this.#say(kind, counted)
    }
    this.#kinds.clear()
  }

  #later(kind: string): NodeJS.Timeout {
    return setTimeout(() => {
      const counted = this.#kinds.get(kind)
      if (!counted) return
      this.#say(kind, counted)
      // Quiet for a whole minute: the next one is news again.
      if (counted.count === 0) this.#kinds.delete(kind)
      else this.#kinds.set(kind, { count: 0, from: new Set(), timer: this.#later(kind) })
    }, WINDOW_MS).unref()
  }

  #say(kind: string, { count, from }: Counted): void {
    if (count > 0) this.#log.warn(this.#words.more, { kind, count, from: [...from] })
  }
}
