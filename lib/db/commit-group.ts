import type { SqliteConnection } from '@/lib/db/sqlite-connection'
import { transactionClosed } from '@/lib/db/sqlite-values'
import type { Release } from '@/lib/db/write-lock'

/** Who comes later than this after the first, in milliseconds, or as one more than this, begins the next group. */
const OPEN_MS = 5
const MOST_MEMBERS = 32

/**
 * Transactions that are ended by one COMMIT. They run one after the other, each in a savepoint of its own, so that each can be
 * rolled back alone; none is told that it has succeeded before the COMMIT of all is on the disk.
 *
 * A COMMIT that survives a power cut waits for the disk, some 2 ms, which is more than everything else in most transactions, and
 * the event loop stands still meanwhile. Under load this is done once for all that are waiting, and for those whose requests have
 * arrived by then: the COMMIT comes in the next turn of the event loop. A transaction that comes alone is a group of one.
 */
export class CommitGroup {
  readonly #connection: SqliteConnection
  readonly #opened: Promise<Release>
  readonly #ended = Promise.withResolvers<void>()
  readonly #waiting: (() => void)[] = []
  #openedAt: number | null = null
  #members = 0
  #left = 0
  #isFull = false
  #isBusy = false
  #hasChanges = false
  #isEnded = false
  #lostTo: Error | undefined

  /** `open` takes the write lock and begins the transaction in SQLite. */
  constructor(connection: SqliteConnection, open: () => Promise<Release>) {
    this.#connection = connection
    this.#opened = open()
    this.#opened.then(
      () => {
        this.#openedAt = performance.now()
      },
      () => {
        this.#isFull = true
      },
    )
    // Those who wait for it hear of a failure; when nobody does, there is nobody to tell.
    this.#ended.promise.catch(() => undefined)
  }

  get takesMembers(): boolean {
    return !this.#isFull && (this.#openedAt === null || performance.now() - this.#openedAt < OPEN_MS)
  }

  /** Resolves when it is the new member's turn; it must then call `commit` or `rollback`, once. Throws what `open` throws. */
  async join(): Promise<void> {
    this.#members++
    this.#isFull = this.#members === MOST_MEMBERS
    await this.#opened
    if (this.#isBusy) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#isBusy = true
    try {
      this.requireIntact()
      this.#connection.raw.exec('SAVEPOINT member')
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  /** SQLite ends a transaction by itself on some errors (disk full, I/O). Then nothing of the whole group has happened. */
  requireIntact(): void {
    if (this.#connection.raw.inTransaction) return
    throw this.#lostTo ?? transactionClosed('The database has rolled this transaction back.')
  }

  /** A statement of a member met the disk. If SQLite has ended the transaction over it, that is what all others hear. */
  noteDiskFailure(error: Error): void {
    if (!this.#connection.raw.inTransaction) this.#lostTo ??= error
  }

  /** Resolves when the changes of this member, and of all others, are on the disk. */
  async commit(): Promise<void> {
    try {
      this.requireIntact()
      this.#connection.raw.exec('RELEASE member')
      this.#hasChanges = true
    } finally {
      this.#leave()
    }
    await this.#ended.promise
  }

  rollback(): void {
    try {
      if (this.#connection.raw.inTransaction) this.#connection.raw.exec('ROLLBACK TO member; RELEASE member')
    } finally {
      this.#leave()
    }
  }

  #leave(): void {
    this.#left++
    const next = this.#waiting.shift()
    this.#isBusy = next !== undefined
    next?.()
    if (this.#left === this.#members) setImmediate(() => this.#endIfLeft())
  }

  /** Somebody may have joined in the meantime. */
  #endIfLeft(): void {
    if (this.#left === this.#members && !this.#isEnded) this.#end()
  }

  #end(): void {
    this.#isEnded = true
    this.#isFull = true
    const { raw } = this.#connection
    try {
      this.requireIntact()
      raw.exec(this.#hasChanges ? 'COMMIT' : 'ROLLBACK')
      this.#ended.resolve()
    } catch (error) {
      this.#ended.reject(error)
      if (raw.inTransaction) raw.exec('ROLLBACK')
    } finally {
      void this.#opened.then((release) => release())
    }
  }
}
