import {
  Activity,
  HardDrive,
  LayoutDashboard,
  type LucideIcon,
  ScrollText,
  Server,
  Settings,
  SquareCode,
  Waypoints,
} from 'lucide-react'

export interface NavigationEntry {
  href: string
  label: string
  icon: LucideIcon
  /** Shown only to those who may. */
  permission?: string
}

export interface NavigationGroup {
  label: string | null
  entries: NavigationEntry[]
}

/** Only what is built has an entry. */
export const NAVIGATION: NavigationGroup[] = [
  { label: null, entries: [{ href: '/', label: 'Overview', icon: LayoutDashboard }] },
  {
    label: 'Storage',
    entries: [
      { href: '/backends', label: 'Backends', icon: HardDrive },
      { href: '/mounts', label: 'Mounts', icon: Waypoints },
    ],
  },
  { label: 'Fleet', entries: [{ href: '/hosts', label: 'Hosts', icon: Server }] },
  {
    label: 'Activity',
    entries: [
      { href: '/operations', label: 'Operations', icon: Activity },
      { href: '/audit', label: 'Audit', icon: ScrollText, permission: 'audit.read' },
    ],
  },
]

export const FOOT_ENTRIES: NavigationEntry[] = [
  { href: '/api-reference', label: 'API reference', icon: SquareCode },
  { href: '/settings', label: 'Settings', icon: Settings },
]
