'use client'

import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { RelativeTime } from '@/components/ui/relative-time'
import type { ResetLink, UserView } from '@/lib/users/schema'

/** Makes a link with which this user sets a new password, and shows it once. */
export function ResetLinkDialog({ user, onClose }: { user: UserView; onClose: () => void }) {
  const [made, setMade] = useState<ResetLink | null>(null)
  const make = useAction<void, ResetLink>({
    run: () => requestOne<ResetLink>(`/api/v1/users/${user.id}/password-reset`, { method: 'POST', body: {} }),
    topics: [],
    quiet: true,
    onSuccess: setMade,
  })
  if (made) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={`A new password for ${user.username}`}
        description="Copy the link now and give it to them on a safe way. It is shown this once; only its hash is kept."
        footer={
          <Button variant="primary" onClick={onClose}>
            I have copied it
          </Button>
        }
      >
        <CodeBlock text={made.link} label="Link" />
        <p className="mt-3 text-12 text-muted">
          Works once, ends <RelativeTime at={made.expires_at} />, or when another one is made.
        </p>
      </Dialog>
    )
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="sm"
      title={`Let ${user.username} set a new password?`}
      description="You get a link that works once, for 24 hours. Their password stays until they use it; then all their sessions end. API tokens stay."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={make.isPending} onClick={() => make.mutate()}>
            Make the link
          </Button>
        </>
      }
    >
      {make.isError && <ProblemNote error={make.error} />}
    </Dialog>
  )
}
