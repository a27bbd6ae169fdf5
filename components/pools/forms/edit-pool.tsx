'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isSaidAtFields, ProblemNote, problemOf } from '@/components/data/problem-note'
import { hostList } from '@/components/data/queries'
import { request, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import type { FormSpec } from '@/components/forms/form-spec'
import { type Targeting, TargetPicker, targetedHosts, targetRefusal } from '@/components/mounts/forms/target-picker'
import { ProgressDialog } from '@/components/plans/progress-dialog'
import { editBody, editLines, targetingOf } from '@/components/pools/forms/edit-body'
import { effectOf, isQuiet } from '@/components/pools/forms/edit-effect'
import { EngineFields } from '@/components/pools/forms/engine-fields'
import { LimitFields } from '@/components/pools/forms/limit-fields'
import { limitsOf, type Refusals, settingsBody, settingsOf } from '@/components/pools/forms/pool-values'
import { ReviewEdit } from '@/components/pools/forms/review-edit'
import { Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { isSame } from '@/lib/plans/field-changes'
import type { PoolView } from '@/lib/pools/schema'

/** Fields that say themselves what is wrong with them. */
const SAID = ['name', 'overcommit_limit', 'max_volume_bytes', 'trash_days']

/** Name, hosts and limits of a pool. Its backend and its place are what they are: others are another pool. */
export function EditPool({ pool, form, onClose }: { pool: PoolView; form?: FormSpec; onClose: () => void }) {
  const { data: hosts } = useQuery(hostList())
  // As it was when the dialog opened: what others change meanwhile is not changed back.
  const [begun] = useState(pool)
  const [name, setName] = useState(pool.name)
  const [limits, setLimits] = useState(() => limitsOf(pool))
  const [settings, setSettings] = useState(() => (form ? settingsOf(form, pool.settings) : {}))
  const [targeting, setTargeting] = useState<Targeting>(() => targetingOf(pool))
  const [isReviewing, setReviewing] = useState(false)
  const [operation, setOperation] = useState<string | null>(null)
  const edited = { name, limits, targeting, settings }
  const save = useAction<void, { operation: { id: string } | null }>({
    run: () =>
      request(`/api/v1/storage/pools/${pool.id}`, {
        method: 'PATCH',
        headers: WATCHED,
        body: editBody(begun, edited, form),
      }),
    topics: ['pool', 'mount', 'operation'],
    quiet: true,
    done: ({ operation: started }) => (started === null ? `Changed ${name}` : null),
    onSuccess: ({ operation: started }) => (started === null ? onClose() : setOperation(started.id)),
  })
  const fields = save.isError ? (problemOf(save.error).fields ?? []) : []
  const refusals: Refusals = Object.fromEntries(fields.map(({ field, message }) => [field, message]))
  const isSet =
    form !== undefined && !isSame(settingsBody(form, settings), settingsBody(form, settingsOf(form, pool.settings)))
  const effect = effectOf(pool, targetedHosts(targeting, hosts?.data ?? []), isSet)
  if (operation !== null)
    return <ProgressDialog title={`Edit ${name}`} ids={[operation]} doing="Changing" onClose={onClose} />
  if (isReviewing)
    return (
      <ReviewEdit
        name={pool.name}
        lines={editLines(begun, edited, form)}
        effect={effect}
        pending={save.isPending}
        error={save.isError ? save.error : null}
        onApply={() => save.mutate()}
        onBack={() => setReviewing(false)}
      />
    )
  return (
    <FormDialog
      size="md"
      title={`Edit ${pool.name}`}
      submit={{
        label: isQuiet(effect) ? 'Save' : 'Review',
        pending: save.isPending,
      }}
      onSubmit={() => {
        if (!hosts) return
        if (isQuiet(effect)) save.mutate()
        else setReviewing(true)
      }}
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
      {form && <EngineFields form={form} values={settings} onChange={setSettings} refusals={refusals} isMade />}
      <LimitFields values={limits} onChange={setLimits} refusals={refusals} />
      {save.isError && !isSaidAtFields(save.error, SAID) && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}
