'use client'

import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Field, Input } from '@/components/ui/field'
import { VOLUME_TOPICS } from '@/components/volumes/volume-requests'
import { formatBytes } from '@/lib/units'
import type { VolumeView } from '@/lib/volumes/schema'
import type { UnknownVolumeView } from '@/lib/volumes/unknown/schema'

/** The list behind the dialog has several that look alike. */
function whatComes({ id, size_bytes: bytes, state }: UnknownVolumeView): string {
  const what = bytes === null ? id : `${id}, ${formatBytes(bytes)},`
  return state === 'trashed'
    ? `${what} stays in the trash under the name that you give it, and can be taken back from there.`
    : `${what} is here again as it lies on the storage, with its snapshots. What it was called is not written there.`
}

/** Gives a name to a volume that this installation does not know: from then on it is one like all others. */
export function TakeInVolume({ volume, onClose }: { volume: UnknownVolumeView; onClose: () => void }) {
  const [name, setName] = useState('')
  const take = useAction<void, VolumeView>({
    run: () =>
      requestOne(`/api/v1/storage/pools/${volume.pool_id}/unknown-volumes/${volume.id}/take-in`, {
        method: 'POST',
        body: { name },
      }),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: () => `Took ${name} in`,
    onSuccess: onClose,
  })
  const wrong = take.isError ? problemOf(take.error).fields?.find(({ field }) => field === 'name')?.message : undefined
  return (
    <FormDialog
      title="Take this volume in"
      description={whatComes(volume)}
      submit={{ label: 'Take in', pending: take.isPending }}
      onSubmit={() => take.mutate()}
      onClose={onClose}
    >
      <Field label="Name" error={wrong}>
        {(attributes) => <Input {...attributes} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      {take.isError && wrong === undefined && <ProblemNote error={take.error} />}
    </FormDialog>
  )
}
