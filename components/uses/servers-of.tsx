import { Network } from 'lucide-react'
import { Panel } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import { usesPath } from '@/components/uses/kinds'
import type { BackendView } from '@/lib/backends/schema'
import { serversOf } from '@/lib/drivers/servers'

/** Leads to what breaks when a server of the backend dies: other backends may have it too. */
export function ServersOf({ backend: { driver, config } }: { backend: Pick<BackendView, 'driver' | 'config'> }) {
  const servers = serversOf(driver, config)
  if (servers.length === 0) return null
  return (
    <Panel title="What breaks if a server dies" flush>
      <ul className="divide-y divide-line">
        {servers.map((server) => (
          <li key={server} className="relative flex items-center gap-3 px-4 py-2 text-13 hover:bg-hover">
            <Network aria-hidden className="size-4 shrink-0 text-muted" />
            <RowLink href={usesPath({ server })} className="min-w-0 truncate font-medium" title={server}>
              {server}
            </RowLink>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
