import { Plus } from 'lucide-react'
import Link from 'next/link'
import { Button } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { Panel } from '@/components/ui/feedback'
import { Badge } from '@/components/ui/status'
import { PictureLink } from '@/components/uses/depends-on'
import { pathOfUse } from '@/components/workloads/uses-of'
import { sourceOf, storageWords } from '@/components/workloads/workload-words'
import type { AttachmentView, WorkloadStorageView, WorkloadView } from '@/lib/workloads/schema'

/** A volume that the workload has as a disk of this name. */
export interface HadVolume {
  volume: { id: string; name: string }
  target: string
}

/** What may be done with it. Absent: it only shows. */
interface Changes {
  /** Of volumes: machines have disks, containers have none. */
  disks?: { onAttach: () => void; onDetach: (disk: HadVolume) => void } | undefined
  mounts?: { onAttach: () => void; onDetach: (attachment: AttachmentView) => void } | undefined
}

/** Everything that it keeps its data on: what is ours leads to its page, and the rest is told as it is. */
export function WorkloadStorage({ workload, changes }: { workload: WorkloadView; changes?: Changes | undefined }) {
  const { storage, storage_count: total, attachments } = workload
  const attach = (
    <span className="flex flex-wrap gap-2">
      {workload.uses.length > 0 && <PictureLink asked={{ of: workload.id }} />}
      {changes?.disks && (
        <Button size="sm" icon={Plus} onClick={changes.disks.onAttach}>
          Attach a volume
        </Button>
      )}
      {changes?.mounts && (
        <Button size="sm" icon={Plus} onClick={changes.mounts.onAttach}>
          Attach a mount
        </Button>
      )}
    </span>
  )
  const givenAs = ({ target, mount }: WorkloadStorageView) =>
    attachments.find((given) => given.state === 'there' && given.target === target && given.mount.id === mount?.id)
  if (storage.length === 0) {
    return (
      <Panel title="Storage" action={attach}>
        <p className="text-13 text-muted">It has been given none: what it writes is gone when it is made anew.</p>
      </Panel>
    )
  }
  return (
    <Panel title="Storage" action={attach} flush>
      <ul className="divide-y divide-line text-13">
        {storage.map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two entries may say the same, and their order is the host's.
          <StorageLine key={index} storage={each} attachment={givenAs(each)} changes={changes} />
        ))}
      </ul>
      {total > storage.length && (
        <p className="border-t border-line px-4 py-2 text-12 text-muted">And {total - storage.length} more.</p>
      )}
    </Panel>
  )
}

function StorageLine({
  storage,
  attachment,
  changes,
}: {
  storage: WorkloadStorageView
  /** As which it was given from here. */
  attachment: AttachmentView | undefined
  changes: Changes | undefined
}) {
  const source = sourceOf(storage)
  const { volume, target } = storage
  const { disks, mounts } = changes ?? {}
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2.5 md:grid-cols-[96px_minmax(0,1fr)_minmax(0,2fr)_minmax(0,200px)_72px] md:items-baseline">
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {storageWords(storage)}
        {storage.read_only === true && <Badge>read-only</Badge>}
      </span>
      <span className="min-w-0 break-all" title="Inside">
        <Mono text={target} />
      </span>
      <span className="min-w-0 break-all text-muted" title="On the host">
        {source === null ? 'not told' : <Mono text={source} />}
      </span>
      <Ours storage={storage} />
      {disks && volume !== null && <Detach name={volume.name} onClick={() => disks.onDetach({ volume, target })} />}
      {mounts && attachment && <Detach name={attachment.mount.name} onClick={() => mounts.onDetach(attachment)} />}
    </li>
  )
}

function Detach({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <span className="md:text-right">
      <Button size="sm" aria-label={`Detach ${name}`} onClick={onClick}>
        Detach
      </Button>
    </span>
  )
}

function Ours({ storage: { mount, volume } }: { storage: WorkloadStorageView }) {
  const found = [
    ...(volume === null ? [] : [{ kind: 'volume' as const, ...volume }]),
    ...(mount === null ? [] : [{ kind: 'mount' as const, ...mount }]),
  ]
  if (found.length === 0) return <span className="text-faint">not of Holdfast</span>
  return (
    <span className="min-w-0 break-words">
      {found.map(({ kind, id, name }) => (
        <span key={id} className="block">
          <Link href={pathOfUse({ kind, id })} prefetch={false} className="font-medium text-accent hover:underline">
            {name}
          </Link>{' '}
          <span className="text-12 text-muted">{kind}</span>
        </span>
      ))}
    </span>
  )
}
