'use client'

import { DriverField } from '@/components/forms/driver-field'
import { type FieldValues, isVisible } from '@/components/forms/driver-values'
import type { FormSpec } from '@/components/forms/form-spec'
import type { Refusals } from '@/components/pools/forms/pool-values'

const NO_REF = () => {}

/** What the engine has to set, as its descriptor words it. `isMade`: some cannot change any more. */
export function EngineFields({
  form,
  values,
  onChange,
  refusals,
  isMade = false,
}: {
  form: FormSpec
  values: FieldValues
  onChange: (values: FieldValues) => void
  refusals: Refusals
  isMade?: boolean
}) {
  const names = Object.entries(form.fields)
    .filter(([, hint]) => isVisible(hint, values))
    .map(([name]) => name)
  return names.map((name) => (
    <DriverField
      key={name}
      spec={form}
      name={name}
      field={{
        value: values[name],
        onChange: (value) => onChange({ ...values, [name]: value }),
        onBlur: () => {},
        ref: NO_REF,
      }}
      error={refusals[`settings.${name}`]}
      fixed={isMade ? form.fixedAfterCreate[name] : undefined}
      secret={undefined}
    />
  ))
}
