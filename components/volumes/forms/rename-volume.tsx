'use client'

import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { ACCESS_MODES } from '@/components/volumes/access-words'
import type { VolumeRow } from '@/lib/volumes/schema'

/** The name and who may open it: nothing happens on a host. */
export function RenameVolume({ volume, onClose }: { volume: VolumeRow; onClose: () => void }) {
  const [name, setName] = useState(volume.name)
  const [mode, setMode] = useState<VolumeRow['access_mode']>(volume.access_mode)
  const change = useAction<void, VolumeRow>({
    run: () => requestOne(`/api/v1/volumes/${volume.id}`, { method: 'PATCH', body: { name, access_mode: mode } }),
    topics: ['volume'],
    quiet: true,
    done: () => `Changed ${name}`,
    onSuccess: onClose,
  })
  const wrong = change.isError
    ? problemOf(change.error).fields?.find(({ field }) => field === 'name')?.message
    : undefined
  return (
    <FormDialog
      title={`Edit ${volume.name}`}
      submit={{ label: 'Save', pending: change.isPending }}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <Field label="Name" help="What lies in the pool has a name of its own that stays." error={wrong}>
        {(attributes) => <Input {...attributes} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Who may open it">
        {(attributes) => (
          <Select
            {...attributes}
            value={mode}
            onChange={(next) => setMode(ACCESS_MODES.find(({ value }) => value === next)?.value ?? 'RWO')}
            choices={ACCESS_MODES}
          />
        )}
      </Field>
      {change.isError && wrong === undefined && <ProblemNote error={change.error} />}
    </FormDialog>
  )
}
