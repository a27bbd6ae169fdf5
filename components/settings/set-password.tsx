'use client'
import { useState } from 'react'
import { useUpdateUser } from '@/components/settings/use-update-user'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Password, type UserView } from '@/lib/users/schema'

/** An administrator gives somebody a new one. */
export function SetPassword({ user, onClose }: { user: UserView; onClose: () => void }) {
  const [password, setPassword] = useState('')
  const [error, setError] = useState<string>()
  const update = useUpdateUser(user, onClose)
  function save() {
    const checked = Password.safeParse(password)
    if (checked.success) update.mutate({ password })
    else setError(checked.error.issues[0]?.message)
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="sm"
      title={`New password for ${user.username}`}
      description="All their sessions end."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={update.isPending} onClick={save}>
            Set password
          </Button>
        </>
      }
    >
      <Field label="New password" help="At least 10 characters." error={error}>
        {(attributes) => (
          <Input
            {...attributes}
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
    </Dialog>
  )
}
