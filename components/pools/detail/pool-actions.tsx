'use client'

import { ArrowRightLeft, Ellipsis, Pencil, Plus, RefreshCw, Trash2, Wrench } from 'lucide-react'
import { isRunning } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import type { PoolDialog } from '@/components/pools/pool-dialogs'
import { isOpenSomewhere } from '@/components/pools/pool-words'
import type { usePoolActions } from '@/components/pools/use-pool-actions'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { StatusShape } from '@/components/ui/status'
import type { OperationRow } from '@/lib/operations/schema'
import type { PoolView } from '@/lib/pools/schema'

interface Props {
  pool: PoolView
  actions: ReturnType<typeof usePoolActions>
  latest: OperationRow | undefined
  onOpen: (dialog: PoolDialog) => void
}

/** Does trying again help? A host whose mount fails below the pool only waits, and the operation says that it failed. */
export function needsRetry(pool: Pick<PoolView, 'hosts'>, latest: Pick<OperationRow, 'status'> | undefined): boolean {
  const hasFailed = latest?.status === 'failed' || latest?.status === 'partial'
  return pool.hosts.some(({ phase }) => phase === 'ERROR') || (hasFailed && !isOpenSomewhere(pool))
}

function doing({ phase }: Pick<PoolView, 'phase'>, { kind }: Pick<OperationRow, 'kind'>): string {
  if (phase === 'DELETING') return 'Closing'
  return kind === 'pool.move_host' ? 'Moving' : 'Opening'
}

/** What helps now; while a change is under way, what goes on and where its log is. */
function MainButton({ pool, actions, latest, onOpen }: Props) {
  const canMake = useMay('volumes.write')
  const isGoing = pool.phase === 'DELETING'
  if (latest && isRunning(latest)) {
    return (
      <ButtonLink href={`/operations/${latest.id}`}>
        <StatusShape tone="working" />
        <span role="status">{doing(pool, latest)}</span>
      </ButtonLink>
    )
  }
  if (needsRetry(pool, latest)) {
    return (
      <Button
        variant="primary"
        icon={RefreshCw}
        pending={actions.isReconnecting}
        disabled={isGoing}
        onClick={() => actions.reconnect(pool)}
      >
        Reconnect
      </Button>
    )
  }
  if (pool.maintenance) {
    return (
      <Button
        icon={Wrench}
        pending={actions.isSettingMaintenance}
        disabled={isGoing}
        onClick={() => actions.setMaintenance(pool)}
      >
        End maintenance
      </Button>
    )
  }
  if (!canMake) return null
  return (
    <Button variant="primary" icon={Plus} disabled={isGoing || !isOpenSomewhere(pool)} onClick={() => onOpen('volume')}>
      New volume
    </Button>
  )
}

export function PoolActions(props: Props) {
  const { pool, actions, onOpen } = props
  const canWrite = useMay('pools.write')
  const canMake = useMay('volumes.write')
  const isGoing = pool.phase === 'DELETING'
  if (!canWrite) return canMake && <MainButton {...props} />
  return (
    <>
      <MainButton {...props} />
      <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
        {canMake && (
          <MenuItem icon={Plus} disabled={isGoing || pool.maintenance} onSelect={() => onOpen('volume')}>
            New volume
          </MenuItem>
        )}
        <MenuItem icon={Pencil} disabled={isGoing} onSelect={() => onOpen('edit')}>
          Edit
        </MenuItem>
        {pool.sharing === 'one_host' && (
          <MenuItem icon={ArrowRightLeft} disabled={isGoing} onSelect={() => onOpen('move-host')}>
            Move to another host
          </MenuItem>
        )}
        <MenuItem icon={RefreshCw} disabled={isGoing} onSelect={() => actions.reconnect(pool)}>
          Reconnect
        </MenuItem>
        <MenuItem icon={Wrench} disabled={isGoing} onSelect={() => actions.setMaintenance(pool)}>
          {pool.maintenance ? 'End maintenance' : 'Begin maintenance'}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger disabled={isGoing} onSelect={() => onOpen('delete')}>
          Delete
        </MenuItem>
      </Menu>
    </>
  )
}
