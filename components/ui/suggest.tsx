'use client'

import { Autocomplete } from '@base-ui/react/autocomplete'
import { type ComponentProps, useEffect, useState } from 'react'
import { cn } from '@/components/ui/cn'
import { CONTROL } from '@/components/ui/field'

interface Suggestion {
  value: string
  label?: string | undefined
  detail?: string | undefined
}

/** Those that hold what was typed. What stood in the field before hides none: it may be what is to be corrected. */
export function matching(suggestions: readonly Suggestion[], value: string, isTyped: boolean): Suggestion[] {
  const wanted = value.toLowerCase()
  return suggestions.filter((one) => !isTyped || `${one.value} ${one.label ?? ''}`.toLowerCase().includes(wanted))
}

/** Free text with suggestions. */
export function Suggest({
  value,
  onChange,
  suggestions,
  asked = 0,
  className,
  ...rest
}: Omit<ComponentProps<'input'>, 'value' | 'onChange'> & {
  value: string
  onChange: (value: string) => void
  suggestions: readonly Suggestion[]
  /** Grows each time that somebody has asked for the list: it opens. */
  asked?: number
}) {
  const [isOpen, setOpen] = useState(false)
  const [isTyped, setTyped] = useState(false)
  useEffect(() => {
    if (asked > 0) setOpen(true)
  }, [asked])
  const shown = matching(suggestions, value, isTyped)
  return (
    <Autocomplete.Root
      // An open list hides the rest of the page from assistive technology; one without entries would do so for nothing.
      open={isOpen && shown.length > 0}
      onOpenChange={(open) => {
        setOpen(open)
        if (!open) setTyped(false)
      }}
      items={[...suggestions]}
      filteredItems={shown}
      itemToStringValue={(item: { value: string }) => item.value}
      value={value}
      onValueChange={(next, { reason }) => {
        if (reason === 'input-change') setTyped(true)
        onChange(next)
      }}
      openOnInputClick
    >
      <Autocomplete.Input autoComplete="off" spellCheck={false} {...rest} className={cn(CONTROL, className)} />
      <Autocomplete.Portal>
        <Autocomplete.Positioner sideOffset={4} className="z-60 outline-none">
          <Autocomplete.Popup className="popup max-h-[min(280px,var(--available-height))] w-(--anchor-width) overflow-y-auto p-1 data-empty:hidden">
            <Autocomplete.List>
              {(item: { value: string; label?: string; detail?: string }) => (
                <Autocomplete.Item
                  key={item.value}
                  value={item}
                  className="flex min-h-8 cursor-default select-none flex-col justify-center rounded-md px-2 py-1 text-13 outline-none data-highlighted:bg-hover"
                >
                  <span className="truncate font-mono text-12">{item.label ?? item.value}</span>
                  {item.detail && <span className="truncate text-12 text-muted">{item.detail}</span>}
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Popup>
        </Autocomplete.Positioner>
      </Autocomplete.Portal>
    </Autocomplete.Root>
  )
}
