import { DAY_WORDS } from '@/components/snapshots/schedule-words'
import { Checkbox } from '@/components/ui/checkbox'
import { Field } from '@/components/ui/field'
import { Suggest } from '@/components/ui/suggest'
import { DAYS } from '@/lib/snapshots/days'

export type Day = (typeof DAYS)[number]

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')].map((value) => ({ value }))

/** Days of the week, in their order. */
export function DaysField({
  value,
  onChange,
  error,
}: {
  value: readonly string[]
  onChange: (days: Day[]) => void
  error?: string | undefined
}) {
  return (
    <fieldset className="space-y-1.5">
      <legend className="text-13 font-medium">Days</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-2 text-13">
        {DAYS.map((day) => (
          <span key={day} className="inline-flex items-center gap-2">
            <Checkbox
              label={DAY_WORDS[day] ?? day}
              checked={value.includes(day)}
              onChange={(isOn) => onChange(DAYS.filter((one) => (one === day ? isOn : value.includes(one))))}
            />
            <span aria-hidden>{DAY_WORDS[day]}</span>
          </span>
        ))}
      </div>
      {error && <p className="text-13 text-critical">{error}</p>}
    </fieldset>
  )
}

export function TimeZoneField({
  value,
  onChange,
  error,
}: {
  value: string
  onChange: (zone: string) => void
  error?: string | undefined
}) {
  return (
    <Field label="Time zone" error={error}>
      {(attributes) => <Suggest {...attributes} value={value} onChange={onChange} suggestions={ZONES} />}
    </Field>
  )
}
