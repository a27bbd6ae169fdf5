/** Who listens to one kind of simulated resource. */
export class ResourceListeners<Resource> {
  readonly #listeners = new Set<(changed: readonly Resource[], gone: readonly string[]) => void>()

  add(listener: (changed: readonly Resource[], gone: readonly string[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(changed: readonly Resource[], gone: readonly string[] = []): void {
    for (const listener of this.#listeners) listener(changed, gone)
  }
}
