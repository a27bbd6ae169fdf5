import { randomBytes } from 'node:crypto'

type Listener<Resource> = (changed: readonly Resource[], gone: readonly string[]) => void

export interface TellerOptions<Resource> {
  list(): Resource[]
  idOf(resource: Resource): string
  /**
   * Two resources with the same text look the same to listeners. Absent: all of it counts. What is the very same object as before is
   * not looked at, so a resource that has changed must be another one.
   */
  textOf?(resource: Resource): string
}

/** Tells listeners of one kind of resource what looks different from when they were told last. */
export class Teller<Resource> {
  readonly #options: TellerOptions<Resource>
  readonly #listeners = new Set<Listener<Resource>>()
  /** Of this agent's process: a later one counts anew. */
  readonly #epoch = randomBytes(8).toString('hex')
  #told = new Map<string, { resource: Resource; text: string }>()
  #changes = 0
  #isTelling = false

  constructor(options: TellerOptions<Resource>) {
    this.#options = options
  }

  subscribe(listener: Listener<Resource>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Of the list as it is now, which is told first. Another one after each change, and never one of before. */
  version(): string {
    this.tell()
    return `${this.#epoch}.${this.#changes}`
  }

  tell(): void {
    // A listener that asks for the version has just been told.
    if (this.#isTelling) return

    const { list, idOf, textOf = JSON.stringify } = this.#options
    const before = this.#told
    const now = new Map<string, { resource: Resource; text: string }>()
    const changed: Resource[] = []
    for (const resource of list()) {
      const id = idOf(resource)
      const known = before.get(id)
      const entry = known?.resource === resource ? known : { resource, text: textOf(resource) }
      now.set(id, entry)
      if (known?.text !== entry.text) changed.push(resource)
    }
    this.#told = now
    const gone = [...before.keys()].filter((id) => !now.has(id))
    if (changed.length + gone.length === 0) return
    this.#changes++
    this.#isTelling = true
    try {
      for (const listener of this.#listeners) listener(changed, gone)
    } finally {
      this.#isTelling = false
    }
  }
}
