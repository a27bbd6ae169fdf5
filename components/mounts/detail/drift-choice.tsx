'use client'

import { DRIFT_CHOICES, type DriftPolicy } from '@/components/mounts/drift-words'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'

/** What happens when somebody unmounts it on a host, or mounts it again with other options. */
export function DriftChoice({ value, onChange }: { value: DriftPolicy; onChange: (policy: DriftPolicy) => void }) {
  return (
    <Field
      label="When it is changed on a host"
      help="Somebody unmounts it there, or mounts it again with other options. An unmount through Holdfast is always respected."
    >
      {(attributes) => (
        <Select
          {...attributes}
          value={value}
          onChange={(next) => onChange(DRIFT_CHOICES.find((choice) => choice.value === next)?.value ?? 'report')}
          choices={DRIFT_CHOICES}
        />
      )}
    </Field>
  )
}
