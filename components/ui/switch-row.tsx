'use client'

import { Switch as BaseSwitch } from '@base-ui/react/switch'
import { type ReactNode, useId } from 'react'

/** On or off, with its label and help to the left of it. */
export function SwitchRow({
  label,
  help,
  checked,
  onChange,
  disabled,
  error,
}: {
  label: ReactNode
  help?: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean | undefined
  error?: string | undefined
}) {
  const id = useId()
  return (
    <div className="flex items-start justify-between gap-4">
      <div className="min-w-0">
        <label id={`${id}-label`} htmlFor={id} className="text-13 font-medium">
          {label}
        </label>
        {help && (
          <p id={`${id}-help`} className="mt-0.5 text-12 text-muted">
            {help}
          </p>
        )}
        {error && <p className="mt-0.5 text-13 text-critical">{error}</p>}
      </div>
      <BaseSwitch.Root
        id={id}
        aria-labelledby={`${id}-label`}
        aria-describedby={help ? `${id}-help` : undefined}
        checked={checked}
        onCheckedChange={(next) => onChange(next)}
        disabled={disabled ?? false}
        className="relative mt-0.5 inline-flex h-5 w-9 shrink-0 cursor-pointer items-center rounded-full bg-control p-0.5 transition-colors duration-100 data-checked:bg-accent-fill data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="size-4 rounded-full bg-white transition-transform duration-100 data-checked:translate-x-4" />
      </BaseSwitch.Root>
    </div>
  )
}
