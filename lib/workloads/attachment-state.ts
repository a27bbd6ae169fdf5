import { z } from 'zod'
import { WorkloadStorage } from '@/lib/agent-protocol/workloads'
import type { AttachmentRecord } from '@/lib/workloads/attachment-repository'
import type { WorkloadRecord } from '@/lib/workloads/repository'
import type { AttachmentView } from '@/lib/workloads/schema'

const Storage = z.array(WorkloadStorage)

/** What a workload has at this place inside, as its host told last. */
export function storageAt({ storage }: Pick<WorkloadRecord, 'storage'>, inside: string): WorkloadStorage | undefined {
  return (Storage.safeParse(storage).data ?? []).find(({ target }) => target === inside)
}

/** What was given, against what the host tells that the workload has now. */
export function attachmentView(row: AttachmentRecord, workload: WorkloadRecord): AttachmentView {
  const { id, mount, subPath, inside, readOnly, createdAt, createdBy, workloadId } = row
  const has = storageAt(workload, inside)
  const isThere = has?.mountId === row.mountId && endsIn(has.source, subPath)
  return {
    id,
    mount: { id: mount.id, name: mount.name },
    sub_path: subPath,
    target: inside,
    read_only: readOnly,
    state: isThere ? 'there' : 'gone',
    made_anew: workloadId !== workload.id,
    created_at: createdAt.toISOString(),
    created_by: createdBy,
  }
}

/** Paths are compared as they are told; where the mount lies may be otherwise on this host. */
function endsIn(source: string | null, subPath: string): boolean {
  return subPath === '' || source?.endsWith(`/${subPath}`) === true
}
