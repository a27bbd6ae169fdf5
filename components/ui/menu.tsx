'use client'

import { Menu as Base } from '@base-ui/react/menu'
import { Check, type LucideIcon } from 'lucide-react'
import Link from 'next/link'
import type { ReactElement, ReactNode } from 'react'
import { cn } from '@/components/ui/cn'

const ITEM =
  'flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 py-1 text-13 outline-none data-highlighted:bg-hover data-disabled:text-faint data-disabled:opacity-70'

export function Menu({
  trigger,
  children,
  align = 'end',
  side = 'bottom',
}: {
  trigger: ReactElement
  children: ReactNode
  align?: 'start' | 'end'
  side?: 'bottom' | 'top'
}) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} side={side} className="z-50 outline-none">
          <Base.Popup className="popup max-h-(--available-height) min-w-44 max-w-80 overflow-y-auto p-1 outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

export function MenuItem({
  icon: Icon,
  danger,
  disabled,
  onSelect,
  href,
  children,
}: {
  icon?: LucideIcon
  danger?: boolean
  disabled?: boolean
  onSelect?: () => void
  href?: string
  children: ReactNode
}) {
  const className = cn(ITEM, danger && 'text-critical data-highlighted:bg-critical-soft')
  const content = (
    <>
      {Icon && <Icon aria-hidden className={cn('size-4', !danger && 'text-muted')} strokeWidth={1.75} />}
      {children}
    </>
  )
  if (href) {
    return (
      <Base.LinkItem render={<Link href={href} prefetch={false} />} className={className} closeOnClick>
        {content}
      </Base.LinkItem>
    )
  }
  return (
    <Base.Item className={className} disabled={disabled ?? false} onClick={onSelect}>
      {content}
    </Base.Item>
  )
}

export function MenuSeparator() {
  return <Base.Separator className="my-1 h-px bg-line" />
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className="truncate px-2 py-1.5 text-12 text-muted">{children}</div>
}

/** One of several values, with a tick at the current one. */
export function MenuChoice<V extends string>({
  value,
  onChange,
  choices,
  label,
}: {
  value: V
  onChange: (value: V) => void
  choices: readonly { value: V; label: ReactNode; count?: number }[]
  label?: string
}) {
  return (
    <Base.RadioGroup value={value} onValueChange={(next: V) => onChange(next)} aria-label={label}>
      {choices.map((choice) => (
        <Base.RadioItem key={choice.value} value={choice.value} closeOnClick className={ITEM}>
          <span className="size-4">
            <Base.RadioItemIndicator>
              <Check aria-hidden className="size-4" />
            </Base.RadioItemIndicator>
          </span>
          <span className="min-w-0 flex-1 truncate">{choice.label}</span>
          {choice.count !== undefined && <span className="tabular text-12 text-faint">{choice.count}</span>}
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  )
}
