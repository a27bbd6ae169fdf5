'use client'

import { Menu as Base } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import Link from 'next/link'
import { useRef } from 'react'
import { cn } from '@/components/ui/cn'
import type { MenuCheckProps, MenuChoiceProps, MenuItemProps, MenuProps } from '@/components/ui/menu-props'

const ITEM =
  'flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 py-1 text-13 outline-none data-highlighted:bg-hover data-disabled:text-faint data-disabled:opacity-70'

/** Mounted by the first click, so it begins open; where a key was pressed, at its first item, as it does each time after that. */
function Root({ trigger, children, align = 'end', side = 'bottom', isByKey }: MenuProps & { isByKey: boolean }) {
  const popup = useRef<HTMLDivElement>(null)
  const isFirst = useRef(true)
  const begin = (isOpen: boolean) => {
    if (isOpen && isByKey && isFirst.current) popup.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus()
    isFirst.current = false
  }
  return (
    <Base.Root modal={false} defaultOpen onOpenChangeComplete={begin}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} side={side} className="z-50 outline-none">
          <Base.Popup
            ref={popup}
            className="popup max-h-(--available-height) min-w-44 max-w-80 overflow-y-auto p-1 outline-none"
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

function Item({ icon: Icon, danger, disabled, onSelect, href, children }: MenuItemProps) {
  const className = cn(ITEM, danger && 'text-critical data-highlighted:bg-critical-soft')
  const content = (
    <>
      {Icon && <Icon aria-hidden className={cn('size-4 shrink-0', !danger && 'text-muted')} strokeWidth={1.75} />}
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

function Choice({ value, onChange, choices, label }: MenuChoiceProps<string>) {
  return (
    <Base.RadioGroup value={value} onValueChange={(next: string) => onChange(next)} aria-label={label}>
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

function CheckItem({ checked, onChange, disabled = false, children }: MenuCheckProps) {
  return (
    <Base.CheckboxItem checked={checked} onCheckedChange={onChange} disabled={disabled} className={ITEM}>
      <span className="size-4">
        <Base.CheckboxItemIndicator>
          <Check aria-hidden className="size-4" />
        </Base.CheckboxItemIndicator>
      </span>
      {children}
    </Base.CheckboxItem>
  )
}

function Separator() {
  return <Base.Separator className="my-1 h-px bg-line" />
}

export const MenuParts = { Root, Item, Choice, CheckItem, Separator }
