'use client'

import { useQuery } from '@tanstack/react-query'
import { FlaskConical } from 'lucide-react'
import dynamic from 'next/dynamic'
import { hostList, isRunning, operationOne } from '@/components/data/queries'
import { Button } from '@/components/ui/button'
import { Note, Panel } from '@/components/ui/feedback'
import { Select } from '@/components/ui/select'

const ANY_HOST = 'any'

const TestResult = dynamic(() => import('@/components/forms/test-result').then((module) => module.TestResult), {
  ssr: false,
})

/** Runs a test from a host of one's choice and shows it as it happens. */
export function TestPanel({
  operationId,
  outdated,
  hostId,
  onHost,
  onTest,
  about,
}: {
  operationId: string | null
  /** The form has changed since. */
  outdated: boolean
  hostId: string
  onHost: (id: string) => void
  onTest: () => void
  /** What it will do. */
  about: string
}) {
  const { data: hosts } = useQuery(hostList())
  const { data: operation } = useQuery({ ...operationOne(operationId ?? ''), enabled: operationId !== null })
  const running = operationId !== null && (!operation || isRunning(operation))
  const online = (hosts?.data ?? []).filter((host) => host.status === 'online' && !host.revoked_at)
  return (
    <Panel title="Test" flush>
      <div className="space-y-3 p-4">
        {operationId === null && <p className="text-13 text-muted">{about}</p>}
        <div className="flex gap-2">
          <Select
            aria-label="Host to test from"
            value={hostId || ANY_HOST}
            onChange={(id) => onHost(id === ANY_HOST ? '' : id)}
            choices={[
              { value: ANY_HOST, label: 'From any host' },
              ...online.map((host) => ({ value: host.id, label: `From ${host.name}` })),
            ]}
            className="h-8 flex-1 text-13"
          />
          <Button
            variant={operationId === null ? 'primary' : 'secondary'}
            icon={FlaskConical}
            pending={running}
            onClick={onTest}
          >
            {operationId === null ? 'Test' : 'Test again'}
          </Button>
        </div>
        {hosts && online.length === 0 && (
          <Note kind="warning">No host is online, so nothing can be tested. Add a host or start its agent.</Note>
        )}
        {outdated && !running && <Note>The form has changed since this test.</Note>}
      </div>
      {operationId !== null && (
        <div className="border-t border-line">
          <TestResult operationId={operationId} />
        </div>
      )}
    </Panel>
  )
}
