'use client'

import { Command } from 'cmdk'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { PaletteActions } from '@/components/layout/palette-actions'
import { PaletteNouns } from '@/components/layout/palette-nouns'
import { PaletteVerbList } from '@/components/layout/palette-verb-list'

/** Every noun and every action, by name. */
export function CommandPalette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const router = useRouter()
  const [query, setQuery] = useState('')
  function act(action: () => void) {
    onOpenChange(false)
    setQuery('')
    action()
  }
  const go = (href: string) => act(() => router.push(href))
  return (
    <Command.Dialog
      open={open}
      onOpenChange={onOpenChange}
      label="Search or jump to"
      loop
      overlayClassName="fixed inset-0 z-40 bg-scrim"
      contentClassName="popup fixed top-[min(14vh,120px)] left-1/2 z-50 w-[min(600px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden"
    >
      <Command.Input
        value={query}
        onValueChange={setQuery}
        placeholder="Search or jump to"
        className="h-12 w-full border-b border-line bg-transparent px-4 text-14 outline-none"
      />
      <Command.List className="max-h-[min(420px,60vh)] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-8 text-center text-13 text-muted">Nothing has that name.</Command.Empty>
        <PaletteVerbList query={query} act={act} go={go} />
        <PaletteActions act={act} go={go} />
        <PaletteNouns go={go} />
      </Command.List>
    </Command.Dialog>
  )
}
