'use client'

import { Command } from 'cmdk'
import type { LucideIcon } from 'lucide-react'
import { isValidElement, type ReactElement, type ReactNode } from 'react'

export function PaletteGroup({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-muted"
    >
      {children}
    </Command.Group>
  )
}

/** One line to choose. It is found by its value and by its keywords. */
export function PaletteEntry({
  icon: Icon,
  value,
  keywords,
  onSelect,
  children,
  aside,
}: {
  icon: LucideIcon | ReactElement
  value: string
  keywords?: string[]
  onSelect: () => void
  children: ReactNode
  aside?: ReactNode
}) {
  return (
    <Command.Item
      value={value}
      {...(keywords ? { keywords } : {})}
      onSelect={onSelect}
      className="flex min-h-9 cursor-default select-none items-center gap-2.5 rounded-md px-2.5 text-13 outline-1 -outline-offset-1 outline-transparent data-[selected=true]:bg-accent-soft data-[selected=true]:outline-ring data-[selected=true]:outline-solid"
    >
      {isValidElement(Icon) ? Icon : <Icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {aside && <span className="max-w-[45%] truncate font-mono text-12 text-muted">{aside}</span>}
    </Command.Item>
  )
}
