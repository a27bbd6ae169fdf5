'use client'

import { SizeInput } from '@/components/forms/size-input'
import { Field } from '@/components/ui/field'
import { endWords, type Room } from '@/components/volumes/room'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'

/** What is left, before anybody has to be refused to learn it. */
export function roomWords(room: Room, pool: Pick<PoolView, 'available_bytes'> | undefined): string {
  if (room.bytes !== null) return `At most ${formatBytes(room.bytes)}, ${endWords(room)}.`
  if (pool === undefined) return ''
  if (pool.available_bytes === null) return 'How much is free in the pool is not known.'
  return `${formatBytes(pool.available_bytes)} are free in the pool. A thin volume may be larger than that.`
}

/** A size as people write it, with what is left below it. */
export function SizeField({
  label = 'Size',
  value,
  onChange,
  room,
  pool,
  error,
  optional,
  placeholder,
}: {
  label?: string
  value: string
  onChange: (value: string) => void
  room: Room
  pool: Pick<PoolView, 'available_bytes'> | undefined
  error: string | undefined
  optional?: boolean
  placeholder?: string | undefined
}) {
  return (
    <Field label={label} help={roomWords(room, pool) || undefined} error={error} optional={optional}>
      {(attributes) => (
        <SizeInput {...attributes} value={value} onChange={onChange} onBlur={() => {}} placeholder={placeholder} />
      )}
    </Field>
  )
}
