'use client'

import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { volumeOne } from '@/components/data/queries'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Checkbox } from '@/components/ui/checkbox'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { type MoveDraft, movableTo, moveBody, needsHost, shapeAfter, whatMoves } from '@/components/volumes/forms/move'
import { poolChoices } from '@/components/volumes/forms/pool-choices'
import { changeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import { PROVISIONING_WORDS } from '@/components/volumes/volume-words'
import type { PoolView } from '@/lib/pools/schema'
import type { VolumeRow } from '@/lib/volumes/schema'
import { sentenceList } from '@/lib/volumes/words'

interface Part {
  draft: MoveDraft
  set: (change: Partial<MoveDraft>) => void
  errors: Readonly<Record<string, string | undefined>>
}

function TargetField({ pools, draft, set, errors }: Part & { pools: readonly PoolView[] }) {
  return (
    <Field label="To pool" error={errors.pool_id}>
      {(attributes) => (
        <Select
          {...attributes}
          value={draft.poolId}
          placeholder="Choose a pool"
          onChange={(poolId) => set({ poolId, hostId: '', format: null, provisioning: null })}
          choices={poolChoices(pools)}
        />
      )}
    </Field>
  )
}

/** How it lies there; nothing where the pool leaves no choice. */
function ShapeFields({ volume, pool, draft, set }: Part & { volume: VolumeRow; pool: PoolView }) {
  const { formats, provisionings } = pool.can
  const shape = shapeAfter(volume, pool, draft)
  return (
    <>
      {formats.length > 1 && (
        <Field label="Format">
          {(attributes) => (
            <Select
              {...attributes}
              value={shape.format}
              onChange={(next) => set({ format: formats.find((one) => one === next) ?? null })}
              choices={formats.map((one) => ({ value: one, label: one }))}
            />
          )}
        </Field>
      )}
      {provisionings.length > 1 && (
        <Field label="Room">
          {(attributes) => (
            <Select
              {...attributes}
              value={shape.provisioning}
              onChange={(next) => set({ provisioning: provisionings.find((one) => one === next) ?? null })}
              choices={provisionings.map((one) => ({ value: one, label: PROVISIONING_WORDS[one].title }))}
            />
          )}
        </Field>
      )}
    </>
  )
}

function HostField({ pool, draft, set, errors }: Part & { pool: PoolView }) {
  return (
    <Field label="Host" help="Each host of this pool has its own content." error={errors.host_id}>
      {(attributes) => (
        <Select
          {...attributes}
          value={draft.hostId}
          placeholder="Choose a host"
          onChange={(hostId) => set({ hostId })}
          choices={pool.hosts.map(({ host_id, host_name }) => ({ value: host_id, label: host_name }))}
        />
      )}
    </Field>
  )
}

/** Snapshots stay behind, which somebody has to have seen. */
function SnapshotsStay({ names, draft, set, errors }: { names: readonly string[] } & Part) {
  const which = sentenceList(names)
  return (
    <Note
      kind="warning"
      title={names.length === 1 ? 'A snapshot stays behind.' : `${names.length} snapshots stay behind.`}
    >
      {which} {names.length === 1 ? 'goes' : 'go'} into the trash with the old volume, and{' '}
      {names.length === 1 ? 'is' : 'are'} deleted with it.
      <span className="mt-2 flex items-center gap-2">
        <Checkbox
          label={`Leave ${which} behind`}
          checked={draft.dropsSnapshots}
          onChange={(dropsSnapshots) => set({ dropsSnapshots })}
        />
        {names.length === 1 ? 'Leave it behind' : 'Leave them behind'}
      </span>
      {errors.snapshots && (
        <p role="alert" className="mt-1 text-12 text-critical">
          {errors.snapshots}
        </p>
      )}
    </Note>
  )
}

/** Into another pool: where to and how, then what will happen. Its progress is shown by the volume that is made there. */
export function MoveVolume({
  volume,
  pools,
  onClose,
}: {
  volume: VolumeRow
  pools: readonly PoolView[]
  onClose: () => void
}) {
  const router = useRouter()
  const targets = movableTo(volume, pools)
  const [draft, setDraft] = useState<MoveDraft>(() => ({
    poolId: targets.length === 1 ? (targets[0]?.id ?? '') : '',
    name: volume.name,
    format: null,
    provisioning: null,
    hostId: '',
    dropsSnapshots: false,
  }))
  const set = (change: Partial<MoveDraft>) => setDraft((before) => ({ ...before, ...change }))
  const [isTried, setTried] = useState(false)
  const { data: whole } = useQuery({ ...volumeOne(volume.id), enabled: volume.snapshot_count > 0 })
  const snapshots = (whole?.snapshots ?? []).filter(({ is_ready }) => is_ready).map(({ name }) => name)
  const from = pools.find(({ id }) => id === volume.pool_id)
  const pool = targets.find(({ id }) => id === draft.poolId)
  const asksHost = pool !== undefined && needsHost(from, pool)
  const move = useAction<void, VolumeAnswer>({
    run: () => changeVolume(volume, '/move', { body: moveBody(draft, volume) }),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: ({ operation }) => (operation?.status === 'succeeded' ? `Moved ${volume.name}` : null),
    onSuccess: ({ data }) => {
      onClose()
      router.push(`/volumes/${data.id}`)
    },
  })
  const missing = {
    ...(draft.poolId === '' ? { pool_id: 'Choose the pool that it is to lie in.' } : {}),
    ...(draft.name.trim() === '' ? { name: 'Enter a name.' } : {}),
    ...(volume.snapshot_count > 0 && !draft.dropsSnapshots ? { snapshots: 'Say that they may stay behind.' } : {}),
    ...(asksHost && draft.hostId === '' ? { host_id: 'Choose the host that it is to lie on.' } : {}),
  }
  const refused = move.isError ? (problemOf(move.error).fields ?? []) : []
  const errors: Part['errors'] = {
    ...Object.fromEntries(refused.map(({ field, message }) => [field, message])),
    ...(isTried ? missing : {}),
  }
  const part = { draft, set, errors }
  return (
    <FormDialog
      size="md"
      title={`Move ${volume.name} to another pool`}
      submit={{ label: 'Move', pending: move.isPending }}
      onSubmit={() => {
        setTried(true)
        if (Object.keys(missing).length === 0) move.mutate()
      }}
      onClose={onClose}
    >
      {targets.length === 0 ? (
        <Note title="There is no other pool to move it to.">
          Make one, and open it on a host that has this one open.
        </Note>
      ) : (
        <TargetField pools={targets} {...part} />
      )}
      {pool && asksHost && <HostField pool={pool} {...part} />}
      <Field label="Name there" error={errors.name}>
        {(attributes) => (
          <Input {...attributes} value={draft.name} onChange={(event) => set({ name: event.target.value })} />
        )}
      </Field>
      {pool && <ShapeFields volume={volume} pool={pool} {...part} />}
      {snapshots.length > 0 && <SnapshotsStay names={snapshots} {...part} />}
      {pool && <Note title="What happens">{whatMoves(volume, pool, draft)}</Note>}
      {move.isError && refused.length === 0 && <ProblemNote error={move.error} />}
    </FormDialog>
  )
}
