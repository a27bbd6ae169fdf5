'use client'

import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { MountView } from '@/lib/mounts/schema'

type Policy = MountView['on_drift']

const CHOICES: readonly { value: Policy; label: string; detail: string }[] = [
  { value: 'report', label: 'Show it', detail: 'and leave it to you' },
  { value: 'repair', label: 'Put it back', detail: 'up to five times in a row' },
  { value: 'adopt', label: 'Take it over', detail: 'as what is wanted on that host' },
]

/** In one word for lists of facts. */
export function driftWord(policy: Policy): string {
  return CHOICES.find((choice) => choice.value === policy)?.label ?? policy
}

/** What happens when somebody unmounts it on a host, or mounts it again with other options. */
export function DriftChoice({ value, onChange }: { value: Policy; onChange: (policy: Policy) => void }) {
  return (
    <Field
      label="When it is changed on a host"
      help="Somebody unmounts it there, or mounts it again with other options. An unmount through Holdfast is always respected."
    >
      {(attributes) => (
        <Select
          {...attributes}
          value={value}
          onChange={(next) => onChange(CHOICES.find((choice) => choice.value === next)?.value ?? 'report')}
          choices={CHOICES}
        />
      )}
    </Field>
  )
}
