'use client'

import { useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import { requestOne, WATCHED } from '@/components/data/request'
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
  /** What came of the last look. */
  message: string | null
  look: () => void
}

function choicesIn(result: unknown): Choice[] {
  if (typeof result !== 'object' || result === null || !('choices' in result) || !Array.isArray(result.choices))
    return []
  return result.choices as Choice[]
}

/** Asks a host what the storage offers, with what stands in the form now. */
export function useDiscovery(label: string, body: () => Record<string, unknown>): Discovery {
  const [pending, setPending] = useState(false)
  const [choices, setChoices] = useState<Choice[]>([])
  const [message, setMessage] = useState<string | null>(null)

  async function look() {
    setPending(true)
    setMessage(null)
    try {
      const started = await requestOne<OperationView>('/api/v1/storage/backends/discover', {
        method: 'POST',
        body: body(),
        headers: WATCHED,
      })
      const done = await finishedOperation(started.id)
      const found = choicesIn(done.result)
      setChoices(found)
      if (done.error) setMessage(`${done.error.message} ${done.error.recovery}`)
      else setMessage(found.length === 0 ? 'Nothing was found.' : `${found.length} found: open the field to choose.`)
    } catch (error) {
      const problem = problemOf(error)
      setMessage(`${problem.detail} ${problem.recovery}`)
    } finally {
      setPending(false)
    }
  }
  return { label, pending, choices, message, look: () => void look() }
}
