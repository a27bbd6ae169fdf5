'use client'

import { useDeferredValue, useMemo } from 'react'
import type { MatrixFilter } from '@/components/placement/matrix-model'
import { useUrlParameters } from '@/components/ui/use-url-parameter'
import { TONE_ORDER, type Tone } from '@/lib/tones'

const PARAMETERS = ['q', 'state', 'type', 'label', 'group'] as const

function isTone(value: string): value is Tone {
  return (TONE_ORDER as readonly string[]).includes(value)
}

export type MatrixParameters = ReturnType<typeof useMatrixFilter>['parameters']

/** The filter that stands in the address, and the means to change it. */
export function useMatrixFilter() {
  const { values, set, clear } = useUrlParameters(PARAMETERS)
  const query = useDeferredValue(values.q ?? '')
  const { state = '', type = '', label = '', group = '' } = values
  const tone: Tone | '' = isTone(state) ? state : ''
  const filter = useMemo<MatrixFilter>(() => ({ query, tone, type, label, group }), [query, tone, type, label, group])
  return { filter, parameters: { values, tone, set, clear } }
}
