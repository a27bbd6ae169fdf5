import { z } from 'zod'
import { type ObservedWorkload, WorkloadState, WorkloadStorage } from '@/lib/agent-protocol/workloads'
import type { StoredRow } from '@/lib/controller/resources/kind'
import { NO_PROBLEM } from '@/lib/controller/resources/problem-columns'
import type { Db } from '@/lib/db/client'

/** A workload as it is stored; `observedState` is `gone` for one that is to be forgotten. */
export interface StoredWorkload extends StoredRow {
  /** Null: it is gone. */
  told: ObservedWorkload | null
  /** All of `told`, to compare it by. */
  text: string
}

const Storage = z.array(WorkloadStorage)

export function storedWorkload(hostId: string, told: ObservedWorkload): StoredWorkload {
  return {
    ...NO_PROBLEM,
    id: told.workloadId,
    hostId,
    observedState: told.state,
    observedGeneration: null,
    observedSince: null,
    told,
    text: JSON.stringify(told),
  }
}

export function goneWorkload({ id, hostId }: Pick<StoredRow, 'id' | 'hostId'>): StoredWorkload {
  const row = { ...NO_PROBLEM, id, hostId, observedGeneration: null, observedSince: null }
  return { ...row, observedState: 'gone', told: null, text: '' }
}

export async function findStoredWorkloads(db: Db): Promise<StoredWorkload[]> {
  const rows = await db.workload.findMany()
  return rows.map(({ hostId, id, target, nativeId, name, state, image, storage, storageCount, problem, held }) =>
    // In the order of the wire's own declaration, so that the text is the same.
    storedWorkload(hostId, {
      workloadId: id,
      target,
      nativeId,
      name,
      state: WorkloadState.safeParse(state).data ?? 'unknown',
      image,
      storage: Storage.safeParse(storage).data ?? [],
      storageCount,
      problem,
      ...(held === null ? {} : { held }),
    }),
  )
}

/** Nothing is stored under an id that another host tells of: no host speaks for another one. */
export async function saveWorkload(tx: Db, { id, hostId, told }: StoredWorkload, at: Date): Promise<void> {
  if (told === null) {
    await tx.workload.deleteMany({ where: { id, hostId } })
    return
  }
  const known = await tx.workload.findUnique({ where: { id }, select: { hostId: true } })
  if (known !== null && known.hostId !== hostId) return
  const { workloadId: _, name, ...columns } = told
  const row = { ...columns, held: told.held ?? null, hostId, name, nameKey: name.toLowerCase(), changedAt: at }
  await tx.workload.upsert({ where: { id }, create: { id, ...row }, update: row, select: { id: true } })
  await saveUses(tx, id, usedBy(told))
}

async function saveUses(tx: Db, workloadId: string, used: ReadonlySet<string>): Promise<void> {
  const rows = await tx.workloadUse.findMany({ where: { workloadId }, select: { usedId: true } })
  const before = new Set(rows.map(({ usedId }) => usedId))
  const gone = [...before].filter((usedId) => !used.has(usedId))
  const made = [...used].filter((usedId) => !before.has(usedId))
  if (gone.length > 0) await tx.workloadUse.deleteMany({ where: { workloadId, usedId: { in: gone } } })
  if (made.length > 0) await tx.workloadUse.createMany({ data: made.map((usedId) => ({ workloadId, usedId })) })
}

/** Ids of the mounts and volumes that it has been given. */
function usedBy({ storage }: ObservedWorkload): Set<string> {
  return new Set(storage.flatMap(({ mountId, volumeId }) => [mountId, volumeId].filter((id) => id !== null)))
}
