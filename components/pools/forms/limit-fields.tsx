'use client'

import { SizeInput } from '@/components/forms/size-input'
import type { LimitValues, Refusals } from '@/components/pools/forms/pool-values'
import { Field, Input } from '@/components/ui/field'

/** How much may be promised, how large one volume may be, how long the trash keeps. */
export function LimitFields({
  values,
  onChange,
  refusals,
}: {
  values: LimitValues
  onChange: (values: LimitValues) => void
  refusals: Refusals
}) {
  return (
    <>
      <Field
        label="Overcommit limit"
        optional
        help="How often what is there may be promised to volumes, such as 1.5. A volume that goes beyond it is refused. Empty: no limit."
        error={refusals.overcommit_limit}
      >
        {(attributes) => (
          <Input
            {...attributes}
            inputMode="decimal"
            value={values.overcommit}
            onChange={(event) => onChange({ ...values, overcommit: event.target.value })}
          />
        )}
      </Field>
      <Field label="Largest volume" optional help="Empty: no limit." error={refusals.max_volume_bytes}>
        {(attributes) => (
          <SizeInput
            {...attributes}
            value={values.largest}
            onChange={(largest) => onChange({ ...values, largest })}
            onBlur={() => {}}
          />
        )}
      </Field>
      <Field
        label="Days in the trash"
        help="So long a deleted volume can come back. Its room is free afterwards. 0: it is deleted for good within minutes."
        error={refusals.trash_days}
      >
        {(attributes) => (
          <Input
            {...attributes}
            inputMode="numeric"
            value={values.trashDays}
            onChange={(event) => onChange({ ...values, trashDays: event.target.value })}
          />
        )}
      </Field>
    </>
  )
}
