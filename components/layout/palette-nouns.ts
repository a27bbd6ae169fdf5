import { Boxes, Database, Disc3, HardDrive, type LucideIcon, Network, Server, Waypoints } from 'lucide-react'
import type { PaletteSection } from '@/components/layout/palette-lines'
import { usesPath } from '@/components/uses/kinds'
import type { SearchGroup, SearchKind } from '@/lib/search/schema'

/** Each has a page of its own, but servers: of one it can be asked what breaks when it dies. */
const NOUNS: Readonly<Record<SearchKind, { heading: string; icon: LucideIcon; path: string }>> = {
  backend: { heading: 'Backends', icon: HardDrive, path: '/backends' },
  pool: { heading: 'Pools', icon: Database, path: '/pools' },
  volume: { heading: 'Volumes', icon: Disc3, path: '/volumes' },
  mount: { heading: 'Mounts', icon: Waypoints, path: '/mounts' },
  host: { heading: 'Hosts', icon: Server, path: '/hosts' },
  workload: { heading: 'Workloads', icon: Boxes, path: '/workloads' },
  server: { heading: 'What breaks if a server dies', icon: Network, path: '/uses' },
}

/** What the server has found, as lines that lead there. */
export function nounSections(groups: readonly SearchGroup[], go: (href: string) => void): PaletteSection[] {
  return groups.map(({ kind, total, hits }) => {
    const { heading, icon, path } = NOUNS[kind]
    return {
      heading,
      more: total - hits.length,
      lines: hits.map(({ id, name, detail }) => ({
        value: id,
        icon,
        label: name,
        aside: detail,
        onSelect: () => go(kind === 'server' ? usesPath({ server: id }) : `${path}/${id}`),
      })),
    }
  })
}
