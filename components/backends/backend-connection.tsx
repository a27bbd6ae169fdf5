'use client'

import { useQuery } from '@tanstack/react-query'
import { Cable, Unplug } from 'lucide-react'
import { useState } from 'react'
import { hostList, isRunning, operationOne } from '@/components/data/queries'
import { requestOne, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { OperationLog } from '@/components/operations/operation-log'
import { operationStatus } from '@/components/operations/status'
import { Button } from '@/components/ui/button'
import { Facts, Note, Panel } from '@/components/ui/feedback'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { Status } from '@/components/ui/status'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import type { BackendView } from '@/lib/backends/schema'
import type { OperationRow, OperationView } from '@/lib/operations/schema'

type Verb = 'connect' | 'disconnect'

const KINDS = new Set(['backend.connect', 'backend.disconnect'])

/** The latest of the operations that opened or closed this backend somewhere. */
export function latestConnection(operations: readonly OperationRow[] | undefined): string | undefined {
  return operations?.find((operation) => KINDS.has(operation.kind))?.id
}

function detailsOf({ result }: OperationView): [string, string][] {
  if (typeof result !== 'object' || result === null || !('details' in result)) return []
  return Object.entries(result.details as Record<string, string>)
}

function Outcome({ id }: { id: string }) {
  const { data: operation } = useQuery(operationOne(id))
  if (!operation) return null
  const details = detailsOf(operation)
  const host = operation.hosts[0]?.host_name
  return (
    <Panel
      title={host ? `${operation.title} on ${host}` : operation.title}
      action={<Status {...operationStatus(operation.status)} />}
      className="lg:col-span-2"
    >
      <div className="space-y-4">
        {operation.error && (
          <Note kind="critical" title={operation.error.message}>
            {operation.error.recovery}
          </Note>
        )}
        {details.length > 0 && <Facts items={details} />}
        <OperationLog operation={operation} />
      </div>
    </Panel>
  )
}

/** Opens a block storage on a host and closes it there, with the log as it grows. */
export function BackendConnection({ backend, latest }: { backend: BackendView; latest: string | undefined }) {
  const { data: hosts } = useQuery(hostList())
  const canWrite = useMay('mounts.write')
  const [chosen, setChosen] = useState('')
  const [watched, setWatched] = useUrlParameter('operation')
  const shown = watched || latest
  const { data: current } = useQuery({ ...operationOne(shown ?? ''), enabled: shown !== undefined && shown !== '' })
  const act = useAction<{ verb: Verb; hostId: string }, OperationRow>({
    run: ({ verb, hostId }) =>
      requestOne<OperationRow>(`/api/v1/storage/backends/${backend.id}/${verb}`, {
        method: 'POST',
        body: { host_id: hostId },
        headers: WATCHED,
      }),
    topics: ['operation'],
    onSuccess: (operation) => setWatched(operation.id),
  })
  const usable = hosts?.data ?? []
  const hostId = chosen || (usable[0]?.id ?? '')
  const busy = act.isPending || (current !== undefined && KINDS.has(current.kind) && isRunning(current))
  return (
    <div className="grid items-start gap-5">
      {canWrite && (
        <Panel title="Open on a host">
          <div className="space-y-4">
            <p className="max-w-[68ch] text-13 text-muted">
              Connecting opens the storage on a host, so that volumes can be made in it. Nothing is mounted.
              Disconnecting leaves nothing behind on the host, and is refused while a volume is in use.
            </p>
            <Field label="Host" className="max-w-80">
              {(attributes) => (
                <Select
                  {...attributes}
                  value={hostId}
                  onChange={setChosen}
                  choices={usable.map((host) => ({ value: host.id, label: host.name }))}
                />
              )}
            </Field>
            <div className="flex gap-2">
              <Button
                icon={Cable}
                variant="primary"
                disabled={hostId === '' || busy}
                onClick={() => act.mutate({ verb: 'connect', hostId })}
              >
                Connect
              </Button>
              <Button
                icon={Unplug}
                disabled={hostId === '' || busy}
                onClick={() => act.mutate({ verb: 'disconnect', hostId })}
              >
                Disconnect
              </Button>
            </div>
          </div>
        </Panel>
      )}
      {shown && <Outcome id={shown} />}
    </div>
  )
}
