import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Skeleton } from '@/components/ui/feedback'

/** The dialog of a review: what stands between the title and the two buttons is the plan. */
export function ReviewFrame({
  title,
  note,
  cancel,
  apply,
  onClose,
  children,
}: {
  title: string
  /** What a person should know beyond the plan. */
  note: string | undefined
  cancel: { label: string; onClick: () => void }
  apply: { label: string; danger: boolean | undefined; pending: boolean; disabled: boolean; onClick: () => void }
  onClose: () => void
  children: ReactNode
}) {
  const { label, danger, ...button } = apply
  return (
    <Dialog
      open
      startsAtTitle
      size="lg"
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={note}
      footer={
        <>
          <Button onClick={cancel.onClick}>{cancel.label}</Button>
          <Button variant={danger ? 'danger' : 'primary'} {...button}>
            {label}
          </Button>
        </>
      }
    >
      <div className="space-y-4">{children}</div>
    </Dialog>
  )
}

/** Where the plan will stand. */
export function PlanSkeleton() {
  return (
    <div className="space-y-3" aria-busy>
      <Skeleton className="h-5 w-2/3" />
      <Skeleton className="h-28 w-full" />
    </div>
  )
}
