'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { SizeInput } from '@/components/forms/size-input'
import { whatIfWords } from '@/components/monitoring/forecast-words'
import { whatIf } from '@/components/monitoring/monitoring-queries'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { partsOf } from '@/components/ui/exact-time'
import { Field } from '@/components/ui/field'
import { useNow } from '@/components/ui/relative-time'
import { useTimes } from '@/components/ui/times'

const GIB = 2 ** 30

const FIELDS = [
  { key: 'more_size_bytes', label: 'Larger by', unit: 1024 * GIB, placeholder: '2' },
  { key: 'more_used_bytes', label: 'Put in at once', unit: 1024 * GIB, placeholder: '0.5' },
  { key: 'more_bytes_per_day', label: 'More each day', unit: GIB, placeholder: '20' },
] as const

type Key = (typeof FIELDS)[number]['key']

const isBytes = (text: string) => /^-?\d+$/.test(text)

/** What is asked of the API: the fields that have a size. */
export function askOf(changes: Readonly<Partial<Record<Key, string>>>, hostId: string): Record<string, string> {
  const given = Object.entries(changes).filter(([, text]) => isBytes(text) && Number(text) !== 0)
  return { ...Object.fromEntries(given), ...(hostId === '' ? {} : { host_id: hostId }) }
}

function Answer({ noun, id, ask }: { noun: 'backend' | 'pool'; id: string; ask: Readonly<Record<string, string>> }) {
  const { zone } = useTimes()
  const now = useNow()
  const { data, isError } = useQuery({ ...whatIf(noun, id, ask), placeholderData: keepPreviousData })
  if (isError) return <p className="text-critical">It could not be reckoned. Change a figure to try again.</p>
  if (data === undefined) return <p className="text-muted">Reckoning …</p>
  const { text, isSoon } = whatIfWords(data, now, (iso) => partsOf(iso, zone).date)
  return (
    <p className={cn('flex items-start gap-1.5', isSoon && 'text-warning')}>
      {isSoon && <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />}
      <span>{text}</span>
    </p>
  )
}

/** When it would be full if something were different; nothing is changed by it. `hostId`: where each host has its own. */
export function WhatIf({ noun, id, hostId }: { noun: 'backend' | 'pool'; id: string; hostId: string }) {
  const [isOpen, setIsOpen] = useState(false)
  const [changes, setChanges] = useState<Partial<Record<Key, string>>>({})
  const ask = useDeferredValue(askOf(changes, hostId))
  const isAsked = FIELDS.some(({ key }) => ask[key] !== undefined)
  if (!isOpen) {
    return (
      <Button size="sm" onClick={() => setIsOpen(true)}>
        What if …
      </Button>
    )
  }
  return (
    <fieldset className="space-y-3 rounded-md border border-line bg-sunken p-3">
      <legend className="sr-only">What if</legend>
      <div className="grid gap-3 md:grid-cols-3">
        {FIELDS.map(({ key, label, unit, placeholder }) => {
          const text = changes[key] ?? ''
          return (
            <Field
              key={key}
              label={label}
              error={text === '' || isBytes(text) ? undefined : 'Write a number, such as 1.5.'}
            >
              {(attributes) => (
                <SizeInput
                  {...attributes}
                  value={text}
                  firstUnit={unit}
                  placeholder={placeholder}
                  onChange={(value) => setChanges({ ...changes, [key]: value })}
                  onBlur={() => {}}
                />
              )}
            </Field>
          )
        })}
      </div>
      <div aria-live="polite" className="text-13">
        {isAsked ? (
          <Answer noun={noun} id={id} ask={ask} />
        ) : (
          <p className="text-muted">Write how much, and it stands here when it would be full. Nothing is changed.</p>
        )}
      </div>
    </fieldset>
  )
}
