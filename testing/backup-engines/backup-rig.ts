import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { JobKind } from '@/agent/commands/jobs/job-kind'
import { backupHost } from '@/agent/host/backup-host'
import { backupTurn } from '@/agent/resources/backups/backup-turn'
import type { ObservedJob } from '@/lib/agent-protocol/messages'
import type { BackupContext, BackupTurn, OpenRepository, RepositoryPlace } from '@/lib/backup-engines/contract/engine'
import { Secret } from '@/lib/secret'
import { openJobHost } from '@/testing/agent/job-host'
import { removeBase } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'
import { waitFor } from '@/testing/wait'

export const PASSWORD = 'canary-password-of-the-repository'

/** One piece of work, as a job of a real agent's parts. */
export interface StartedJob<T> {
  /** Settles with the job. */
  result: Promise<T>
  view(): ObservedJob
  /** Of a step's program, once it runs. */
  pid(step: string): Promise<number>
  cancel(): void
}

export interface BackupRig {
  /** A directory of the test. */
  base: string
  repository(name: string, more?: Partial<OpenRepository>): OpenRepository
  context(): BackupContext
  start<T>(work: (turn: BackupTurn) => Promise<T>): Promise<StartedJob<T>>
  /** From its start to its end. */
  run<T>(work: (turn: BackupTurn) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The parts of an agent that carry out jobs, and real programs. */
export async function openBackupRig(
  placeOf: (base: string, name: string) => RepositoryPlace = (base, name) => ({
    kind: 'directory',
    path: join(base, 'repositories', name),
  }),
): Promise<BackupRig> {
  const base = mkdtempSync('/srv/holdfast-backups-')
  mkdirSync(join(base, 'repositories'))
  const works = new Map<string, { work(turn: BackupTurn): Promise<unknown>; settled: PromiseWithResolvers<unknown> }>()
  const kind: JobKind<{ name: string }> = {
    command: 'tryBackup',
    request: z.object({ name: z.string() }),
    async work({ name }, turn) {
      const asked = works.get(name)
      if (asked === undefined) throw new Error('Nobody has asked for this.')
      const signal = turn.signal
      const door = host.machine.open({ operationId: turn.operationId, deadlineAt: performance.now() + 600_000, signal })
      try {
        const result = await asked.work(backupTurn(turn, backupHost(door)))
        asked.settled.resolve(result)
        return null
      } catch (error) {
        asked.settled.reject(error)
        throw error
      }
    },
  }
  const host = await openJobHost(base, 'first boot', [kind])
  let count = 0

  async function start<T>(work: (turn: BackupTurn) => Promise<T>): Promise<StartedJob<T>> {
    const name = `try ${++count}`
    const operationId = testId('operation', name)
    const settled = Promise.withResolvers<unknown>()
    settled.promise.catch(() => undefined)
    works.set(name, { work, settled })
    const envelope = { operationId, resourceId: testId('volume', name), generation: 1, fence: 1, ttlMs: 60_000 }
    await host.jobs.start('tryBackup', envelope, performance.now(), { name })
    const view = () => {
      const found = host.jobs.find(operationId)
      if (found === null) throw new Error('The job is not known.')
      return found
    }
    const ended = async () => {
      await waitFor('the end of the job', () => view().endedAt !== null, 120_000)
      return (await settled.promise) as T
    }
    const result = ended()
    result.catch(() => undefined)
    return {
      result,
      view,
      pid: (step) => waitFor('its program', () => host.machine.programs.pid({ operationId, step })),
      cancel: () => void host.jobs.cancel(operationId, 1),
    }
  }

  return {
    base,
    repository: (name, more) => ({
      place: placeOf(base, name),
      password: new Secret(PASSWORD),
      engineId: null,
      cacheDirectory: join(base, 'cache'),
      ...more,
    }),
    context() {
      const signal = new AbortController().signal
      const deadlineAt = performance.now() + 120_000
      return { host: backupHost(host.machine.open({ operationId: 'look', deadlineAt, signal })), signal, deadlineAt }
    },
    start,
    run: async (work) => (await start(work)).result,
    async close() {
      await host.machine.programs.stopAll()
      await host.close()
      removeBase(base)
    },
  }
}
