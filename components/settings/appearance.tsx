'use client'

import { useState } from 'react'
import { DENSITIES, type Density, THEMES, type Theme } from '@/components/layout/appearance'
import { applyDensity, applyTheme, THEME_WORDS } from '@/components/layout/theme-switch'
import { cn } from '@/components/ui/cn'
import { Panel } from '@/components/ui/feedback'

const DENSITY_WORDS: Record<Density, string> = { comfortable: 'Comfortable', compact: 'Compact' }

function Choices<V extends string>({
  legend,
  values,
  value,
  words,
  onChange,
}: {
  legend: string
  values: readonly V[]
  value: V
  words: (value: V) => string
  onChange: (value: V) => void
}) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-13 font-medium">{legend}</legend>
      <div className="inline-flex rounded-md border border-line-strong bg-sunken p-0.5">
        {values.map((choice) => (
          <label
            key={choice}
            className={cn(
              'cursor-pointer rounded-sm px-3 py-1 text-13 text-muted has-focus-visible:outline-2 has-focus-visible:outline-ring',
              choice === value && 'border border-line-strong bg-raised font-medium text-ink',
              choice !== value && 'border border-transparent hover:text-ink',
            )}
          >
            <input
              type="radio"
              name={legend}
              className="sr-only"
              checked={choice === value}
              onChange={() => onChange(choice)}
            />
            {words(choice)}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** How the console looks in this browser. */
export function Appearance({ theme, density }: { theme: Theme; density: Density }) {
  const [chosenTheme, setTheme] = useState(theme)
  const [chosenDensity, setDensity] = useState(density)
  return (
    <Panel title="Appearance">
      <div className="flex flex-wrap gap-x-10 gap-y-5">
        <Choices
          legend="Theme"
          values={THEMES}
          value={chosenTheme}
          words={(value) => THEME_WORDS[value].label}
          onChange={(value) => {
            setTheme(value)
            applyTheme(value)
          }}
        />
        <Choices
          legend="Density of tables"
          values={DENSITIES}
          value={chosenDensity}
          words={(value) => DENSITY_WORDS[value]}
          onChange={(value) => {
            setDensity(value)
            applyDensity(value)
          }}
        />
      </div>
      <p className="mt-4 text-12 text-muted">Remembered in this browser.</p>
    </Panel>
  )
}
