'use client'

import { useId } from 'react'
import { cn } from '@/components/ui/cn'

export interface RadioCard<V extends string> {
  value: V
  title: string
  help: string
  disabled?: boolean
}

const COLUMNS = { 2: 'sm:grid-cols-2', 3: 'sm:grid-cols-3' } as const

/** A few ways side by side, each with what it means. */
export function RadioCards<V extends string>({
  legend,
  value,
  cards,
  onChange,
}: {
  legend: string
  value: V
  cards: readonly RadioCard<V>[]
  onChange: (value: V) => void
}) {
  const name = useId()
  return (
    <fieldset className={cn('grid gap-2', COLUMNS[cards.length === 3 ? 3 : 2])}>
      <legend className="mb-1.5 text-13 font-medium">{legend}</legend>
      {cards.map((card) => (
        <label
          key={card.value}
          className={cn(
            'flex items-start gap-2.5 rounded-md border px-3 py-2 text-13',
            value === card.value ? 'border-accent bg-accent-soft' : 'border-control hover:bg-hover',
            card.disabled ? 'cursor-default opacity-55' : 'cursor-pointer',
          )}
        >
          <input
            type="radio"
            name={name}
            value={card.value}
            checked={value === card.value}
            disabled={card.disabled}
            onChange={() => onChange(card.value)}
            className="mt-0.5 accent-(--color-accent)"
          />
          <span>
            <span className="block font-medium">{card.title}</span>
            <span className="block text-12 text-muted">{card.help}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
