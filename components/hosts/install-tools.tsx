'use client'

import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { hostOne, isRunning, operationOne } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { OperationLog } from '@/components/operations/operation-log'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Note, Skeleton } from '@/components/ui/feedback'
import { installCommands } from '@/lib/agent-protocol/package-managers'
import type { HostRow, HostView } from '@/lib/hosts/schema'
import type { OperationRow } from '@/lib/operations/schema'

/** Asks first, with the commands that the agent will run there. */
function ConfirmInstall({ host, onInstall, onClose }: { host: Lacking; onInstall: () => void; onClose: () => void }) {
  const { data: full } = useQuery(hostOne(host.id))
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Install tools on ${host.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            onClick={() => {
              onInstall()
              onClose()
            }}
          >
            Install
          </Button>
        </>
      }
    >
      {full ? <WhatInstalls info={full.info} missing={host.missing_tools} /> : <Skeleton className="h-16 w-full" />}
    </Dialog>
  )
}

/** The commands, word for word; of a distribution that is not known only the packages. */
export function WhatInstalls({ info, missing }: { info: HostView['info']; missing: readonly string[] }) {
  const tools = info?.tools.filter(({ command }) => missing.includes(command)) ?? []
  const packages = [...new Set(tools.flatMap((tool) => tool.package ?? []))]
  const commands = info ? installCommands(info.distribution.id, packages) : null
  return (
    <div className="space-y-2 text-13 text-muted">
      <p>
        {commands === null ? 'Its own package manager will install: ' : 'What will run there, as root, for '}
        {commands === null ? packages.join(', ') || missing.join(', ') : missing.join(', ')}
        {commands === null ? '.' : ':'}
      </p>
      {commands?.map((command) => (
        <CodeBlock key={command} text={command} label="Command" />
      ))}
    </div>
  )
}

type Lacking = Pick<HostRow, 'id' | 'name' | 'missing_tools'>

/** What the host lacks, and the button that installs it after a question; the log is shown while it does. */
export function InstallTools({
  host,
  isNeeded = false,
}: {
  host: Lacking
  /** A storage of the host cannot be used without. */
  isNeeded?: boolean
}) {
  const [asking, setAsking] = useState(false)
  const mayInstall = useMay('hosts.admin')
  const [operationId, setOperationId] = useState<string | null>(null)
  const { data: operation } = useQuery({ ...operationOne(operationId ?? ''), enabled: operationId !== null })
  const install = useAction<void, OperationRow>({
    run: () =>
      requestOne<OperationRow>(`/api/v1/hosts/${host.id}/install-tools`, {
        method: 'POST',
        body: { commands: host.missing_tools },
      }),
    topics: ['operation'],
    onSuccess: (started) => setOperationId(started.id),
  })
  const running = install.isPending || (operation !== undefined && isRunning(operation))
  const names = host.missing_tools.join(', ')
  return (
    <div className="space-y-3">
      <Note
        kind={isNeeded ? 'warning' : 'info'}
        title={`${host.name} lacks ${host.missing_tools.length === 1 ? 'a tool' : `${host.missing_tools.length} tools`}: ${names}`}
        action={
          mayInstall && (
            <Button size="sm" icon={Download} pending={running} onClick={() => setAsking(true)}>
              Install
            </Button>
          )
        }
      >
        Storage types that need {host.missing_tools.length === 1 ? 'it' : 'them'} cannot be mounted there. The packages
        of its own distribution bring {host.missing_tools.length === 1 ? 'it' : 'them'}.
      </Note>
      {asking && <ConfirmInstall host={host} onInstall={() => install.mutate()} onClose={() => setAsking(false)} />}
      {operation && <OperationLog operation={operation} />}
    </div>
  )
}
