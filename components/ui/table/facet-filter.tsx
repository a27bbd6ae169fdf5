'use client'

import { ChevronDown } from 'lucide-react'
import { type ComponentType, useState } from 'react'
import { Button } from '@/components/ui/button'
import { choicesOf, chosenWords, type Facet } from '@/components/ui/table/facet-model'
import type { FacetPopupProps } from '@/components/ui/table/facet-props'

let loading: Promise<ComponentType<FacetPopupProps>> | undefined
function load() {
  loading ??= import('@/components/ui/table/facet-popup').then((module) => module.FacetPopup)
  return loading
}

/**
 * Any number of values to filter by; the button says which. The list behind it (search, ticks, counts) is fetched and counted when
 * somebody reaches for it, as with menus.
 */
export function FacetFilter<Row>({
  facet,
  rows,
  chosen,
  onChange,
}: {
  facet: Facet<Row>
  /** All there are, filtered or not. */
  rows: readonly Row[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}) {
  const [Popup, setPopup] = useState<ComponentType<FacetPopupProps> | null>(null)
  const words = chosenWords(facet, chosen)
  const [first] = words
  const look = {
    variant: first === undefined ? ('ghost' as const) : ('secondary' as const),
    className: 'max-w-full gap-1',
    // Two are written out; of more the rest is counted, and read here.
    title: words.length > 2 ? words.join(', ') : undefined,
    // Heads of columns have the same words.
    'aria-label': `Filter by ${[facet.label, words.join(', ')].filter(Boolean).join(': ')}`,
  }
  const content = (
    <>
      <span className="truncate">
        {first === undefined
          ? facet.label
          : `${facet.label}: ${words.length > 2 ? `${first} +${words.length - 1}` : words.join(', ')}`}
      </span>
      <ChevronDown aria-hidden className="size-3.5 shrink-0 text-faint" />
    </>
  )
  if (Popup) {
    return (
      <Popup
        trigger={<Button {...look}>{content}</Button>}
        label={facet.label}
        chosen={chosen}
        choices={() => choicesOf(facet, rows, chosen)}
        onChange={onChange}
      />
    )
  }
  const preload = () => void load()
  return (
    <Button
      {...look}
      role="combobox"
      aria-haspopup="dialog"
      aria-expanded={false}
      onPointerEnter={preload}
      onFocus={preload}
      onClick={() => void load().then((loaded) => setPopup(() => loaded))}
    >
      {content}
    </Button>
  )
}
