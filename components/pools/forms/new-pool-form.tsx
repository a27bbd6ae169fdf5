'use client'

import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { Suspense } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { useFirstField } from '@/components/forms/first-field'
import { Fold } from '@/components/forms/fold'
import { ChosenHosts } from '@/components/mounts/forms/chosen-hosts'
import { EngineFields } from '@/components/pools/forms/engine-fields'
import { LimitFields } from '@/components/pools/forms/limit-fields'
import { PoolCommands } from '@/components/pools/forms/pool-commands'
import type { EngineForms, PoolKind } from '@/components/pools/forms/pool-kinds'
import { type NewPoolState, poolPlaceOf, useNewPool } from '@/components/pools/forms/use-new-pool'
import { sharingWords } from '@/components/pools/pool-words'
import { Button } from '@/components/ui/button'
import { Note, Panel, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { BackendView } from '@/lib/backends/schema'

/** Fetched with the first review. */
const ReviewNewPool = dynamic(
  () => import('@/components/pools/forms/review-new-pool').then((module) => module.ReviewNewPool),
  { ssr: false },
)

interface Part {
  state: NewPoolState
}

function BackendField({
  state,
  backends,
  kinds,
}: Part & { backends: readonly BackendView[]; kinds: readonly PoolKind[] }) {
  const { kind } = state
  return (
    <Field
      label="Backend"
      error={state.refusals.backend_id ?? kind?.refusal ?? undefined}
      help={kind && !kind.refusal ? `${kind.title}. ${sharingWords(kind.sharing)}.` : undefined}
    >
      {(attributes) => (
        <Select
          {...attributes}
          value={state.values.backendId}
          placeholder="Choose a backend"
          onChange={state.chooseBackend}
          choices={backends.map((entry) => ({
            value: entry.id,
            label: entry.name,
            detail: kinds.find(({ backendId }) => backendId === entry.id)?.refusal ?? entry.source,
            icon: <TypeIcon type={entry.driver} />,
          }))}
        />
      )}
    </Field>
  )
}

function PlaceFields({ state }: Part) {
  const { values, change, refusals, kind } = state
  return (
    <>
      <Field
        label="Name"
        help="Lower-case letters, digits and dashes. Of a file storage the mount is called after it."
        error={refusals.name}
      >
        {(attributes) => (
          <Input
            {...attributes}
            value={values.name}
            placeholder="vms"
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Field>
      {kind?.isMounted && (
        <Field
          label="Mount point"
          help="The pool has a mount of its own there, which comes and goes with it."
          error={refusals.mount_path}
        >
          {(attributes) => (
            <Input
              {...attributes}
              value={values.place}
              placeholder={poolPlaceOf(values.name || 'vms')}
              className="font-mono text-13"
              onChange={(event) => change({ place: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  )
}

function Hosts({ state: { targeting, kind } }: Part) {
  return (
    <div className="space-y-3">
      {kind?.sharing === 'one_host' && (
        <Note>This storage may be open on one host at a time: choose the one that is to use its volumes.</Note>
      )}
      {kind?.sharing === 'own' && (
        <Note>Each host keeps its own volumes, on its own disk: a volume stays on the host where it is made.</Note>
      )}
      <ChosenHosts targeting={targeting} />
    </div>
  )
}

/** On which storage and hosts, how it is kept, and what it may hold; beside it what will run. */
export function NewPoolForm({
  backends,
  kinds,
  forms,
  preset,
}: {
  backends: readonly BackendView[]
  kinds: readonly PoolKind[]
  forms: EngineForms
  /** The id of a backend to begin with. */
  preset: string
}) {
  const router = useRouter()
  const state = useNewPool({ backends, kinds, forms, preset })
  const { values, change, form, refusals } = state
  const first = useFirstField()
  const settingCount = 3 + Object.keys(form?.fields ?? {}).length
  const isWrong = Object.entries(refusals).some(
    ([field, words]) => words !== undefined && !['name', 'backend_id', 'mount_path'].includes(field),
  )
  return (
    <form
      noValidate
      ref={first}
      onSubmit={(event) => {
        event.preventDefault()
        state.review()
      }}
      className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(340px,420px)]"
    >
      <div className="min-w-0 space-y-5">
        <Panel title="Where">
          <div className="space-y-5">
            <BackendField state={state} backends={backends} kinds={kinds} />
            <PlaceFields state={state} />
          </div>
        </Panel>
        <Panel title="Hosts">
          <Hosts state={state} />
        </Panel>
        <Fold title="Settings and limits" count={settingCount} forced={isWrong} attempts={0}>
          {form && (
            <EngineFields
              form={form}
              values={values.settings}
              onChange={(settings) => change({ settings })}
              refusals={refusals}
            />
          )}
          <LimitFields values={values.limits} onChange={(limits) => change({ limits })} refusals={refusals} />
        </Fold>
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" variant="primary" size="lg">
            Review
          </Button>
          <Button variant="ghost" size="lg" onClick={() => router.push('/pools')}>
            Cancel
          </Button>
        </div>
      </div>
      <Panel title="What will run, exactly" className="lg:sticky lg:top-16">
        <Suspense fallback={<Skeleton className="h-16 w-full" />}>
          <PoolCommands state={state} />
        </Suspense>
      </Panel>
      {state.isReviewing && <ReviewNewPool state={state} />}
    </form>
  )
}
