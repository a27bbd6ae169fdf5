'use client'

import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import type { UserView } from '@/lib/users/schema'

/** For somebody who has lost their app or devices. */
export function ResetSecondFactor({ user, onClose }: { user: UserView; onClose: () => void }) {
  const reset = useAction<void, unknown>({
    run: () => request(`/api/v1/users/${user.id}/reset-second-factor`, { method: 'POST', body: {} }),
    topics: ['user'],
    done: () => `${user.username} signs in with the password alone now`,
    onSuccess: onClose,
  })
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Reset the second factor of ${user.username}?`}
      description="Do it only when you are sure who asks: the password alone lets them in then. Their app, recovery codes and passkeys work no more, and their sessions end."
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={reset.isPending} onClick={() => reset.mutate()}>
            Reset
          </Button>
        </>
      }
    />
  )
}
