'use client'

import { Command } from 'cmdk'
import type { PaletteSection } from '@/components/layout/palette-lines'

/** Lines under a heading. What is chosen and in which order has been decided before. */
export function PaletteLines({ heading, lines, more = 0 }: PaletteSection) {
  return (
    <Command.Group
      heading={
        <>
          {heading}
          {more > 0 && (
            <span className="tabular ml-1.5 text-faint">
              {lines.length} of {lines.length + more}
            </span>
          )}
        </>
      }
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-muted"
    >
      {lines.map(({ value, icon: Icon, label, aside, onSelect }) => (
        <Command.Item
          key={value}
          value={value}
          onSelect={onSelect}
          className="flex min-h-9 cursor-default select-none items-center gap-2.5 rounded-md px-2.5 text-13 outline-1 -outline-offset-1 outline-transparent data-[selected=true]:bg-accent-soft data-[selected=true]:outline-ring data-[selected=true]:outline-solid"
        >
          <Icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
          <span className="min-w-0 flex-1 truncate">{label}</span>
          {aside && <span className="max-w-[45%] truncate font-mono text-12 text-muted">{aside}</span>}
        </Command.Item>
      ))}
    </Command.Group>
  )
}
