import type { Repeat, ScheduleValues } from '@/components/snapshots/schedule-values'
import { DAY_WORDS } from '@/components/snapshots/schedule-words'
import { Checkbox } from '@/components/ui/checkbox'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { Suggest } from '@/components/ui/suggest'
import { DAYS } from '@/lib/snapshots/schema'

const REPEATS: readonly { value: Repeat; label: string }[] = [
  { value: 'minutes', label: 'Every few minutes' },
  { value: 'hours', label: 'Every few hours' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'On days of the week' },
  { value: 'cron', label: 'As a cron line says' },
]

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')].map((value) => ({ value }))

export interface FieldsProps {
  values: ScheduleValues
  onChange: (change: Partial<ScheduleValues>) => void
  /** What the API refused, by field. */
  refusals: Readonly<Record<string, string | undefined>>
}

function Days({ values, onChange, refusals }: FieldsProps) {
  const error = refusals['rule.on']
  return (
    <fieldset className="space-y-1.5">
      <legend className="text-13 font-medium">Days</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-2 text-13">
        {DAYS.map((day) => (
          <span key={day} className="inline-flex items-center gap-2">
            <Checkbox
              label={DAY_WORDS[day] ?? day}
              checked={values.on.includes(day)}
              onChange={(isOn) =>
                onChange({ on: DAYS.filter((one) => (one === day ? isOn : values.on.includes(one))) })
              }
            />
            <span aria-hidden>{DAY_WORDS[day]}</span>
          </span>
        ))}
      </div>
      {error && <p className="text-13 text-critical">{error}</p>}
    </fieldset>
  )
}

/** How often, in the words of people. */
export function RuleFields(props: FieldsProps) {
  const { values, onChange, refusals } = props
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
      {repeat === 'weekly' && <Days {...props} />}
      {!isCounted && (
        <Field label="Time zone" error={refusals.time_zone}>
          {(attributes) => (
            <Suggest
              {...attributes}
              value={values.timeZone}
              onChange={(timeZone) => onChange({ timeZone })}
              suggestions={ZONES}
            />
          )}
        </Field>
      )}
    </>
  )
}
