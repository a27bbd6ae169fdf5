'use client'

import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { mountsOf, poolList, volumeOne } from '@/components/data/queries'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { SnapshotChoice } from '@/components/volumes/forms/snapshot-choice'
import { exportVolume, VOLUME_TOPICS } from '@/components/volumes/volume-requests'
import type { VolumeFormat } from '@/lib/agent-protocol/pools'
import type { VolumeRow } from '@/lib/volumes/schema'

const KINDS = [
  { value: 'qcow2', label: 'qcow2' },
  { value: 'packed', label: 'qcow2, compressed', detail: 'Smaller, and takes longer' },
  { value: 'raw', label: 'raw', detail: 'The bytes of the disk, sparse' },
]

function endingOf(kind: string): VolumeFormat {
  return kind === 'raw' ? 'raw' : 'qcow2'
}

/** Before the id of a pool, among the places to choose from. */
const DOWNLOAD = 'download:'

/** Into a new image below a mount of the host that works on the volume, or to be downloaded. The page of the operation shows what comes of it. */
export function ExportVolume({ volume, onClose }: { volume: VolumeRow; onClose: () => void }) {
  const { data: mounts } = useQuery({
    ...mountsOf({ host_id: volume.host_id ?? '' }),
    enabled: volume.host_id !== null,
  })
  const { data: pools } = useQuery(poolList())
  const router = useRouter()
  const { data: whole } = useQuery(volumeOne(volume.id))
  const [target, setTarget] = useState('')
  const [kind, setKind] = useState('qcow2')
  const [path, setPath] = useState('')
  const [snapshotId, setSnapshotId] = useState('')
  const [isTried, setTried] = useState(false)
  const able = (mounts?.data ?? []).filter((mount) => !mount.read_only)
  const name = path.trim() || `${volume.name}.${endingOf(kind)}`
  const keeping = (pools?.data ?? []).filter(({ mount_id }) => able.some(({ id }) => id === mount_id))
  const isDownload = target.startsWith(DOWNLOAD)
  const place = able.find(({ id }) => id === target)?.mount_point
  const to = isDownload ? { download: true, pool_id: target.slice(DOWNLOAD.length) } : { mount_id: target, path: name }
  const save = useAction<void, { data: { id: string } }>({
    run: () =>
      exportVolume(volume, {
        to,
        format: endingOf(kind),
        compressed: kind === 'packed',
        ...(snapshotId === '' ? {} : { snapshot_id: snapshotId }),
      }),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: () => `Exporting ${volume.name}`,
    onSuccess: ({ data }) => {
      onClose()
      router.push(`/operations/${data.id}`)
    },
  })
  const refused = save.isError ? (problemOf(save.error).fields ?? []) : []
  const wrong = (field: string) => refused.find((one) => one.field === field)?.message
  return (
    <FormDialog
      size="md"
      title={`Export ${volume.name}`}
      description="A new image is written, which needs nothing else. The volume stays as it is."
      submit={{ label: 'Export', pending: save.isPending }}
      onSubmit={() => {
        setTried(true)
        if (target !== '') save.mutate()
      }}
      onClose={onClose}
    >
      <Field
        label="To"
        error={isTried && target === '' ? 'Choose where it is written.' : (wrong('to.mount_id') ?? wrong('to.pool_id'))}
        help={
          mounts !== undefined && able.length === 0
            ? `Nothing that can be written to is mounted on ${volume.host_name ?? 'its host'}.`
            : undefined
        }
      >
        {(attributes) => (
          <Select
            {...attributes}
            value={target}
            placeholder="Choose a place"
            onChange={setTarget}
            choices={[
              ...keeping.map(({ id, name: pool }) => ({
                value: `${DOWNLOAD}${id}`,
                label: 'To be downloaded',
                detail: `A day in pool ${pool}`,
              })),
              ...able.map(({ id, name: label, mount_point }) => ({ value: id, label, detail: mount_point })),
            ]}
          />
        )}
      </Field>
      {!isDownload && (
        <Field
          label="File"
          error={wrong('to.path')}
          help="Below the mount. Directories must be there; nothing is written over."
        >
          {(attributes) => (
            <Input
              {...attributes}
              value={path}
              placeholder={`${volume.name}.${endingOf(kind)}`}
              spellCheck={false}
              onChange={(event) => setPath(event.target.value)}
            />
          )}
        </Field>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Format">
          {(attributes) => <Select {...attributes} value={kind} onChange={setKind} choices={KINDS} />}
        </Field>
        <SnapshotChoice volume={whole} value={snapshotId} onChange={setSnapshotId} />
      </div>
      {isDownload && (
        <Note title="What happens">
          The image is made in the pool. The page of the operation, which opens now, then has a link to it and its
          SHA-256. It goes by itself after a day.
        </Note>
      )}
      {place && (
        <Note title="What happens">
          {`${volume.host_name ?? 'Its host'} writes ${place}/${name}, reads it back, and shows its SHA-256.`}
        </Note>
      )}
      {save.isError && refused.length === 0 && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}
