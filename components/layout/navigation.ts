import {
  Activity,
  Archive,
  Bell,
  Boxes,
  Cable,
  ChartArea,
  CircleHelp,
  Database,
  Disc3,
  Grid3x3,
  HardDrive,
  LayoutDashboard,
  type LucideIcon,
  ScrollText,
  Server,
  Settings,
  SquareCode,
  Trash2,
  Waypoints,
} from 'lucide-react'

export interface NavigationEntry {
  href: string
  label: string
  icon: LucideIcon
  /** Addresses that belong to it besides its own. */
  also?: readonly string[]
  /** Shown only to those who may. */
  permission?: string
}

export interface NavigationGroup {
  label: string | null
  entries: NavigationEntry[]
}

/** Only what is built has an entry. */
export const NAVIGATION: NavigationGroup[] = [
  {
    label: null,
    entries: [
      { href: '/', label: 'Overview', icon: LayoutDashboard },
      { href: '/alerts', label: 'Alerts', icon: Bell },
      { href: '/monitoring', label: 'Monitoring', icon: ChartArea, permission: 'monitoring.read' },
    ],
  },
  {
    label: 'Storage',
    entries: [
      { href: '/backends', label: 'Backends', icon: HardDrive },
      { href: '/pools', label: 'Pools', icon: Database },
      { href: '/volumes', label: 'Volumes', icon: Disc3 },
      { href: '/mounts', label: 'Mounts', icon: Waypoints },
    ],
  },
  {
    label: 'Protect',
    entries: [{ href: '/repositories', label: 'Repositories', icon: Archive, permission: 'repositories.read' }],
  },
  {
    label: 'Fleet',
    entries: [
      { href: '/hosts', label: 'Hosts', icon: Server },
      { href: '/workloads', label: 'Workloads', icon: Boxes, permission: 'workloads.read' },
    ],
  },
  {
    label: 'Activity',
    entries: [
      { href: '/operations', label: 'Operations', icon: Activity },
      { href: '/audit', label: 'Audit', icon: ScrollText, permission: 'audit.read' },
    ],
  },
]

export const FOOT_ENTRIES: NavigationEntry[] = [
  { href: '/help', label: 'Help', icon: CircleHelp, also: ['/api-reference'] },
  { href: '/settings', label: 'Settings', icon: Settings },
]

/** Pages that stand behind an entry. The palette finds them by their own names. */
export const BEHIND: NavigationEntry[] = [
  { href: '/volumes/trash', label: 'Trash of volumes', icon: Trash2 },
  { href: '/mounts/placement', label: 'Placement of mounts on hosts', icon: Grid3x3 },
  { href: '/monitoring/reachability', label: 'Reachability of storages', icon: Cable },
  { href: '/api-reference', label: 'API reference', icon: SquareCode },
]
