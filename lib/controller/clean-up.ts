import { type ClosedRecord, endLostConsoles } from '@/lib/controller/consoles/lost-consoles'
import type { Histories } from '@/lib/controller/monitoring/histories'
import { inRounds } from '@/lib/controller/monitoring/rounds'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import { lastCleanUp, prune, readRetention, recordCleanUp } from '@/lib/controller/settings-repository'
import type { Db, PrismaClient } from '@/lib/db/client'
import type { Log } from '@/lib/log'

const EVERY_MS = 60 * 60_000
/** A controller that is often started again has its turn too. */
const CHECK_MS = 10 * 60_000

export interface CleanUpParts {
  prisma: PrismaClient
  kinds: ResourceKinds
  histories: Histories
  log: Log
  /** Of what was found to be over. */
  audit(tx: Db, record: ClosedRecord): Promise<void>
  isLeader(): boolean
}

/** Deletes about once an hour what is older than people want it kept, and what is not needed any more. */
export class CleanUp {
  readonly #parts: CleanUpParts
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(parts: CleanUpParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running ??= inRounds({ everyMs: CHECK_MS, firstMs: CHECK_MS }, this.#stop.signal, async () => {
      await this.#runIfDue().catch((error: unknown) => this.#parts.log.error('old rows were not removed', { error }))
    })
  }

  /** A round that is under way comes to its end. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #runIfDue(): Promise<void> {
    const last = await lastCleanUp(this.#parts.prisma)
    // A clock that was set back must not put it off for long.
    if (last === null || Math.abs(Date.now() - last.getTime()) >= EVERY_MS) await this.run()
  }

  async run(): Promise<void> {
    const { prisma, kinds, histories, log, audit, isLeader } = this.#parts
    if (!isLeader()) return
    const removed = await prune(prisma, new Date(), await readRetention(prisma))
    const lost = await endLostConsoles(prisma, audit, new Date())
    if (lost > 0) log.info('screens were closed whose web process has gone', { lost })
    Object.assign(removed, await histories.prune(new Date()))
    for (const { name, desired } of kinds.all()) removed[name] = (await desired.prune?.(prisma)) ?? 0
    await recordCleanUp(prisma, new Date())
    if (Object.values(removed).some((count) => count > 0)) log.info('old rows were removed', removed)
  }
}
