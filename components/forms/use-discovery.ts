'use client'

import { useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import { requestOne, WATCHED } from '@/components/data/request'
import { cureOf } from '@/components/operations/cure'
import { finishedOperation } from '@/components/operations/finished-operation'
import type { OperationView } from '@/lib/operations/schema'

export interface Choice {
  value: string
  label?: string | undefined
  detail?: string | undefined
}

export interface Discovery {
  label: string
  pending: boolean
  choices: Choice[]
  /** What came of the last look, while the settings it was made with stand. */
  message: string | null
  hasFailed: boolean
  look: () => void
}

function choicesIn(result: unknown): Choice[] {
  if (typeof result !== 'object' || result === null || !('choices' in result) || !Array.isArray(result.choices))
    return []
  return result.choices as Choice[]
}

interface Found {
  /** What was asked, for which it holds. */
  of: string
  choices: Choice[]
  message: string
  hasFailed: boolean
}

/** What an answer depends on: everything that was sent but the field that asked. */
export function askedWith(body: Record<string, unknown>, field: string): string {
  const { [field]: _own, ...others } = (body.config ?? {}) as Record<string, unknown>
  return JSON.stringify({ ...body, config: others })
}

const words = (message: string, cure: string | null) => [message, cure].filter(Boolean).join(' ')

function outcomeOf({ error, result }: OperationView): Omit<Found, 'of'> {
  if (error) return { choices: [], message: words(error.message, cureOf(error)), hasFailed: true }
  const choices = choicesIn(result)
  const message = choices.length === 0 ? 'Nothing was found.' : `${choices.length} found: open the field to choose.`
  return { choices, message, hasFailed: false }
}

/** Asks a host what the storage offers for `field`, with what stands in the form now. */
export function useDiscovery(label: string, field: string, body: () => Record<string, unknown>): Discovery {
  const [pending, setPending] = useState(false)
  const [last, setLast] = useState<Found | null>(null)
  const found = last !== null && last.of === askedWith(body(), field) ? last : null

  async function look() {
    const of = askedWith(body(), field)
    setPending(true)
    setLast(null)
    try {
      const started = await requestOne<OperationView>('/api/v1/storage/backends/discover', {
        method: 'POST',
        body: body(),
        headers: WATCHED,
      })
      setLast({ of, ...outcomeOf(await finishedOperation(started.id)) })
    } catch (error) {
      const { code, detail, recovery } = problemOf(error)
      setLast({ of, choices: [], message: words(detail, cureOf({ code, message: detail, recovery })), hasFailed: true })
    } finally {
      setPending(false)
    }
  }
  return {
    label,
    pending,
    choices: found?.choices ?? [],
    message: found?.message ?? null,
    hasFailed: found?.hasFailed ?? false,
    look: () => void look(),
  }
}
