import { diskProblem } from '@/lib/errors'

const RETRY_MS = 5_000
const SQLITE_BUSY = 5

/**
 * Notes of what has happened on the host. It has happened, whether or not the disk takes the note just now: what cannot be written
 * waits in memory, in order, and is tried again every few seconds. An agent that is killed meanwhile stands where one stands that
 * was killed between the deed and the note, and goes on from there.
 */
export class LateWrites {
  readonly #retryMs: number
  readonly #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(retryMs: number = RETRY_MS) {
    this.#retryMs = retryMs
  }

  /** Writes at once if the disk allows it. Throws what is wrong with the note itself. */
  note(write: () => void): void {
    this.#waiting.push(write)
    this.#attempt()
  }

  /** Writes what waits. Throws `disk_full` or `disk_unwritable` when that is still not possible. */
  settle(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        next()
      } catch (error) {
        // A note that is wrong in itself would be in the way of all others for ever.
        if (!isPassing(error)) this.#waiting.shift()
        throw error
      }
      this.#waiting.shift()
    }
  }

  close(): void {
    this.#attempt()
    clearTimeout(this.#timer)
  }

  #attempt(): void {
    clearTimeout(this.#timer)
    try {
      this.settle()
    } catch (error) {
      if (!isPassing(error)) throw error
      this.#timer = setTimeout(() => this.#attempt(), this.#retryMs).unref()
    }
  }
}

/** Of the disk, or because another program holds the file for a moment. */
function isPassing(error: unknown): boolean {
  return diskProblem(error) !== null || (error as { errcode?: unknown } | null)?.errcode === SQLITE_BUSY
}
