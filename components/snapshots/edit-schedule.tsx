'use client'

import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { KeepFields } from '@/components/snapshots/keep-fields'
import { NextRuns } from '@/components/snapshots/next-runs'
import { RuleFields } from '@/components/snapshots/rule-fields'
import { firstValues, type ScheduleValues, scheduleBody, valuesOf } from '@/components/snapshots/schedule-values'
import { Field, Input } from '@/components/ui/field'
import { SwitchRow } from '@/components/ui/switch-row'
import type { ScheduleView } from '@/lib/snapshots/schema'

/** Fields that have a place in the form; what is refused elsewhere stands below all. */
const PLACES = /^(?:rule(?:\.(?:every|at|on|line))?|time_zone|keep\.(?:last|daily|weekly|monthly)|prefix)$/

/** Of a volume, or of all volumes of a pool; `path` is where it is set. */
export function EditSchedule({
  title,
  description,
  path,
  schedule,
  topics,
  onClose,
}: {
  title: string
  description: string
  path: string
  /** As it is now, or one to begin with. */
  schedule: ScheduleView | null
  topics: readonly string[]
  onClose: () => void
}) {
  const [values, setValues] = useState(() =>
    schedule ? valuesOf(schedule) : firstValues(Intl.DateTimeFormat().resolvedOptions().timeZone),
  )
  const save = useAction<void, unknown>({
    run: () => request(path, { method: 'PUT', body: scheduleBody(values) }),
    topics,
    quiet: true,
    done: () => 'The schedule is set',
    onSuccess: onClose,
  })
  const fields = save.isError ? (problemOf(save.error).fields ?? []) : []
  const refusals = Object.fromEntries(fields.map(({ field, message }) => [field, message]))
  const isInPlace = fields.length > 0 && fields.every(({ field }) => PLACES.test(field))
  const change = (given: Partial<ScheduleValues>) => setValues((before) => ({ ...before, ...given }))
  const shared = { values, onChange: change, refusals }
  return (
    <FormDialog
      size="md"
      title={title}
      description={description}
      submit={{ label: 'Save', pending: save.isPending }}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <RuleFields {...shared} />
      <NextRuns values={values} />
      <KeepFields {...shared} />
      <Field label="Names begin with" error={refusals.prefix}>
        {(attributes) => (
          <Input {...attributes} value={values.prefix} onChange={(event) => change({ prefix: event.target.value })} />
        )}
      </Field>
      <SwitchRow
        label="On"
        help="While it is off, none are taken and none deleted."
        checked={values.isOn}
        onChange={(isOn) => change({ isOn })}
      />
      {save.isError && !isInPlace && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}
