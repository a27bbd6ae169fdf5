import type { FieldsProps } from '@/components/snapshots/rule-fields'
import { Field, Input } from '@/components/ui/field'

const KEPT = [
  { key: 'last', label: 'Last' },
  { key: 'daily', label: 'Daily' },
  { key: 'weekly', label: 'Weekly' },
  { key: 'monthly', label: 'Monthly' },
] as const

/** Which of those that it takes stay. */
export function KeepFields({ values, onChange, refusals }: FieldsProps) {
  return (
    <fieldset className="space-y-2">
      <legend className="text-13 font-medium">Keep</legend>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        {KEPT.map(({ key, label }) => (
          <Field key={key} label={label} error={refusals[`keep.${key}`]}>
            {(attributes) => (
              <Input
                {...attributes}
                inputMode="numeric"
                value={values[key]}
                onChange={(event) => onChange({ [key]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <p className="text-12 text-muted">
        So many of the last ones, and the newest of each of so many days, weeks and months. Others that this schedule
        took are deleted. What people took is not, nor what something was cloned from.
      </p>
    </fieldset>
  )
}
