'use client'

import { useState } from 'react'
import { type ControlProps, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'

const UNITS = [
  { value: '1', label: 'bytes' },
  { value: String(2 ** 10), label: 'KiB' },
  { value: String(2 ** 20), label: 'MiB' },
  { value: String(2 ** 30), label: 'GiB' },
  { value: String(2 ** 40), label: 'TiB' },
]

function largestUnit(bytes: number, otherwise: number): string {
  if (!Number.isInteger(bytes) || bytes <= 0) return String(otherwise)
  return UNITS.findLast((unit) => bytes % Number(unit.value) === 0)?.value ?? '1'
}

/** Bytes as people write them. The value is the number of bytes as text, or what was typed when that is no number. */
export function SizeInput({
  value,
  onChange,
  onBlur,
  placeholder,
  disabled,
  firstUnit = 2 ** 20,
  ...control
}: ControlProps & {
  value: string
  onChange: (value: string) => void
  onBlur: () => void
  placeholder?: string | undefined
  disabled?: boolean | undefined
  /** In bytes: what is offered while there is no value. */
  firstUnit?: number
}) {
  const [unit, setUnit] = useState(() => largestUnit(Number(value), firstUnit))
  const number = Number(value)
  const isNumber = value.trim() !== '' && Number.isFinite(number)
  const [draft, setDraft] = useState<string | null>(null)
  const shown = draft ?? (isNumber ? String(number / Number(unit)) : value)

  function write(text: string, inUnit: string) {
    // Some write a comma.
    const amount = Number(text.replace(',', '.'))
    onChange(text.trim() === '' ? '' : Number.isFinite(amount) ? String(Math.round(amount * Number(inUnit))) : text)
  }
  return (
    <div className="flex gap-2">
      <Input
        {...control}
        inputMode="decimal"
        value={shown}
        placeholder={placeholder}
        disabled={disabled}
        className="flex-1"
        onChange={(event) => {
          setDraft(event.target.value)
          write(event.target.value, unit)
        }}
        onBlur={() => {
          setDraft(null)
          onBlur()
        }}
      />
      <Select
        aria-label="Unit"
        value={unit}
        choices={UNITS}
        disabled={disabled}
        className="w-24"
        onChange={(next) => {
          setUnit(next)
          write(shown, next)
        }}
      />
    </div>
  )
}
