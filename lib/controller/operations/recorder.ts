import type { StreamMessage } from '@/lib/agent-protocol/stream'
import {
  type ClaimedOperation,
  type HostOutcome,
  type Line,
  saveProgress,
} from '@/lib/controller/operations/repository'
import type { Write } from '@/lib/controller/resources/kind'
import type { Db, Prisma, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import type { StoredJob } from '@/lib/operations/schema'

/** Lines gather for this long, so that a talkative step costs one transaction. */
const GATHER_MS = 100
const MAX_LINES = 5_000
const MAX_MESSAGE = 4_000

/** Collects what an operation has to tell and writes it now and then; what is left goes into the transaction that ends it. */
export class Recorder {
  readonly #prisma: PrismaClient
  readonly #operation: ClaimedOperation
  readonly #onSaved: () => void
  #lines: Line[] = []
  #outcomes: HostOutcome[] = []
  #writes: Write[] = []
  #jobs = new Map<string, StoredJob>()
  #count = 0
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()
  #isClosed = false
  readonly outcomes: HostOutcome[] = []

  constructor(prisma: PrismaClient, operation: ClaimedOperation, onSaved: () => void) {
    this.#prisma = prisma
    this.#operation = operation
    this.#onSaved = onSaved
  }

  log(hostId: string | null, message: string): void {
    this.#add({ hostId, at: new Date(), kind: 'log', message: message.slice(0, MAX_MESSAGE) })
  }

  hear(hostId: string, message: Extract<StreamMessage, { type: 'log' | 'step' }>): void {
    const at = new Date(message.at)
    if (message.type === 'log') this.#add({ hostId, at, kind: 'log', message: message.message.slice(0, MAX_MESSAGE) })
    else {
      const data = message.step as unknown as Prisma.InputJsonValue
      this.#add({ hostId, at, kind: 'step', message: message.step.title, data })
    }
  }

  done(outcome: HostOutcome, write?: Write): void {
    this.outcomes.push(outcome)
    this.#outcomes.push(outcome)
    if (write) this.#writes.push(write)
    this.#schedule()
  }

  job(hostId: string, job: StoredJob): void {
    this.#jobs.set(hostId, job)
    this.#schedule()
  }

  #add(line: Line): void {
    this.#count++
    if (this.#count > MAX_LINES) return
    if (this.#count === MAX_LINES)
      line = { ...line, kind: 'log', message: 'More lines than fit here; the rest is left out.' }
    this.#lines.push(line)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isClosed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#saving = this.#saving.then(() => this.#save()).catch(() => undefined)
    }, GATHER_MS)
  }

  async #save(): Promise<void> {
    const take = this.#take()
    try {
      await retryContention(() => this.#prisma.$transaction((tx) => take.write(tx)))
      this.#onSaved()
    } catch {
      // The transaction that ends the operation writes them again, or says why it cannot.
      take.putBack()
    }
  }

  #take(): { write(tx: Db): Promise<void>; putBack(): void } {
    const [lines, outcomes, writes, jobs] = [this.#lines, this.#outcomes, this.#writes, this.#jobs]
    this.#lines = []
    this.#outcomes = []
    this.#writes = []
    this.#jobs = new Map()
    return {
      write: async (tx) => {
        await saveProgress(tx, this.#operation.id, { lines, outcomes, jobs }, new Date())
        for (const write of writes) await write(tx)
      },
      putBack: () => {
        this.#lines.unshift(...lines)
        this.#outcomes.unshift(...outcomes)
        this.#writes.unshift(...writes)
        this.#jobs = new Map([...jobs, ...this.#jobs])
      },
    }
  }

  /** Writes all that there is now. Throws when the database does not take it; it is kept for the next time then. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#saving
    const take = this.#take()
    try {
      await retryContention(() => this.#prisma.$transaction((tx) => take.write(tx)))
    } catch (error) {
      take.putBack()
      throw error
    }
    this.#onSaved()
  }

  /** Stops writing by itself; the returned function writes all that is left, and may run again after a rollback. */
  async close(): Promise<Write> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#saving
    return this.#take().write
  }
}
