'use client'

import { AlertDialog as BaseAlertDialog } from '@base-ui/react/alert-dialog'
import { Dialog as BaseDialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, useRef } from 'react'
import { cn } from '@/components/ui/cn'

const BACKDROP =
  'fixed inset-0 z-40 min-h-dvh bg-scrim transition-opacity duration-100 data-starting-style:opacity-0 data-ending-style:opacity-0'
const POPUP =
  'popup fixed left-1/2 top-[min(12vh,96px)] z-50 flex max-h-[calc(100dvh-min(12vh,96px)-24px)] w-[calc(100vw-24px)] -translate-x-1/2 flex-col overflow-hidden'

interface Props {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: ReactNode
  description?: ReactNode
  children?: ReactNode
  footer?: ReactNode
  size?: 'sm' | 'md' | 'lg'
}

const WIDTHS = { sm: 'max-w-[440px]', md: 'max-w-[560px]', lg: 'max-w-[760px]' }

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  size = 'md',
  startsAtTitle = false,
}: Props & {
  /** To be read from its beginning: the focus starts at the title, not at the first control. */
  startsAtTitle?: boolean
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  return (
    <BaseDialog.Root open={open} onOpenChange={onOpenChange}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={BACKDROP} />
        <BaseDialog.Popup className={cn(POPUP, WIDTHS[size])} {...(startsAtTitle ? { initialFocus: heading } : {})}>
          <header className="pt-4 pr-14 pb-3 pl-5">
            <BaseDialog.Title ref={heading} tabIndex={-1} className="outline-none break-words text-16 font-semibold">
              {title}
            </BaseDialog.Title>
            {description && (
              <BaseDialog.Description className="mt-1 break-words text-13 text-muted">
                {description}
              </BaseDialog.Description>
            )}
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line bg-sunken px-5 py-3">
              {footer}
            </footer>
          )}
          {/* Last, so that the first field has the focus when the dialog opens. */}
          <BaseDialog.Close
            aria-label="Close"
            className="absolute top-3 right-3.5 inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
          >
            <X aria-hidden className="size-4" />
          </BaseDialog.Close>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  )
}

/** For what cannot be taken back: no closing by a click beside it. */
export function AlertDialog({ open, onOpenChange, title, description, children, footer }: Omit<Props, 'size'>) {
  return (
    <BaseAlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <BaseAlertDialog.Portal>
        <BaseAlertDialog.Backdrop className={BACKDROP} />
        <BaseAlertDialog.Popup className={cn(POPUP, WIDTHS.sm)}>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-4 pb-5">
            <BaseAlertDialog.Title className="break-words text-16 font-semibold">{title}</BaseAlertDialog.Title>
            <BaseAlertDialog.Description render={<div />} className="mt-2 text-13 text-muted">
              {description}
            </BaseAlertDialog.Description>
            {children}
          </div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line bg-sunken px-5 py-3">
              {footer}
            </footer>
          )}
        </BaseAlertDialog.Popup>
      </BaseAlertDialog.Portal>
    </BaseAlertDialog.Root>
  )
}
