import { inRounds, type RoundTimes } from '@/lib/controller/monitoring/rounds'
import type { PrismaClient } from '@/lib/db/client'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'
import { fullChange } from '@/lib/repositories/policy'
import { findPolicies, saveFull } from '@/lib/repositories/repository'

const TIMES: RoundTimes = { everyMs: 15_000, firstMs: 15_000 }

export interface RepositoryCareParts {
  prisma: PrismaClient
  bus: Bus
  log: Log
  isLeader(): boolean
}

/** Notes which repositories are too full for new backups, and which have room again, by what was measured of their storages. */
export class RepositoryCare {
  readonly #parts: RepositoryCareParts
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(parts: RepositoryCareParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running ??= inRounds(TIMES, this.#stop.signal, () =>
      this.look().catch((error: unknown) =>
        this.#parts.log.error('it could not be told how full repositories are', { error }),
      ),
    )
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async look(now = new Date()): Promise<void> {
    const { prisma, bus, log, isLeader } = this.#parts
    if (!isLeader()) return
    for (const row of await findPolicies(prisma)) {
      const change = fullChange(row, row.backend, now)
      if (change === null || !(await saveFull(prisma, row, change))) continue
      const said =
        change.fullSince === null ? 'a repository has room again' : 'a repository is too full for new backups'
      log.info(said, { repositoryId: row.id, percent: change.fullPercent })
      bus.publish({ topic: 'repository', id: row.id, kind: 'changed' })
    }
  }
}
