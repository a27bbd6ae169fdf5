'use client'

import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { DaysField, TimeZoneField } from '@/components/forms/week-fields'
import { bodyOf, firstValues, type MaintenanceValues, valuesOf } from '@/components/maintenance/maintenance-words'
import { SubjectsField } from '@/components/maintenance/subjects-field'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { MaintenanceTiming, MaintenanceView } from '@/lib/maintenance/schema'

const REPEATS: readonly { value: MaintenanceTiming['repeat']; label: string }[] = [
  { value: 'once', label: 'Once' },
  { value: 'weekly', label: 'Every week' },
]
/** Fields that have a place in the form; what is refused elsewhere stands below all. */
const PLACES = /^(?:reason|subjects(?:\.\d+(?:\.id)?)?|timing\.(?:from|until|on|at|minutes|time_zone))$/

type Change = (given: Partial<MaintenanceValues>) => void
type Refusals = Readonly<Record<string, string | undefined>>

function TimeFields({ values, change, refusals }: { values: MaintenanceValues; change: Change; refusals: Refusals }) {
  const input = (field: 'from' | 'until' | 'at' | 'minutes', label: string, type: string) => (
    <Field label={label} error={refusals[`timing.${field}`]}>
      {(attributes) => (
        <Input
          {...attributes}
          type={type}
          value={values[field]}
          onChange={(event) => change({ [field]: event.target.value })}
        />
      )}
    </Field>
  )
  if (values.repeat === 'once')
    return (
      <div className="grid gap-4 sm:grid-cols-2">
        {input('from', 'From', 'datetime-local')}
        {input('until', 'Until', 'datetime-local')}
      </div>
    )
  return (
    <>
      <DaysField value={values.on} onChange={(on) => change({ on })} error={refusals['timing.on']} />
      <div className="grid gap-4 sm:grid-cols-2">
        {input('at', 'At', 'time')}
        {input('minutes', 'Minutes', 'number')}
      </div>
      <TimeZoneField
        value={values.timeZone}
        onChange={(timeZone) => change({ timeZone })}
        error={refusals['timing.time_zone']}
      />
    </>
  )
}

/** Plans maintenance, or changes what is planned. */
export function PlanMaintenance({
  window,
  subjects = [],
  onClose,
}: {
  /** One that is there. */
  window?: MaintenanceView
  /** What a new one begins with. */
  subjects?: MaintenanceView['subjects']
  onClose: () => void
}) {
  const [values, setValues] = useState(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    return window ? valuesOf(window, new Date(), zone) : firstValues(subjects, new Date(), zone)
  })
  const change: Change = (given) => setValues((before) => ({ ...before, ...given }))
  const save = useAction<void, unknown>({
    run: () =>
      request(window ? `/api/v1/maintenance-windows/${window.id}` : '/api/v1/maintenance-windows', {
        method: window ? 'PATCH' : 'POST',
        body: bodyOf(values),
      }),
    topics: ['attention', 'alert'],
    quiet: true,
    done: () => (window ? 'Maintenance changed' : 'Maintenance planned'),
    onSuccess: onClose,
  })
  const fields = save.isError ? (problemOf(save.error).fields ?? []) : []
  const refusals: Refusals = Object.fromEntries(fields.map(({ field, message }) => [field, message]))
  const isInPlace = fields.length > 0 && fields.every(({ field }) => PLACES.test(field))
  const wrongSubject = fields.find(({ field }) => field.startsWith('subjects'))?.message
  return (
    <FormDialog
      size="md"
      title={window ? 'Change maintenance' : 'Plan maintenance'}
      description="What is wrong there meanwhile needs nobody: it is not counted, and nobody is told. What is still wrong afterwards is told then."
      submit={{ label: window ? 'Save' : 'Plan', pending: save.isPending }}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Field label="Reason" error={refusals.reason} help="Everybody can read it.">
        {(attributes) => (
          <Input
            {...attributes}
            value={values.reason}
            maxLength={200}
            onChange={(event) => change({ reason: event.target.value })}
          />
        )}
      </Field>
      <SubjectsField value={values.subjects} onChange={(next) => change({ subjects: next })} error={wrongSubject} />
      <Field label="When">
        {(attributes) => (
          <Select
            {...attributes}
            value={values.repeat}
            onChange={(repeat) => change({ repeat: repeat as MaintenanceTiming['repeat'] })}
            choices={REPEATS}
          />
        )}
      </Field>
      <TimeFields values={values} change={change} refusals={refusals} />
      {save.isError && !isInPlace && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}
