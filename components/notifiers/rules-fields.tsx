import { type Control, Controller } from 'react-hook-form'
import { KIND_WORDS } from '@/components/alerts/alert-words'
import type { NotifierValues } from '@/components/notifiers/notifier-values'
import { REACH_WORDS } from '@/components/notifiers/notifier-words'
import { Checkbox } from '@/components/ui/checkbox'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { CauseKind, Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'

/** From which severity on a notifier tells of alerts. */
export function SeverityField({ control }: { control: Control<NotifierValues> }) {
  return (
    <Controller
      control={control}
      name="min_severity"
      render={({ field }) => (
        <Field label="Tells of">
          {(attributes) => (
            <Select
              {...attributes}
              value={field.value}
              onChange={(value) => field.onChange(Severity.parse(value))}
              choices={SEVERITIES.map((value) => ({ value, label: REACH_WORDS[value] }))}
            />
          )}
        </Field>
      )}
    />
  )
}

/** Of which alerts it tells only. */
export function OnlyFields({ control }: { control: Control<NotifierValues> }) {
  return (
    <>
      <Controller
        control={control}
        name="kinds"
        render={({ field }) => <KindsField chosen={field.value} onChange={field.onChange} />}
      />
      <Controller
        control={control}
        name="host_labels"
        render={({ field, fieldState }) => (
          <Field
            label="Only hosts with these labels"
            help="An alert counts that is about such a host, or from which one suffers. Commas between several; all must be there."
            optional
            error={fieldState.error?.message}
          >
            {(attributes) => <Input {...attributes} {...field} placeholder="role=db, site=a" />}
          </Field>
        )}
      />
    </>
  )
}

function KindsField({ chosen, onChange }: { chosen: CauseKind[]; onChange: (kinds: CauseKind[]) => void }) {
  return (
    <fieldset>
      <legend className="text-13 font-medium">Of these kinds only</legend>
      <p className="mt-0.5 mb-2 text-12 text-muted">Nothing chosen: of all of them.</p>
      <ul className="grid gap-x-4 gap-y-2 sm:grid-cols-2">
        {CauseKind.options.map((kind) => (
          <li key={kind}>
            {/* biome-ignore lint/a11y/noLabelWithoutControl: the checkbox has the same words for a name. */}
            <label className="flex items-center gap-2 text-13">
              <Checkbox
                label={KIND_WORDS[kind]}
                checked={chosen.includes(kind)}
                onChange={(isChosen) =>
                  onChange(CauseKind.options.filter((one) => (one === kind ? isChosen : chosen.includes(one))))
                }
              />
              {KIND_WORDS[kind]}
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}
