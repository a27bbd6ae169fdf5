import { ROLE_CHOICES } from '@/components/settings/role-choices'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { Role } from '@/lib/users/schema'

/** Of a user or a token that is to be made. */
export function RoleField({ value, onChange }: { value: Role; onChange: (role: string) => void }) {
  return (
    <Field label="Role">
      {(attributes) => <Select {...attributes} value={value} onChange={onChange} choices={ROLE_CHOICES} />}
    </Field>
  )
}
