/** Held this long without a pause, the lock lets other processes at the file for a moment. */
const HOT_AFTER_MS = 50
const BREATH_MS = 3

export type Release = () => void

/**
 * One holder at a time, first come first served, inside this process.
 * SQLite's own file lock is not fair: a process that commits and begins again at once can starve another one for seconds.
 * So a lock that has been handed on without a gap for `HOT_AFTER_MS` stays free for `BREATH_MS` before the next holder.
 */
export class WriteLock {
  readonly #waiting: ((release: Release) => void)[] = []
  #held = false
  #hotSince = 0

  acquire(): Promise<Release> {
    if (this.#held) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#held = true
    this.#hotSince = performance.now()
    return Promise.resolve(this.#newRelease())
  }

  #newRelease(): Release {
    let released = false
    return () => {
      if (released) return
      released = true
      if (this.#waiting.length === 0) {
        this.#held = false
      } else if (performance.now() - this.#hotSince > HOT_AFTER_MS) {
        setTimeout(() => this.#handOn(), BREATH_MS)
      } else {
        this.#waiting.shift()?.(this.#newRelease())
      }
    }
  }

  #handOn(): void {
    this.#hotSince = performance.now()
    this.#waiting.shift()?.(this.#newRelease())
  }
}
