import { type Control, Controller, useWatch } from 'react-hook-form'
import type { NotifierValues } from '@/components/notifiers/notifier-values'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { SwitchRow } from '@/components/ui/switch-row'
import { MOST_PER_HOUR } from '@/lib/notifiers/most-per-hour'

const DELAYS = [0, 5, 15, 30, 60, 240]
const REMINDERS = [1, 4, 12, 24, 72]
const NEVER = 'never'

function delayWords(minutes: number): string {
  if (minutes === 0) return 'At once'
  return minutes % 60 === 0
    ? `When nobody has acknowledged it for ${minutes / 60} h`
    : `When nobody has acknowledged it for ${minutes} min`
}

/** What was set by the API stays a choice. */
function withCurrent(values: readonly number[], current: number | null): number[] {
  return current === null || values.includes(current) ? [...values] : [...values, current].sort((a, b) => a - b)
}

/** When a notifier tells of an alert, and how often. */
export function TimingFields({ control, isLimited }: { control: Control<NotifierValues>; isLimited: boolean }) {
  return (
    <>
      <Controller
        control={control}
        name="after_minutes"
        render={({ field }) => (
          <Field label="Is told" help="Those who come second are told only what the first have not acknowledged.">
            {(attributes) => (
              <Select
                {...attributes}
                value={String(field.value)}
                onChange={(value) => field.onChange(Number(value))}
                choices={withCurrent(DELAYS, field.value).map((minutes) => ({
                  value: String(minutes),
                  label: delayWords(minutes),
                }))}
              />
            )}
          </Field>
        )}
      />
      <Controller
        control={control}
        name="remind_hours"
        render={({ field }) => (
          <Field label="Reminds" help="While it is there and nobody has acknowledged it.">
            {(attributes) => (
              <Select
                {...attributes}
                value={field.value === null ? NEVER : String(field.value)}
                onChange={(value) => field.onChange(value === NEVER ? null : Number(value))}
                choices={[
                  { value: NEVER, label: 'Never' },
                  ...withCurrent(REMINDERS, field.value).map((hours) => ({
                    value: String(hours),
                    label: hours === 1 ? 'Every hour' : `Every ${hours} hours`,
                  })),
                ]}
              />
            )}
          </Field>
        )}
      />
      {isLimited && (
        <Controller
          control={control}
          name="most_per_hour"
          render={({ field, fieldState }) => (
            <Field
              label="Messages in an hour, at most"
              help="More than three at once are one message. What goes over this number waits and goes together."
              error={fieldState.error?.message}
            >
              {(attributes) => (
                <Input
                  {...attributes}
                  {...field}
                  value={Number.isNaN(field.value) ? '' : field.value}
                  onChange={(event) => field.onChange(event.target.valueAsNumber)}
                  type="number"
                  inputMode="numeric"
                  min={1}
                  max={MOST_PER_HOUR.most}
                  className="tabular"
                />
              )}
            </Field>
          )}
        />
      )}
      <QuietFields control={control} />
    </>
  )
}

function QuietFields({ control }: { control: Control<NotifierValues> }) {
  const isOn = useWatch({ control, name: 'quiet.isOn' })
  const input = (name: 'from' | 'to' | 'time_zone', label: string, type: 'time' | 'text') => (
    <Controller
      control={control}
      name={`quiet.${name}`}
      render={({ field, fieldState }) => (
        <Field label={label} error={fieldState.error?.message}>
          {(attributes) => <Input {...attributes} {...field} type={type} />}
        </Field>
      )}
    />
  )
  return (
    <>
      <Controller
        control={control}
        name="quiet.isOn"
        render={({ field }) => (
          <SwitchRow
            label="Quiet hours"
            help="Messages wait for their end. What is over by then is not told."
            checked={field.value}
            onChange={field.onChange}
          />
        )}
      />
      {isOn && (
        <>
          <div className="grid gap-4 sm:grid-cols-3">
            {input('from', 'From', 'time')}
            {input('to', 'To', 'time')}
            {input('time_zone', 'Time zone', 'text')}
          </div>
          <Controller
            control={control}
            name="quiet.critical_passes"
            render={({ field }) => (
              <SwitchRow
                label="Critical alerts are sent all the same"
                checked={field.value}
                onChange={field.onChange}
              />
            )}
          />
        </>
      )}
    </>
  )
}
