'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { isSaidAtFields, ProblemNote, problemOf } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { takesVolumes } from '@/components/pools/pool-words'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { RadioCards } from '@/components/ui/radio-cards'
import { Select } from '@/components/ui/select'
import { poolChoices } from '@/components/volumes/forms/pool-choices'
import { SizeField } from '@/components/volumes/forms/size-field'
import { FixedSource, SourceFields } from '@/components/volumes/forms/source-fields'
import {
  bodyOf,
  type From,
  hasLayout,
  hasSize,
  problemsOf,
  useNewVolume,
} from '@/components/volumes/forms/use-new-volume'
import { whatHappens } from '@/components/volumes/forms/what-happens'
import { makeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import { PROVISIONING_WORDS } from '@/components/volumes/volume-words'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'

type State = ReturnType<typeof useNewVolume>

interface Part {
  state: State
  problems: Readonly<Record<string, string | undefined>>
}

function titleOf(from: From | undefined): string {
  if (from === undefined) return 'New volume'
  if (from.mode === 'foreign') return `New volume from ${from.item.name}`
  const what = from.snapshot ? `${from.volume.name} as of ${from.snapshot.name}` : from.volume.name
  return `${from.mode === 'clone' ? 'Clone' : 'Copy'} ${what}`
}

function labelOf({ mode, isAdopted }: State['draft']): string {
  if (mode === 'clone') return 'Clone'
  if (mode === 'foreign' && isAdopted) return 'Take over'
  if (mode === 'import') return 'Import'
  return mode === 'empty' || mode === 'template' ? 'Create volume' : 'Copy'
}

/** Those that can say what is wrong with them. */
function fieldsOf({ draft, needsHost }: State): string[] {
  return [
    'name',
    ...(needsHost ? ['host_id'] : []),
    ...(hasSize(draft) ? ['size', 'size_bytes'] : []),
    ...(draft.mode === 'template' ? ['source.template'] : []),
    ...(draft.mode === 'import' ? ['source.backend_id', 'source.path', 'source.checksum'] : []),
  ]
}

function PoolField({ pools, state, problems }: Part & { pools: readonly PoolView[] }) {
  return (
    <Field label="Pool" error={problems.pool}>
      {(attributes) => (
        <Select
          {...attributes}
          value={state.draft.poolId}
          placeholder="Choose a pool"
          onChange={(poolId) =>
            state.set({ poolId, hostId: '', template: '', isShared: false, format: null, provisioning: null })
          }
          choices={poolChoices(pools.filter(takesVolumes))}
        />
      )}
    </Field>
  )
}

function HostField({ state, problems }: Part) {
  return (
    <Field label="Host" help="Each host of this pool has its own content." error={problems.host_id}>
      {(attributes) => (
        <Select
          {...attributes}
          value={state.draft.hostId}
          placeholder="Choose a host"
          onChange={(hostId) => state.set({ hostId, template: '' })}
          choices={state.ready.map(({ host_id, host_name, available_bytes }) => ({
            value: host_id,
            label: host_name,
            detail: available_bytes === null ? undefined : `${formatBytes(available_bytes)} free`,
          }))}
        />
      )}
    </Field>
  )
}

/** How its bytes lie in the pool; nothing where the pool leaves no choice. */
function LayoutFields({ state }: Pick<Part, 'state'>) {
  const { pool, draft, set, format, provisioning } = state
  if (!pool || !hasLayout(draft)) return null
  const { formats, provisionings } = pool.can
  return (
    <>
      {formats.length > 1 && (
        <Field
          label="Format"
          help={
            format === 'raw' ? 'The same bytes as a disk, without snapshots and clones.' : 'With snapshots and clones.'
          }
        >
          {(attributes) => (
            <Select
              {...attributes}
              value={format ?? ''}
              onChange={(next) => set({ format: formats.find((one) => one === next) ?? null })}
              choices={formats.map((one) => ({ value: one, label: one }))}
            />
          )}
        </Field>
      )}
      {provisionings.length > 1 && (
        <RadioCards
          legend="Room"
          value={provisioning}
          onChange={(next) => set({ provisioning: next })}
          cards={provisionings.map((one) => ({ value: one, ...PROVISIONING_WORDS[one] }))}
        />
      )}
    </>
  )
}

/** A new volume: empty, or with the content of another, of a snapshot, or of what others have put into the pool. */
export function CreateVolume({
  pools,
  preset,
  from,
  onMade,
  onClose,
}: {
  pools: readonly PoolView[]
  /** Id of the pool to begin with; empty for none. */
  preset: string
  from?: From
  /** In place of going to its page. */
  onMade?: (volume: VolumeAnswer['data']) => void
  onClose: () => void
}) {
  const router = useRouter()
  const state = useNewVolume(pools, preset, from)
  const { draft, set, pool, source, room, needsHost } = state
  const [isTried, setTried] = useState(false)
  const create = useAction<void, VolumeAnswer>({
    run: () => makeVolume(draft.poolId, bodyOf(draft, from)),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: ({ operation }) => (operation?.status === 'succeeded' ? `Made ${draft.name}` : null),
    onSuccess: ({ data }) => {
      onClose()
      if (onMade === undefined) router.push(`/volumes/${data.id}`)
      else onMade(data)
    },
  })
  const found = {
    ...problemsOf(draft, room),
    ...(needsHost && draft.hostId === '' ? { host_id: 'Choose the host that it is to lie on.' } : {}),
  }
  const refused = create.isError ? (problemOf(create.error).fields ?? []) : []
  const problems: Part['problems'] = {
    ...Object.fromEntries(refused.map(({ field, message }) => [field === 'size' ? 'size_bytes' : field, message])),
    ...(isTried ? found : {}),
  }
  const happens = pool && whatHappens(state, from)
  return (
    <FormDialog
      size="md"
      title={titleOf(from)}
      submit={{ label: labelOf(draft), pending: create.isPending }}
      onSubmit={() => {
        setTried(true)
        if (Object.keys(found).length === 0) create.mutate()
      }}
      onClose={onClose}
    >
      <Field label="Name" error={problems.name}>
        {(attributes) => (
          <Input
            {...attributes}
            value={draft.name}
            placeholder="web-1-root"
            onChange={(event) => set({ name: event.target.value })}
          />
        )}
      </Field>
      {pools.length > 1 && <PoolField pools={pools} state={state} problems={problems} />}
      {from === undefined ? (
        <SourceFields draft={draft} pool={pool} source={source} onChange={set} problems={problems} />
      ) : (
        <FixedSource from={from} draft={draft} source={source} onChange={set} />
      )}
      {needsHost && <HostField state={state} problems={problems} />}
      {hasSize(draft) && (
        <SizeField
          value={draft.size}
          onChange={(size) => set({ size })}
          room={room}
          pool={pool}
          error={problems.size_bytes}
          optional={draft.mode !== 'empty'}
          placeholder={draft.mode === 'empty' ? undefined : 'As large as what it comes from'}
        />
      )}
      <LayoutFields state={state} />
      {happens && <Note title="What happens">{happens}</Note>}
      {create.isError && !isSaidAtFields(create.error, fieldsOf(state)) && <ProblemNote error={create.error} />}
    </FormDialog>
  )
}
