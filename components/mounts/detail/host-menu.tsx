'use client'

import { Ellipsis, Gauge, ListChecks, SlidersHorizontal, Unplug } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { traitsOf, wordOnHost } from '@/lib/mounts/state'

/** What a person can ask for on one host. */
export type HostDeed = 'retry' | 'mount' | 'unmount' | 'check' | 'override' | 'abandon' | 'take_over'

function TakeAway({ mount, entry, onDo }: HostMenuProps) {
  const canWrite = useMay('mounts.write')
  const canAbandon = useMay('mounts.abandon')
  const isBusy = wordOnHost(entry).tone === 'working' || entry.held_by !== null
  const mayTakeAway = canWrite && entry.desired_state === 'mounted' && entry.drift?.kind !== 'unmounted'
  const mayAbandon = canAbandon && (entry.removing || mount.removing || traitsOf(entry.state).isAbandonable === true)
  return (
    <>
      {(mayTakeAway || mayAbandon) && <MenuSeparator />}
      {mayTakeAway && (
        <MenuItem icon={Unplug} disabled={isBusy} onSelect={() => onDo('unmount')}>
          Unmount
        </MenuItem>
      )}
      {mayAbandon && (
        <MenuItem icon={Unplug} danger onSelect={() => onDo('abandon')}>
          Abandon this mount
        </MenuItem>
      )}
    </>
  )
}

interface HostMenuProps {
  mount: MountView
  entry: MountOnHostView
  onDo: (deed: HostDeed) => void
}

export function HostMenu({
  showsOptions,
  onToggleOptions,
  ...props
}: HostMenuProps & { showsOptions: boolean; onToggleOptions: () => void }) {
  const { mount, entry, onDo } = props
  const canWrite = useMay('mounts.write')
  const isReadOnly = entry.overrides?.read_only ?? mount.read_only
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label={`More for ${entry.host_name}`} />}>
      {canWrite && (
        <MenuItem icon={SlidersHorizontal} disabled={entry.removing} onSelect={() => onDo('override')}>
          {entry.overrides ? 'Change what is different here' : 'Make different here'}
        </MenuItem>
      )}
      {canWrite && (
        <MenuItem
          icon={Gauge}
          disabled={entry.state !== 'mounted' || entry.host_status !== 'online' || isReadOnly}
          onSelect={() => onDo('check')}
        >
          Check reads and writes
        </MenuItem>
      )}
      <MenuItem icon={ListChecks} onSelect={onToggleOptions}>
        {showsOptions ? 'Hide mount options' : 'Show mount options'}
      </MenuItem>
      <TakeAway {...props} />
    </Menu>
  )
}
