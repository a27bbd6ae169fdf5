'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { hostList } from '@/components/data/queries'
import { request, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import type { FormSpec } from '@/components/forms/form-spec'
import { type Targeting, TargetPicker, targetBody, targetRefusal } from '@/components/mounts/forms/target-picker'
import { EngineFields } from '@/components/pools/forms/engine-fields'
import { LimitFields } from '@/components/pools/forms/limit-fields'
import { limitsBody, limitsOf, type Refusals, settingsBody, settingsOf } from '@/components/pools/forms/pool-values'
import { Note, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import type { PoolView } from '@/lib/pools/schema'

/** Hosts that the change takes the pool away from. */
function losing(pool: PoolView, { targets, hostIds }: Targeting): string[] {
  if (targets !== 'hosts') return []
  return pool.hosts
    .filter(({ host_id, phase }) => phase !== 'CLOSING' && !hostIds.includes(host_id))
    .map(({ host_name }) => host_name)
}

/** Name, hosts and limits of a pool. Its backend and its place are what they are: others are another pool. */
export function EditPool({ pool, form, onClose }: { pool: PoolView; form?: FormSpec; onClose: () => void }) {
  const { data: hosts } = useQuery(hostList())
  const [name, setName] = useState(pool.name)
  const [limits, setLimits] = useState(() => limitsOf(pool))
  const [settings, setSettings] = useState(() => (form ? settingsOf(form, pool.settings) : {}))
  const [targeting, setTargeting] = useState<Targeting>({
    targets: pool.targets,
    labels: pool.target_labels,
    hostIds: pool.hosts.filter(({ phase }) => phase !== 'CLOSING').map(({ host_id }) => host_id),
  })
  const save = useAction<void, unknown>({
    run: () =>
      request(`/api/v1/storage/pools/${pool.id}`, {
        method: 'PATCH',
        headers: WATCHED,
        body: {
          ...(name === pool.name ? {} : { name }),
          ...targetBody(targeting),
          ...limitsBody(limits),
          ...(form && Object.keys(form.fields).length > 0
            ? { settings: { ...pool.settings, ...settingsBody(form, settings) } }
            : {}),
        },
      }),
    topics: ['pool', 'mount', 'operation'],
    quiet: true,
    done: () => `Changed ${name}`,
    onSuccess: onClose,
  })
  const fields = save.isError ? (problemOf(save.error).fields ?? []) : []
  const refusals: Refusals = Object.fromEntries(fields.map(({ field, message }) => [field, message]))
  const lost = losing(pool, targeting)
  return (
    <FormDialog
      size="md"
      title={`Edit ${pool.name}`}
      submit={{
        label: lost.length === 0 ? 'Save' : `Save and close on ${lost.length === 1 ? lost[0] : `${lost.length} hosts`}`,
        pending: save.isPending,
      }}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Field label="Name" error={refusals.name}>
        {(attributes) => <Input {...attributes} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      {hosts ? (
        <TargetPicker
          hosts={hosts.data}
          value={targeting}
          onChange={setTargeting}
          error={save.isError ? targetRefusal(save.error) : undefined}
        />
      ) : (
        <Skeleton className="h-24 w-full" />
      )}
      {lost.length > 0 && (
        <Note kind="warning">
          {lost.join(', ')} {lost.length === 1 ? 'lets' : 'let'} go of the pool. While a volume is in use there, the
          host refuses.
        </Note>
      )}
      {form && <EngineFields form={form} values={settings} onChange={setSettings} refusals={refusals} isMade />}
      <LimitFields values={limits} onChange={setLimits} refusals={refusals} />
      {save.isError && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}
