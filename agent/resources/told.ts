type Listener<Resource> = (changed: readonly Resource[], gone: readonly string[]) => void

export interface TellerOptions<Resource> {
  list(): Resource[]
  idOf(resource: Resource): string
  /** Two resources with the same text look the same to listeners. Absent: all of it counts. */
  textOf?(resource: Resource): string
}

/** Tells listeners of one kind of resource what looks different from when they were told last. */
export class Teller<Resource> {
  readonly #options: TellerOptions<Resource>
  readonly #listeners = new Set<Listener<Resource>>()
  #told = new Map<string, string>()

  constructor(options: TellerOptions<Resource>) {
    this.#options = options
  }

  subscribe(listener: Listener<Resource>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(): void {
    const { list, idOf, textOf = JSON.stringify } = this.#options
    const before = this.#told
    const all = list().map((resource) => ({ id: idOf(resource), resource, text: textOf(resource) }))
    this.#told = new Map(all.map(({ id, text }) => [id, text]))
    const changed = all.filter(({ id, text }) => before.get(id) !== text).map(({ resource }) => resource)
    const gone = [...before.keys()].filter((id) => !this.#told.has(id))
    if (changed.length + gone.length === 0) return
    for (const listener of this.#listeners) listener(changed, gone)
  }
}
