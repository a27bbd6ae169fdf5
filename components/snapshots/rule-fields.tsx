import { DaysField, TimeZoneField } from '@/components/forms/week-fields'
import type { Repeat, ScheduleValues } from '@/components/snapshots/schedule-values'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'

const REPEATS: readonly { value: Repeat; label: string }[] = [
  { value: 'minutes', label: 'Every few minutes' },
  { value: 'hours', label: 'Every few hours' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'On days of the week' },
  { value: 'cron', label: 'As a cron line says' },
]

export interface FieldsProps {
  values: ScheduleValues
  onChange: (change: Partial<ScheduleValues>) => void
  /** What the API refused, by field. */
  refusals: Readonly<Record<string, string | undefined>>
}

/** How often, in the words of people. */
export function RuleFields({ values, onChange, refusals }: FieldsProps) {
  const { repeat } = values
  const isCounted = repeat === 'minutes' || repeat === 'hours'
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Take one" error={refusals.rule}>
          {(attributes) => (
            <Select
              {...attributes}
              value={repeat}
              onChange={(value) => onChange({ repeat: value as Repeat })}
              choices={REPEATS}
            />
          )}
        </Field>
        {isCounted && (
          <Field label={repeat === 'minutes' ? 'Minutes' : 'Hours'} error={refusals['rule.every']}>
            {(attributes) => (
              <Input
                {...attributes}
                inputMode="numeric"
                value={values.every}
                onChange={(event) => onChange({ every: event.target.value })}
              />
            )}
          </Field>
        )}
        {(repeat === 'daily' || repeat === 'weekly') && (
          <Field label="At" error={refusals['rule.at']}>
            {(attributes) => (
              <Input
                {...attributes}
                type="time"
                value={values.at}
                onChange={(event) => onChange({ at: event.target.value })}
              />
            )}
          </Field>
        )}
        {repeat === 'cron' && (
          <Field
            label="Cron line"
            help="Minute, hour, day of the month, month, day of the week."
            error={refusals['rule.line']}
          >
            {(attributes) => (
              <Input
                {...attributes}
                className="font-mono text-13"
                value={values.line}
                onChange={(event) => onChange({ line: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
      {repeat === 'weekly' && (
        <DaysField value={values.on} onChange={(on) => onChange({ on })} error={refusals['rule.on']} />
      )}
      {!isCounted && (
        <TimeZoneField
          value={values.timeZone}
          onChange={(timeZone) => onChange({ timeZone })}
          error={refusals.time_zone}
        />
      )}
    </>
  )
}
