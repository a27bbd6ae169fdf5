'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isRunning, operationOne } from '@/components/data/queries'
import { requestOne, WATCHED } from '@/components/data/request'
import { blamedField } from '@/components/forms/blamed-field'
import { hasPassed, stepsOf } from '@/components/forms/test-outcome'
import type { DriverFormState } from '@/components/forms/use-driver-form'
import type { OperationView } from '@/lib/operations/schema'

/** The test of a backend as it is typed, saved or not. It holds for the values that it was started with. */
export function useDriverTest({ spec, backend, values, ...form }: DriverFormState) {
  const [test, setTest] = useState<{ operationId: string; of: string } | null>(null)
  const [hostId, setHostId] = useState('')
  const { data: tested } = useQuery({ ...operationOne(test?.operationId ?? ''), enabled: test !== null })
  const [isStarting, setStarting] = useState(false)
  const isCurrent = test?.of === JSON.stringify(values.config)
  const body = () => ({
    type: spec.id,
    config: form.configOf(form.currentConfig()),
    ...(backend ? { backend_id: backend.id } : {}),
    ...(hostId ? { host_id: hostId } : {}),
  })
  return {
    operationId: test?.operationId ?? null,
    isTesting: isStarting || (test !== null && (tested === undefined || isRunning(tested))),
    isOutdated: test !== null && !isCurrent,
    hasPassed: tested !== undefined && hasPassed(tested) && isCurrent,
    /** Of what is typed now, to be kept by whoever saves just that. */
    passed: tested !== undefined && hasPassed(tested) && isCurrent ? tested.id : undefined,
    /** The field that the test failed by. */
    blamed: tested === undefined ? null : blamedField(stepsOf(tested), values.config),
    /** The host that is to test; empty for any. */
    hostId,
    setHostId,
    /** What a test sends, and so does a field that asks a host for its choices. */
    body,
    start: () =>
      form.attempt(async () => {
        if (!(await form.checkConfig())) return
        setStarting(true)
        try {
          const started = await requestOne<OperationView>('/api/v1/storage/backends/test', {
            method: 'POST',
            body: body(),
            headers: WATCHED,
          })
          setTest({ operationId: started.id, of: JSON.stringify(form.currentConfig()) })
        } finally {
          setStarting(false)
        }
      }),
  }
}
