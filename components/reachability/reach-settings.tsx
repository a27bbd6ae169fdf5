'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isSaidAtFields, ProblemNote, problemOf } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { reachSettings } from '@/components/reachability/reach-queries'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { ReachSettings } from '@/lib/reachability/schema'

const NIGHTLY = [
  { value: 'all', label: 'Every storage from every host' },
  { value: 'used', label: 'What is mounted or connected' },
  { value: 'off', label: 'Nothing' },
]
const FIELDS = ['nightly', 'at', 'time_zone', 'hosts_at_once'] as const

function Form({ settings, onClose }: { settings: ReachSettings; onClose: () => void }) {
  const [values, setValues] = useState({ ...settings, hosts_at_once: String(settings.hosts_at_once) })
  const set = (field: (typeof FIELDS)[number]) => (value: string) =>
    setValues((before) => ({ ...before, [field]: value }))
  const save = useAction<void, unknown>({
    run: () =>
      request('/api/v1/monitoring/reachability/settings', {
        method: 'PATCH',
        body: { ...values, hosts_at_once: Number(values.hosts_at_once) },
      }),
    topics: ['setting'],
    quiet: true,
    done: () => 'Nightly checks changed',
    onSuccess: onClose,
  })
  const refusals = Object.fromEntries(
    (save.isError ? (problemOf(save.error).fields ?? []) : []).map(({ field, message }) => [field, message]),
  )
  return (
    <FormDialog
      title="Nightly checks"
      description="A check goes from the host to the storage layer by layer, and writes nothing to it."
      submit={{ label: 'Save', pending: save.isPending }}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Field label="Check every night" error={refusals.nightly}>
        {(control) => <Select {...control} value={values.nightly} onChange={set('nightly')} choices={NIGHTLY} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="From" error={refusals.at}>
          {(control) => (
            <Input {...control} type="time" value={values.at} onChange={(event) => set('at')(event.target.value)} />
          )}
        </Field>
        <Field label="Time zone" error={refusals.time_zone}>
          {(control) => (
            <Input {...control} value={values.time_zone} onChange={(event) => set('time_zone')(event.target.value)} />
          )}
        </Field>
      </div>
      <Field
        label="Hosts at one server at the same time"
        help="The others wait for their turn, at night and by day."
        error={refusals.hosts_at_once}
      >
        {(control) => (
          <Input
            {...control}
            type="number"
            min={1}
            max={64}
            className="tabular"
            value={values.hosts_at_once}
            onChange={(event) => set('hosts_at_once')(event.target.value)}
          />
        )}
      </Field>
      {save.isError && !isSaidAtFields(save.error, FIELDS) && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}

/** What is checked every night, when, and how gently. */
export function ReachSettingsDialog({ onClose }: { onClose: () => void }) {
  const { data } = useQuery(reachSettings())
  return data ? <Form settings={data} onClose={onClose} /> : null
}
