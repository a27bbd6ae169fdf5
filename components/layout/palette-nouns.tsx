'use client'

import { useQuery } from '@tanstack/react-query'
import { HardDrive, type LucideIcon, Server, Waypoints } from 'lucide-react'
import { TypeIcon } from '@/components/backends/backend-type'
import { backendList, hostList, mountList } from '@/components/data/queries'
import { PaletteEntry, PaletteGroup } from '@/components/layout/palette-parts'

interface Found {
  id: string
  name: string
  /** What else it is known by: shown beside its name, and searched. */
  aside: string
  /** Of a storage: drawn instead of the sign of the noun. */
  type?: string
}

function Nouns({
  heading,
  icon,
  path,
  found,
  go,
}: {
  heading: string
  icon: LucideIcon
  path: string
  found: readonly Found[] | undefined
  go: (href: string) => void
}) {
  if (!found || found.length === 0) return null
  return (
    <PaletteGroup heading={heading}>
      {found.map(({ id, name, aside, type }) => (
        <PaletteEntry
          key={id}
          icon={type === undefined ? icon : <TypeIcon type={type} />}
          value={id}
          keywords={[name, aside]}
          onSelect={() => go(`${path}/${id}`)}
          aside={aside}
        >
          {name}
        </PaletteEntry>
      ))}
    </PaletteGroup>
  )
}

/** Every backend, mount and host by name. */
export function PaletteNouns({ go }: { go: (href: string) => void }) {
  const { data: backends } = useQuery(backendList())
  const { data: mounts } = useQuery(mountList())
  const { data: hosts } = useQuery(hostList())
  return (
    <>
      <Nouns
        heading="Backends"
        icon={HardDrive}
        path="/backends"
        found={backends?.data.map(({ id, name, source, type }) => ({ id, name, aside: source, type }))}
        go={go}
      />
      <Nouns
        heading="Mounts"
        icon={Waypoints}
        path="/mounts"
        found={mounts?.data.map(({ id, name, mount_point, type }) => ({ id, name, aside: mount_point, type }))}
        go={go}
      />
      <Nouns
        heading="Hosts"
        icon={Server}
        path="/hosts"
        found={hosts?.data.map(({ id, name, address }) => ({ id, name, aside: address }))}
        go={go}
      />
    </>
  )
}
