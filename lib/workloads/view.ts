import { z } from 'zod'
import { WorkloadStorage } from '@/lib/agent-protocol/workloads'
import { attachTarget } from '@/lib/attach-targets/registry'
import type { AttachmentRecord } from '@/lib/workloads/attachment-repository'
import { attachmentView } from '@/lib/workloads/attachment-state'
import type { WorkloadRecord } from '@/lib/workloads/repository'
import type { WorkloadRow, WorkloadStorageView, WorkloadUseView, WorkloadView } from '@/lib/workloads/schema'
import { stateOf } from '@/lib/workloads/state'

/** What workloads use of ours, by id. */
export type Used = ReadonlyMap<string, WorkloadUseView>

const Storage = z.array(WorkloadStorage)

export function workloadRow(row: WorkloadRecord, used: Used): WorkloadRow {
  const { state, told, problem } = stateOf(row)
  return {
    id: row.id,
    name: row.name,
    target: row.target,
    // What a newer agent knows and this controller does not runs containers, as most of what there is does.
    kind: attachTarget(row.target)?.runs ?? 'container',
    native_id: row.nativeId,
    host: { id: row.host.id, name: row.host.name },
    state,
    told_state: told,
    problem,
    held: state === 'stopped' ? row.held : null,
    image: row.image,
    storage_count: row.storageCount,
    uses: row.uses.flatMap(({ usedId }) => used.get(usedId) ?? []),
    first_seen_at: row.firstSeenAt.toISOString(),
    changed_at: row.changedAt.toISOString(),
  }
}

/** `given`: from here, as it is remembered. */
export function workloadView(row: WorkloadRecord, used: Used, given: readonly AttachmentRecord[]): WorkloadView {
  const storage = Storage.safeParse(row.storage).data ?? []
  return {
    ...workloadRow(row, used),
    storage: storage.map((each) => storageView(each, used)),
    attachments: given.map((attachment) => attachmentView(attachment, row)),
  }
}

/** What its disks are called, as they are told. */
export function diskNames({ storage }: Pick<WorkloadRecord, 'storage'>): string[] {
  return (Storage.safeParse(storage).data ?? []).map(({ target }) => target)
}

function storageView(storage: WorkloadStorage, used: Used): WorkloadStorageView {
  const { kind, source, name, target, readOnly, mountId, volumeId, stale } = storage
  const named = (id: string | null) => {
    const found = id === null ? undefined : used.get(id)
    return found === undefined ? null : { id: found.id, name: found.name }
  }
  const ours = { mount: named(mountId), volume: named(volumeId) }
  return { kind, source, name, target, read_only: readOnly, ...ours, stale: stale === true }
}
