'use client'

import { FlaskConical } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { TestResult } from '@/components/forms/test-result'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import type { BackendView } from '@/lib/backends/schema'

/** The operation of a test that was just asked for; empty when none was. */
export function useAskedTest(): string {
  return useUrlParameter('test')[0]
}

/** The test that was just asked for, else the latest one. */
export function BackendTest({
  backend,
  onTest,
  pending,
  said,
}: {
  backend: BackendView
  /** Problems that the hosts beside it tell of. */
  said: ReadonlySet<string>
  onTest: () => void
  pending: boolean
}) {
  const asked = useAskedTest()
  const canTest = useMay('backends.test')
  const panel = useRef<HTMLDivElement>(null)
  const atFirst = useRef(asked)
  useEffect(() => {
    if (asked !== atFirst.current) panel.current?.scrollIntoView({ block: 'nearest' })
  }, [asked])
  const operation = asked || backend.last_test_operation
  return (
    <div ref={panel}>
      <Panel
        title="Test"
        flush
        action={
          canTest && (
            <Button size="sm" icon={FlaskConical} pending={pending} onClick={onTest}>
              Test now
            </Button>
          )
        }
      >
        {operation ? (
          <TestResult operationId={operation} said={said} />
        ) : (
          <p className="p-4 text-13 text-muted">This backend has not been tested since it was saved.</p>
        )}
      </Panel>
    </div>
  )
}
