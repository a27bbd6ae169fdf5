'use client'

import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { changeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import type { VolumeRow } from '@/lib/volumes/schema'

const DAY_MS = 86_400_000
const KEPT = [
  { value: '0', label: 'Until somebody deletes it' },
  { value: '1', label: 'One day' },
  { value: '7', label: 'A week' },
  { value: '30', label: '30 days' },
  { value: '365', label: 'A year' },
]

/** `2026-11-29-2154`, in the time of the browser: what people look for later is the day. */
export function snapshotNameAt(now: Date): string {
  const two = (figure: number) => String(figure).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}`
}

export function TakeSnapshot({ volume, onClose }: { volume: VolumeRow; onClose: () => void }) {
  const [name, setName] = useState(() => snapshotNameAt(new Date()))
  const [days, setDays] = useState('0')
  const take = useAction<void, VolumeAnswer>({
    run: () =>
      changeVolume(volume, '/snapshots', {
        body: {
          name,
          ...(days === '0' ? {} : { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() }),
        },
      }),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: () => `Took ${name} of ${volume.name}`,
    onSuccess: onClose,
  })
  const wrong = take.isError ? problemOf(take.error).fields?.find(({ field }) => field === 'name')?.message : undefined
  return (
    <FormDialog
      title={`Take a snapshot of ${volume.name}`}
      description="The volume as it is at this moment. It takes room only for what is written afterwards."
      submit={{ label: 'Take snapshot', pending: take.isPending }}
      onSubmit={() => take.mutate()}
      onClose={onClose}
    >
      <Field label="Name" error={wrong}>
        {(attributes) => <Input {...attributes} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Keep it" help="One that a clone still needs is kept for longer.">
        {(attributes) => <Select {...attributes} value={days} onChange={setDays} choices={KEPT} />}
      </Field>
      {volume.is_in_use && (
        <Note kind="warning">
          {volume.used_by ?? 'Something'} uses the volume: unless the agent of QEMU answers in the machine, the snapshot
          is what it would find after a power cut.
        </Note>
      )}
      {take.isError && wrong === undefined && <ProblemNote error={take.error} />}
    </FormDialog>
  )
}
