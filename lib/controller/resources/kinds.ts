import type { ResourceKind } from '@/lib/controller/resources/kind'
import { HoldfastError } from '@/lib/errors'

/** The kinds of this controller, in the order of what they need. */
export class ResourceKinds {
  readonly #kinds: readonly ResourceKind[]

  /** Throws `internal` for a need that is not there, or that goes round in a circle. */
  constructor(kinds: readonly ResourceKind[]) {
    const sorted: ResourceKind[] = []
    const waiting = new Set(kinds)
    while (waiting.size > 0) {
      const next = [...waiting].find(({ needs }) => needs.every((name) => sorted.some((kind) => kind.name === name)))
      if (!next) {
        const names = [...waiting].map(({ name }) => name).join(', ')
        throw new HoldfastError('internal', `These kinds of resource need what is not there before them: ${names}.`)
      }
      sorted.push(next)
      waiting.delete(next)
    }
    this.#kinds = sorted
  }

  all(): readonly ResourceKind[] {
    return this.#kinds
  }

  find(name: string): ResourceKind | undefined {
    return this.#kinds.find((kind) => kind.name === name)
  }

  get(name: string): ResourceKind {
    const found = this.find(name)
    if (!found) throw new HoldfastError('internal', `There is no kind of resource called ${name}.`)
    return found
  }

  /** The kinds whose resources may need one of this kind. */
  thatNeed(name: string): readonly ResourceKind[] {
    return this.#kinds.filter(({ needs }) => needs.includes(name))
  }

  /** Does it need another kind, or does another one need it? */
  isRelated({ name, needs }: ResourceKind): boolean {
    return needs.length > 0 || this.thatNeed(name).length > 0
  }
}
