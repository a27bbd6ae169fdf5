import { BellRing, Gauge, HeartPulse, History, KeyRound, SunMoon, UserRound, Users } from 'lucide-react'
import type { NavigationEntry } from '@/components/layout/navigation'

export interface SettingsEntry extends NavigationEntry {
  /** One line for the list on a phone. */
  about: string
  /** What people look for on this page, for the palette. */
  keywords: readonly string[]
}

export interface SettingsGroup {
  label: string
  entries: readonly SettingsEntry[]
}

/** The pages of the settings, as their side list shows them. */
export const SETTINGS: readonly SettingsGroup[] = [
  {
    label: 'Personal',
    entries: [
      {
        href: '/settings/account',
        label: 'Account',
        icon: UserRound,
        about: 'Your password and sessions',
        keywords: ['password', 'sessions', 'profile'],
        permission: 'account.own',
      },
      {
        href: '/settings/appearance',
        label: 'Appearance',
        icon: SunMoon,
        about: 'Theme, density, and how times are read',
        keywords: ['theme', 'dark', 'light', 'density', 'time zone'],
      },
    ],
  },
  {
    label: 'Access',
    entries: [
      {
        href: '/settings/users',
        label: 'Users',
        icon: Users,
        about: 'Who may sign in, and in which role',
        keywords: ['people', 'roles', 'invite'],
        permission: 'users.admin',
      },
      {
        href: '/settings/tokens',
        label: 'API tokens',
        icon: KeyRound,
        about: 'Access for scripts and other programs',
        keywords: ['keys', 'automation', 'access'],
        permission: 'tokens.admin',
      },
    ],
  },
  {
    label: 'System',
    entries: [
      {
        href: '/settings/notifiers',
        label: 'Notifiers',
        icon: BellRing,
        about: "Messages about alerts, and the dead-man's switch",
        keywords: [
          'alerts',
          'email',
          'mail',
          'webhook',
          'syslog',
          'messages',
          'notifications',
          'on call',
          'heartbeat',
          'ping',
        ],
        permission: 'notifiers.read',
      },
      {
        href: '/settings/measuring',
        label: 'Measuring',
        icon: Gauge,
        about: 'How often storages are measured',
        keywords: ['monitoring', 'interval', 'sampling', 'capacity', 'minutes', 'polling'],
        permission: 'system.admin',
      },
      {
        href: '/settings/retention',
        label: 'Retention',
        icon: History,
        about: 'How long history is kept, and how much there is',
        keywords: ['history', 'operations', 'audit', 'logs', 'prune', 'clean up', 'days'],
        permission: 'system.admin',
      },
      {
        href: '/settings/health',
        label: 'Health',
        icon: HeartPulse,
        about: 'How Holdfast itself does',
        keywords: ['status', 'controller', 'database', 'certificates', 'memory', 'version', 'uptime', 'diagnostics'],
        permission: 'system.read',
      },
    ],
  },
]

/** What the bare address of the settings shows beside the list; a phone shows the list alone. */
export const SETTINGS_FIRST = '/settings/account'

/** The groups with what this person may use; a group without any is left out. */
export function settingsFor(permissions: readonly string[]): SettingsGroup[] {
  const may = ({ permission }: SettingsEntry) => !permission || permissions.includes(permission)
  return SETTINGS.map(({ label, entries }) => ({ label, entries: entries.filter(may) })).filter(
    ({ entries }) => entries.length > 0,
  )
}
