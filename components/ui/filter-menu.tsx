'use client'

import { ChevronDown } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice } from '@/components/ui/menu'

interface Choice {
  value: string
  label: string
  count?: number
}

/** One value to filter or to group by, or none (empty); the button says which. */
export function FilterMenu({
  label,
  none,
  value,
  choices,
  onChange,
}: {
  label: string
  /** How the choice of none is called. */
  none: Omit<Choice, 'value'>
  value: string
  choices: readonly Choice[]
  onChange: (value: string) => void
}) {
  const chosen = choices.find((choice) => choice.value === value)
  return (
    <Menu
      align="start"
      trigger={
        <Button variant={chosen ? 'secondary' : 'ghost'} className="gap-1">
          {chosen ? `${label}: ${chosen.label}` : label}
          <ChevronDown aria-hidden className="size-3.5 text-faint" />
        </Button>
      }
    >
      <MenuChoice
        label={label}
        value={chosen ? value : ''}
        onChange={onChange}
        choices={[{ ...none, value: '' }, ...choices]}
      />
    </Menu>
  )
}
