'use client'

import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { isRunning, operationOne } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { OperationLog } from '@/components/operations/operation-log'
import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import type { HostRow } from '@/lib/hosts/schema'
import type { OperationRow } from '@/lib/operations/schema'

/** What the host lacks, and the button that installs it; the log is shown while it does. Whether a storage needs it, Needs attention says. */
export function InstallTools({ host }: { host: Pick<HostRow, 'id' | 'name' | 'missing_tools'> }) {
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
        title={`${host.name} lacks ${host.missing_tools.length === 1 ? 'a tool' : `${host.missing_tools.length} tools`}: ${names}`}
        action={
          mayInstall && (
            <Button size="sm" icon={Download} pending={running} onClick={() => install.mutate()}>
              Install
            </Button>
          )
        }
      >
        Storage types that need {host.missing_tools.length === 1 ? 'it' : 'them'} cannot be mounted there. The packages
        of its own distribution bring {host.missing_tools.length === 1 ? 'it' : 'them'}.
      </Note>
      {operation && <OperationLog operation={operation} />}
    </div>
  )
}
