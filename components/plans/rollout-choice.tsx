'use client'

import { useId } from 'react'
import type { RolloutInput } from '@/components/plans/plan-request'
import { cn } from '@/components/ui/cn'
import { Field, Input } from '@/components/ui/field'
import type { PlanView } from '@/lib/plans/schema'
import { DEFAULT_WAVES } from '@/lib/rollouts/default-waves'

/** What a person types; it becomes a rollout, and the API says what is wrong with it. */
export interface RolloutDraft {
  isInWaves: boolean
  waves: string
  maxFailures: string
  pause: string
}

export const AT_ONCE: RolloutDraft = { isInWaves: false, waves: DEFAULT_WAVES.join(', '), maxFailures: '0', pause: '0' }

export const IN_WAVES: RolloutDraft = { ...AT_ONCE, isInWaves: true }

/** A change over more hosts than this goes in waves unless somebody says otherwise: a mistake then stops at the first. */
export const BULK_HOSTS = 10

/** How a change goes out as long as nobody has chosen. `mayWait`: it can go in waves at all. */
export function defaultRollout(hosts: number, mayWait: boolean): RolloutDraft {
  return mayWait && hosts > BULK_HOSTS ? IN_WAVES : AT_ONCE
}

export function rolloutOf({ isInWaves, waves, maxFailures, pause }: RolloutDraft): RolloutInput | undefined {
  if (!isInWaves) return undefined
  const failures = maxFailures.trim()
  return {
    waves: waves.split(/[,\s]+/).filter(Boolean),
    max_failures: /^\d+$/.test(failures) ? Number(failures) : failures,
    pause_seconds: Math.round(Number(pause) || 0),
  }
}

const CHOICES = [
  { isInWaves: false, title: 'All at once', help: 'Every host starts now.' },
  { isInWaves: true, title: 'In waves', help: 'A few hosts first; stops by itself when they fail.' },
] as const

function WaveSizes({ waves }: { waves: PlanView['waves'] }) {
  if (!waves) return null
  return (
    <p className="text-12 text-muted">
      {waves.map(({ host_ids }, index) => (
        <span key={host_ids[0]}>
          {index > 0 && <span aria-hidden> → </span>}
          <span className="tabular font-medium text-ink">{host_ids.length}</span>
        </span>
      ))}{' '}
      hosts, those that are online first. Between waves nothing reaches the others.
    </p>
  )
}

/** All at once or in waves; offered only when there is more than one host. */
export function RolloutChoice({
  value,
  onChange,
  waves,
}: {
  value: RolloutDraft
  onChange: (value: RolloutDraft) => void
  waves: PlanView['waves']
}) {
  const name = useId()
  return (
    <fieldset className="min-w-0 space-y-3">
      <legend className="mb-2 text-13 font-medium">How it goes out</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {CHOICES.map(({ isInWaves, title, help }) => (
          <label
            key={title}
            className={cn(
              'flex cursor-pointer items-start gap-2.5 rounded-md border px-3 py-2.5 text-13 has-focus-visible:outline-2 has-focus-visible:outline-ring',
              value.isInWaves === isInWaves ? 'border-accent-fill bg-accent-soft' : 'border-line hover:bg-hover',
            )}
          >
            <input
              type="radio"
              name={name}
              checked={value.isInWaves === isInWaves}
              onChange={() => onChange({ ...value, isInWaves })}
              className="mt-0.5 size-4 accent-accent-fill outline-none"
            />
            <span>
              <span className="block font-medium">{title}</span>
              <span className="block text-12 text-muted">{help}</span>
            </span>
          </label>
        ))}
      </div>
      {value.isInWaves && (
        <div className="space-y-3 rounded-md border border-line p-3">
          <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_112px_112px]">
            <Field label="Hosts changed after each wave">
              {(control) => (
                <Input
                  {...control}
                  value={value.waves}
                  onChange={(event) => onChange({ ...value, waves: event.target.value })}
                  className="font-mono text-13"
                />
              )}
            </Field>
            <Field label="May fail">
              {(control) => (
                <Input
                  {...control}
                  value={value.maxFailures}
                  onChange={(event) => onChange({ ...value, maxFailures: event.target.value })}
                  placeholder="0 or 10%"
                  className="font-mono text-13"
                />
              )}
            </Field>
            <Field label="Pause, s">
              {(control) => (
                <Input
                  {...control}
                  inputMode="numeric"
                  value={value.pause}
                  onChange={(event) => onChange({ ...value, pause: event.target.value })}
                  className="font-mono text-13"
                />
              )}
            </Field>
          </div>
          <WaveSizes waves={waves} />
        </div>
      )}
    </fieldset>
  )
}
