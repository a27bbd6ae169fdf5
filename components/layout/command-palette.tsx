'use client'

import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { HardDrive, type LucideIcon, Monitor, Moon, Plus, Server, Sun, Waypoints } from 'lucide-react'
import { useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import { backendList, hostList, mountList } from '@/components/data/queries'
import { FOOT_ENTRIES, NAVIGATION } from '@/components/layout/navigation'
import { usePerson } from '@/components/layout/person'
import { applyTheme } from '@/components/layout/theme-switch'

const GROUP =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-muted'

function Entry({
  icon: Icon,
  value,
  keywords,
  onSelect,
  children,
  aside,
}: {
  icon: LucideIcon
  value: string
  keywords?: string[]
  onSelect: () => void
  children: ReactNode
  aside?: ReactNode
}) {
  return (
    <Command.Item
      value={value}
      {...(keywords ? { keywords } : {})}
      onSelect={onSelect}
      className="flex min-h-9 cursor-default select-none items-center gap-2.5 rounded-md px-2.5 text-13 data-[selected=true]:bg-hover"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {aside && <span className="max-w-[45%] truncate font-mono text-12 text-faint">{aside}</span>}
    </Command.Item>
  )
}

/** Every noun and every action, by name. */
export function CommandPalette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const router = useRouter()
  const { permissions } = usePerson()
  const may = (permission: string | undefined) => !permission || permissions.includes(permission)
  const backends = useQuery({ ...backendList(), enabled: open })
  const mounts = useQuery({ ...mountList(), enabled: open })
  const hosts = useQuery({ ...hostList(), enabled: open })

  function act(action: () => void) {
    onOpenChange(false)
    action()
  }
  const go = (href: string) => () => act(() => router.push(href))

  return (
    <Command.Dialog
      open={open}
      onOpenChange={onOpenChange}
      label="Search or jump to"
      loop
      overlayClassName="fixed inset-0 z-40 bg-scrim"
      contentClassName="popup fixed top-[min(14vh,120px)] left-1/2 z-50 w-[min(600px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden"
    >
      <Command.Input
        placeholder="Search or jump to"
        className="h-12 w-full border-b border-line bg-transparent px-4 text-14 outline-none"
      />
      <Command.List className="max-h-[min(420px,60vh)] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-8 text-center text-13 text-muted">Nothing has that name.</Command.Empty>
        <Command.Group heading="Do" className={GROUP}>
          {may('backends.write') && (
            <Entry
              icon={Plus}
              value="New backend"
              keywords={['add', 'create', 'storage']}
              onSelect={go('/backends/new')}
            >
              New backend
            </Entry>
          )}
          {may('mounts.write') && (
            <Entry icon={Plus} value="New mount" keywords={['add', 'create']} onSelect={go('/mounts/new')}>
              New mount
            </Entry>
          )}
          {may('hosts.admin') && (
            <Entry icon={Plus} value="Add a host" keywords={['join', 'enrol', 'new']} onSelect={go('/hosts?add=1')}>
              Add a host
            </Entry>
          )}
          <Entry
            icon={Sun}
            value="Light theme"
            keywords={['appearance']}
            onSelect={() => act(() => applyTheme('light'))}
          >
            Light theme
          </Entry>
          <Entry
            icon={Moon}
            value="Dark theme"
            keywords={['appearance']}
            onSelect={() => act(() => applyTheme('dark'))}
          >
            Dark theme
          </Entry>
          <Entry
            icon={Monitor}
            value="System theme"
            keywords={['appearance']}
            onSelect={() => act(() => applyTheme('system'))}
          >
            Theme as the system
          </Entry>
        </Command.Group>
        <Command.Group heading="Go to" className={GROUP}>
          {[...NAVIGATION.flatMap((group) => group.entries), ...FOOT_ENTRIES]
            .filter((entry) => may(entry.permission))
            .map((entry) => (
              <Entry key={entry.href} icon={entry.icon} value={`Go to ${entry.label}`} onSelect={go(entry.href)}>
                {entry.label}
              </Entry>
            ))}
        </Command.Group>
        {backends.data && backends.data.data.length > 0 && (
          <Command.Group heading="Backends" className={GROUP}>
            {backends.data.data.map((backend) => (
              <Entry
                key={backend.id}
                icon={HardDrive}
                value={backend.id}
                keywords={[backend.name, backend.source]}
                onSelect={go(`/backends/${backend.id}`)}
                aside={backend.source}
              >
                {backend.name}
              </Entry>
            ))}
          </Command.Group>
        )}
        {mounts.data && mounts.data.data.length > 0 && (
          <Command.Group heading="Mounts" className={GROUP}>
            {mounts.data.data.map((mount) => (
              <Entry
                key={mount.id}
                icon={Waypoints}
                value={mount.id}
                keywords={[mount.name, mount.mount_point]}
                onSelect={go(`/mounts/${mount.id}`)}
                aside={mount.mount_point}
              >
                {mount.name}
              </Entry>
            ))}
          </Command.Group>
        )}
        {hosts.data && hosts.data.data.length > 0 && (
          <Command.Group heading="Hosts" className={GROUP}>
            {hosts.data.data.map((host) => (
              <Entry
                key={host.id}
                icon={Server}
                value={host.id}
                keywords={[host.name, host.address]}
                onSelect={go(`/hosts/${host.id}`)}
                aside={host.address}
              >
                {host.name}
              </Entry>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command.Dialog>
  )
}
