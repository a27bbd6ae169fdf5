'use client'

import { Command } from 'cmdk'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useRef, useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import { selectedLine } from '@/components/layout/palette-lines'
import { nounSections } from '@/components/layout/palette-nouns'
import { PaletteLines } from '@/components/layout/palette-parts'
import { useActionSections } from '@/components/layout/use-action-sections'
import { useSearch } from '@/components/layout/use-search'
import { useVerbSection } from '@/components/layout/use-verb-section'

/** Of each kind; more letters find the others. */
const SHOWN = 8

const MOVES = ['ArrowDown', 'ArrowUp', 'Home', 'End']

function isMove({ key, ctrlKey }: KeyboardEvent): boolean {
  return MOVES.includes(key) || (ctrlKey && ['n', 'p', 'j', 'k'].includes(key))
}

/** Below the lines: that nothing was found, or is still being looked for. */
function PaletteState({
  query,
  count,
  isPending,
  error,
}: {
  query: string
  count: number
  isPending: boolean
  error: unknown
}) {
  const isEmpty = count === 0
  return (
    <div role="status" className={isEmpty || error ? 'px-4 py-7 text-center text-13 text-muted' : 'sr-only'}>
      {error ? (
        problemOf(error).detail
      ) : isPending ? (
        isEmpty && 'Searching…'
      ) : isEmpty ? (
        <>
          <p className="break-words text-ink">Nothing matches “{query}”</p>
          <p className="mt-1">Names, addresses, sources, places and labels were searched.</p>
        </>
      ) : (
        query !== '' && `${count} found`
      )}
    </div>
  )
}

/** Every noun, verb and page. What there is on the server is searched there; pages and actions come first and at once. */
export function CommandPalette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const router = useRouter()
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState<string | null>(null)
  /** The list selects by itself too, such as its first line; only what a person did counts. */
  const hasMoved = useRef(false)
  function type(text: string) {
    setQuery(text)
    setChosen(null)
    hasMoved.current = false
  }
  function act(action: () => void) {
    onOpenChange(false)
    type('')
    action()
  }
  const go = (href: string) => act(() => router.push(href))

  const wanted = query.trim()
  const actions = useActionSections(wanted, { act, go })
  const verbs = useVerbSection(wanted, { act, go })
  const { groups, isPending, error } = useSearch(wanted, { limit: SHOWN, enabled: wanted !== '' })
  const sections = [...actions, ...verbs.sections, ...nounSections(groups, go)]
  const count = sections.reduce((sum, { lines }) => sum + lines.length, 0)
  return (
    <Command.Dialog
      open={open}
      onOpenChange={onOpenChange}
      label="Search or jump to"
      loop
      shouldFilter={false}
      value={selectedLine(sections, chosen)}
      onValueChange={(value) => {
        if (hasMoved.current) setChosen(value)
      }}
      onKeyDown={(event) => {
        if (isMove(event)) hasMoved.current = true
      }}
      overlayClassName="fixed inset-0 z-40 bg-scrim"
      contentClassName="popup fixed top-[min(14vh,120px)] left-1/2 z-50 w-[min(600px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden"
    >
      <Command.Input
        value={query}
        onValueChange={type}
        placeholder="Search or jump to"
        className="h-12 w-full border-b border-line bg-transparent px-4 text-14 outline-none"
      />
      <Command.List
        onPointerMove={() => {
          hasMoved.current = true
        }}
        className={count === 0 ? '' : 'max-h-[min(420px,60vh)] overflow-y-auto p-1.5'}
      >
        {sections.map((section) => (
          <PaletteLines key={section.heading} {...section} />
        ))}
      </Command.List>
      <PaletteState query={wanted} count={count} isPending={isPending || verbs.isPending} error={error} />
    </Command.Dialog>
  )
}
