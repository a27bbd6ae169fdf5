'use client'

import { useQuery } from '@tanstack/react-query'
import { useRouter, useSearchParams } from 'next/navigation'
import { useEffect, useState } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { isSaidAtFields, ProblemNote } from '@/components/data/problem-note'
import { isRunning, operationOne } from '@/components/data/queries'
import { useFirstField } from '@/components/forms/first-field'
import { TestResult } from '@/components/forms/test-result'
import { ChosenHosts } from '@/components/mounts/forms/chosen-hosts'
import {
  DRAWN_FIELDS,
  type NewRepositoryState,
  repositoryPlaceOf,
  useNewRepository,
} from '@/components/repositories/forms/use-new-repository'
import { Button, ButtonLink } from '@/components/ui/button'
import { EmptyState, Note, Panel } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { BackendView } from '@/lib/backends/schema'

export function NewRepository({ backends }: { backends: readonly BackendView[] }) {
  const preset = useSearchParams().get('backend') ?? ''
  if (backends.length === 0) {
    return (
      <EmptyState
        title="First define the storage"
        action={
          <ButtonLink href="/backends/new" variant="primary">
            New backend
          </ButtonLink>
        }
      >
        A repository keeps backups on a backend. There is none yet that can: a directory, an NFS export, an SMB share or
        a bucket.
      </EmptyState>
    )
  }
  return <NewRepositoryForm backends={backends} preset={preset} />
}

function Where({ state, backends }: { state: NewRepositoryState; backends: readonly BackendView[] }) {
  const { values, change, refusals, backend } = state
  return (
    <div className="space-y-5">
      <Field label="Backend" error={refusals.backend_id} help={backend?.source}>
        {(attributes) => (
          <Select
            {...attributes}
            value={values.backendId}
            placeholder="Choose a backend"
            onChange={state.chooseBackend}
            choices={backends.map((entry) => ({
              value: entry.id,
              label: entry.name,
              detail: entry.source,
              icon: <TypeIcon type={entry.driver} />,
            }))}
          />
        )}
      </Field>
      <Field
        label="Name"
        help="Lower-case letters, digits and dashes. Of a file storage the mount is called after it."
        error={refusals.name}
      >
        {(attributes) => (
          <Input
            {...attributes}
            value={values.name}
            placeholder="nightly"
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Field>
      {state.isMounted && (
        <Field
          label="Mount point"
          optional
          help="The repository has a mount of its own there, which comes and goes with it."
          error={refusals.mount_path}
        >
          {(attributes) => (
            <Input
              {...attributes}
              value={values.place}
              placeholder={repositoryPlaceOf(values.name || 'nightly')}
              className="font-mono text-13"
              onChange={(event) => change({ place: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  )
}

function Limits({ state: { values, change, refusals } }: { state: NewRepositoryState }) {
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <Field label="No new backups from" help="Percent in use." error={refusals.disable_at_percent}>
        {(attributes) => (
          <Input
            {...attributes}
            inputMode="numeric"
            value={values.disableAt}
            onChange={(event) => change({ disableAt: event.target.value })}
          />
        )}
      </Field>
      <Field label="Again below" help="Percent in use." error={refusals.enable_below_percent}>
        {(attributes) => (
          <Input
            {...attributes}
            inputMode="numeric"
            value={values.enableBelow}
            onChange={(event) => change({ enableBelow: event.target.value })}
          />
        )}
      </Field>
    </div>
  )
}

/** The test as it runs; what it was for goes on when it has passed. */
function LiveTest({ operationId, onPassed, onEnd }: { operationId: string; onPassed: () => void; onEnd: () => void }) {
  const { data: operation } = useQuery(operationOne(operationId))
  const isOver = operation !== undefined && !isRunning(operation)
  const hasPassed = operation?.status === 'succeeded'
  useEffect(() => {
    if (!isOver) return
    onEnd()
    if (hasPassed) onPassed()
  }, [isOver, hasPassed, onEnd, onPassed])
  return <TestResult operationId={operationId} />
}

function NewRepositoryForm({ backends, preset }: { backends: readonly BackendView[]; preset: string }) {
  const router = useRouter()
  const state = useNewRepository(backends, preset, (id) => router.push(`/repositories/${id}`))
  const first = useFirstField()
  const [isTold, setTold] = useState('')
  const { test, error } = state
  const once = (id: string, act: () => void) => {
    if (isTold === id) return
    setTold(id)
    act()
  }
  return (
    <form
      noValidate
      ref={first}
      onSubmit={(event) => {
        event.preventDefault()
        state.submit()
      }}
      className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(340px,420px)]"
    >
      <div className="min-w-0 space-y-5">
        <Panel title="Where">
          <Where state={state} backends={backends} />
        </Panel>
        <Panel title="Hosts">
          <ChosenHosts targeting={state.targeting} />
        </Panel>
        <Panel title="When it fills up">
          <Limits state={state} />
        </Panel>
        {error !== null && !isSaidAtFields(error, DRAWN_FIELDS) && <ProblemNote error={error} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" variant="primary" size="lg" pending={state.isBusy}>
            Test and create
          </Button>
          <Button variant="ghost" size="lg" onClick={() => router.push('/repositories')}>
            Cancel
          </Button>
        </div>
      </div>
      <Panel title="Test" flush className="lg:sticky lg:top-16">
        {test === '' ? (
          <div className="p-4">
            <Note>
              Before anything is saved, a host mounts the storage, writes a file, reads it back, measures the storage
              and unmounts it.
            </Note>
          </div>
        ) : (
          <LiveTest
            key={test}
            operationId={test}
            onEnd={state.endTest}
            onPassed={() => once(test, () => state.save(test))}
          />
        )}
      </Panel>
    </form>
  )
}
