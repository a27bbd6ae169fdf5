'use client'

import { useEffect, useState } from 'react'
import {
  DENSITIES,
  type Density,
  rememberAppearance,
  THEMES,
  type Theme,
  TIMES_COOKIE,
  ZONE_COOKIE,
} from '@/components/layout/appearance'
import { applyDensity, applyTheme, THEME_WORDS } from '@/components/layout/theme-switch'
import { cn } from '@/components/ui/cn'
import type { TimeChoice } from '@/components/ui/exact-time'
import { Panel } from '@/components/ui/feedback'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { useTimes } from '@/components/ui/times'

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

const TIME_WORDS: Record<TimeChoice['style'], string> = { relative: 'How long ago', absolute: 'Date and time' }

/** UTC first, then where the browser is, then all that it knows. */
function zones(): { value: string; label: string }[] {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  const others = Intl.supportedValuesOf('timeZone').filter((zone) => zone !== here && zone !== 'UTC')
  return [
    { value: 'UTC', label: 'UTC' },
    ...(here === 'UTC' ? [] : [{ value: here, label: `${here.replaceAll('_', ' ')} (this browser)` }]),
    ...others.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') })),
  ]
}

/** How times are read: the one that is not shown is there on hover. */
function Times() {
  const { zone, style, choose } = useTimes()
  // Only the browser knows where it is; until then the list has what is chosen.
  const [choices, setChoices] = useState([{ value: zone, label: zone.replaceAll('_', ' ') }])
  useEffect(() => setChoices(zones()), [])
  return (
    <div className="mt-5 flex flex-wrap gap-x-10 gap-y-5 border-t border-line pt-5">
      <Choices
        legend="Times"
        values={['relative', 'absolute'] as const}
        value={style}
        words={(value) => TIME_WORDS[value]}
        onChange={(value) => {
          rememberAppearance(TIMES_COOKIE, value)
          choose({ zone, style: value })
        }}
      />
      <Field label="Time zone" className="w-72 max-w-full">
        {(control) => (
          <Select
            {...control}
            value={zone}
            onChange={(value) => {
              rememberAppearance(ZONE_COOKIE, value)
              choose({ zone: value, style })
            }}
            choices={choices}
          />
        )}
      </Field>
    </div>
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
      <Times />
      <p className="mt-4 text-12 text-muted">Remembered in this browser.</p>
    </Panel>
  )
}
