'use client'

import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { changeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import { formatBytes } from '@/lib/units'
import type { VolumeRow } from '@/lib/volumes/schema'

/** What is lost, in a sentence. */
export function lossWords({ name, pool_name, size_bytes, allocated_bytes, snapshot_count }: VolumeRow): string {
  const held = allocated_bytes === null ? formatBytes(size_bytes) : `${formatBytes(allocated_bytes)} of data`
  const snapshots =
    snapshot_count === 0 ? '' : ` and ${snapshot_count === 1 ? 'its snapshot' : `its ${snapshot_count} snapshots`}`
  return `${name} in ${pool_name}, with ${held}${snapshots}, is lost. Nothing brings it back.`
}

/** The one dialog that asks for the name: what it does cannot be undone. */
export function PurgeVolume({
  volume,
  onClose,
  onGone,
}: {
  volume: VolumeRow
  onClose: () => void
  onGone?: () => void
}) {
  const [typed, setTyped] = useState('')
  const purge = useAction<void, VolumeAnswer>({
    run: () => changeVolume(volume, '?purge=true', { method: 'DELETE' }),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: ({ operation }) =>
      operation?.status === 'succeeded' ? `Deleted ${volume.name} for good` : `Deleting ${volume.name} for good`,
    onSuccess: () => {
      onClose()
      onGone?.()
    },
  })
  const isTyped = typed.trim() === volume.name
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${volume.name} for good?`}
      description={lossWords(volume)}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={purge.isPending} disabled={!isTyped} onClick={() => purge.mutate()}>
            Delete for good
          </Button>
        </>
      }
    >
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isTyped) purge.mutate()
        }}
      >
        <Field
          label={
            <>
              Type <span className="font-mono">{volume.name}</span> to delete it
            </>
          }
        >
          {(attributes) => <Input {...attributes} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
      </form>
      {purge.isError && <ProblemNote error={purge.error} className="mt-3" />}
    </AlertDialog>
  )
}
