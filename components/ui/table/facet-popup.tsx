'use client'

import { Combobox } from '@base-ui/react/combobox'
import { Check, Search } from 'lucide-react'
import { useState } from 'react'
import type { FacetChoice } from '@/components/ui/table/facet-model'
import type { FacetPopupProps } from '@/components/ui/table/facet-props'

/** More than anybody reads; what is not among them is found by typing. */
const SHOWN = 200

const ITEM =
  'grid min-h-8 cursor-default select-none grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-2 rounded-md px-2 py-1 text-13 outline-none data-highlighted:bg-hover'

function Choices({ label, chosen, choices, onChange }: Omit<FacetPopupProps, 'trigger'>) {
  return (
    <>
      <div className="relative border-b border-line p-1">
        <Search aria-hidden className="pointer-events-none absolute top-3 left-3 size-4 text-faint" />
        <Combobox.Input
          aria-label={`Find in ${label.toLowerCase()}`}
          placeholder={`Find in ${label.toLowerCase()}`}
          className="h-8 w-full rounded-md bg-transparent pr-2 pl-8 text-13 outline-none placeholder:text-faint"
        />
      </div>
      <Combobox.Empty>
        <p className="px-3 py-4 text-center text-13 text-muted">Nothing is called that.</p>
      </Combobox.Empty>
      <Combobox.List className="max-h-[min(320px,calc(var(--available-height)-96px))] overflow-y-auto overscroll-contain p-1 data-empty:hidden">
        {(choice: FacetChoice) => (
          <Combobox.Item key={choice.value} value={choice} className={ITEM}>
            <Combobox.ItemIndicator className="col-start-1">
              <Check aria-hidden className="size-4" />
            </Combobox.ItemIndicator>
            <span className="col-start-2 truncate">{choice.label}</span>
            {choice.count !== undefined && <span className="tabular text-12 text-faint">{choice.count}</span>}
          </Combobox.Item>
        )}
      </Combobox.List>
      <div className="flex min-h-9 items-center justify-between gap-3 border-t border-line px-3 py-1 text-12 text-muted">
        <span className="tabular">
          {chosen.length === 0 ? `${choices().length} to choose from` : `${chosen.length} chosen`}
        </span>
        {chosen.length > 0 && (
          <button
            type="button"
            onClick={() => onChange([])}
            className="h-6 rounded-sm px-1 font-medium text-accent hover:underline"
          >
            Any
          </button>
        )}
      </div>
    </>
  )
}

/** Mounted by the first click, so it begins open. */
export function FacetPopup({ trigger, label, chosen, choices, onChange }: FacetPopupProps) {
  const [isOpen, setOpen] = useState(true)
  const items = isOpen ? choices() : []
  return (
    <Combobox.Root
      multiple
      items={items}
      limit={SHOWN}
      open={isOpen}
      onOpenChange={setOpen}
      value={items.filter(({ value }) => chosen.includes(value))}
      onValueChange={(next: FacetChoice[]) => onChange(next.map(({ value }) => value))}
      // What was typed stays, so that several hosts of one prefix can be ticked.
      onInputValueChange={(_, details) => details.isItemPress && details.cancel()}
      isItemEqualToValue={(one: FacetChoice, other: FacetChoice) => one.value === other.value}
    >
      <Combobox.Trigger render={trigger} />
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={4} align="start" className="z-50 outline-none">
          <Combobox.Popup
            aria-label={`Filter by ${label}`}
            className="popup w-64 max-w-[calc(100vw-16px)] overflow-hidden outline-none"
          >
            <Choices label={label} chosen={chosen} choices={() => items} onChange={onChange} />
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  )
}
