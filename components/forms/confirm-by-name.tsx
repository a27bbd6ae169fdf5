'use client'

import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'

/** Asks for the name of what nothing brings back; `action` is done when it stands there. */
export function ConfirmByName({
  name,
  title,
  description,
  label,
  verb,
  action,
  onClose,
}: {
  name: string
  title: string
  description: string
  /** Of the button. */
  label: string
  /** As in "Type vms to … it". */
  verb: string
  action: { mutate: () => void; isPending: boolean; error: unknown }
  onClose: () => void
}) {
  const [typed, setTyped] = useState('')
  const isTyped = typed.trim() === name
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={action.isPending} disabled={!isTyped} onClick={() => action.mutate()}>
            {label}
          </Button>
        </>
      }
    >
      <form
        className="mt-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isTyped && !action.isPending) action.mutate()
        }}
      >
        <Field
          label={
            <>
              Type <span className="font-mono">{name}</span> to {verb} it
            </>
          }
        >
          {(attributes) => <Input {...attributes} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
      </form>
      {action.error !== null && <ProblemNote error={action.error} className="mt-3" />}
    </AlertDialog>
  )
}
