import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'

/** A small form in a dialog: the fields, a way out, and one button that Enter presses too. */
export function FormDialog({
  title,
  description,
  size = 'sm',
  submit,
  onSubmit,
  onClose,
  children,
}: {
  title: string
  description?: string
  size?: 'sm' | 'md'
  submit: { label: string; pending: boolean }
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size={size}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={submit.pending} onClick={onSubmit}>
            {submit.label}
          </Button>
        </>
      }
    >
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!submit.pending) onSubmit()
        }}
      >
        {children}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
