'use client'

import { useQuery } from '@tanstack/react-query'
import { CircleArrowUp } from 'lucide-react'
import { useState } from 'react'
import { isRunning, operationOne } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { OperationLog } from '@/components/operations/operation-log'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Note } from '@/components/ui/feedback'
import type { AgentUpdate, HostView } from '@/lib/hosts/schema'
import type { OperationRow } from '@/lib/operations/schema'

function titleFor(host: HostView, { version, is_outdated }: AgentUpdate): string {
  if (is_outdated) return `The agent here is older than this controller (${host.agent_version})`
  return `Version ${version} of the agent is ready; here runs ${host.agent_version}`
}

/** The agent of this host is another one than the controller has, and the button that brings it there. */
export function UpdateAgent({ host, update }: { host: HostView; update: AgentUpdate }) {
  const mayUpdate = useMay('hosts.admin')
  const [operationId, setOperationId] = useState<string | null>(null)
  const [isByHand, setByHand] = useState(false)
  const { data: operation } = useQuery({ ...operationOne(operationId ?? ''), enabled: operationId !== null })
  const start = useAction<void, OperationRow>({
    run: () => requestOne<OperationRow>(`/api/v1/hosts/${host.id}/update-agent`, { method: 'POST', body: {} }),
    topics: ['operation', 'host'],
    onSuccess: (started) => setOperationId(started.id),
  })
  const running = start.isPending || (operation !== undefined && isRunning(operation))
  return (
    <div className="space-y-3">
      <Note
        kind={update.is_outdated ? 'warning' : 'info'}
        title={titleFor(host, update)}
        action={
          mayUpdate &&
          (update.is_remote || update.command !== null) && (
            <Button
              size="sm"
              icon={CircleArrowUp}
              pending={running}
              onClick={() => (update.is_remote ? start.mutate() : setByHand(true))}
            >
              Update agent
            </Button>
          )
        }
      >
        {update.is_outdated ? 'It goes on mounting as before, and lacks what came since. ' : ''}
        {update.command === null && !update.is_remote
          ? `This controller has no package of the agent for ${host.info?.architecture ?? 'it'}.`
          : 'Mounts stay while it is replaced.'}
      </Note>
      {operation && <OperationLog operation={operation} />}
      <Dialog
        open={isByHand}
        onOpenChange={setByHand}
        title={`Update the agent of ${host.name}`}
        description="This agent cannot be replaced from here. Run this once as root on the host."
      >
        <div className="space-y-4">
          <CodeBlock text={update.command ?? ''} label="Command" />
          <p className="text-12 text-muted">
            It fetches the agent from this controller, checks it and installs it. The host stays in the fleet, and
            mounts stay. This page follows by itself.
          </p>
        </div>
      </Dialog>
    </div>
  )
}
