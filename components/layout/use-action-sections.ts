'use client'

import { Keyboard, LogOut, type LucideIcon, Monitor, Moon, Plus, Sun } from 'lucide-react'
import { signOut } from '@/components/auth/auth-requests'
import type { Theme } from '@/components/layout/appearance'
import { BEHIND, FOOT_ENTRIES, NAVIGATION } from '@/components/layout/navigation'
import { usePalette } from '@/components/layout/palette-context'
import { fitsWords, type PaletteLine, type PaletteSection } from '@/components/layout/palette-lines'
import { usePerson } from '@/components/layout/person'
import { settingsFor } from '@/components/layout/settings-navigation'
import { applyTheme } from '@/components/layout/theme-switch'
import type { Permission } from '@/lib/auth/permissions'

const NEW: readonly { permission: Permission; label: string; keywords: string[]; href: string }[] = [
  {
    permission: 'backends.write',
    label: 'New backend',
    keywords: ['add', 'create', 'storage'],
    href: '/backends/new',
  },
  { permission: 'mounts.write', label: 'New mount', keywords: ['add', 'create'], href: '/mounts/new' },
  { permission: 'hosts.admin', label: 'Add a host', keywords: ['join', 'enrol', 'new'], href: '/hosts?add=1' },
]

const THEME_ENTRIES: readonly { theme: Theme; icon: LucideIcon; label: string }[] = [
  { theme: 'light', icon: Sun, label: 'Light theme' },
  { theme: 'dark', icon: Moon, label: 'Dark theme' },
  { theme: 'system', icon: Monitor, label: 'Theme as the system' },
]

interface Action extends PaletteLine {
  label: string
  /** Other words that people type for it. */
  keywords: readonly string[]
}

/** What this person may do from anywhere, and where they may go, as far as it fits the query. */
export function useActionSections(
  query: string,
  { act, go }: { act: (action: () => void) => void; go: (href: string) => void },
): PaletteSection[] {
  const { permissions } = usePerson()
  const { openShortcuts } = usePalette()
  const may = ({ permission }: { permission?: string }) => !permission || permissions.includes(permission)
  const leadTo = (icon: LucideIcon, label: string, href: string, keywords: readonly string[]): Action => ({
    value: `go ${href}`,
    icon,
    label,
    keywords,
    onSelect: () => go(href),
  })
  const actions: Action[] = [
    ...NEW.filter(may).map(({ label, keywords, href }) => leadTo(Plus, label, href, keywords)),
    ...THEME_ENTRIES.map(({ theme, icon, label }) => ({
      value: `theme ${theme}`,
      icon,
      label,
      keywords: ['appearance', theme],
      onSelect: () => act(() => applyTheme(theme)),
    })),
    {
      value: 'shortcuts',
      icon: Keyboard,
      label: 'Keyboard shortcuts',
      keywords: ['keys', 'help'],
      onSelect: () => act(openShortcuts),
    },
    {
      value: 'sign out',
      icon: LogOut,
      label: 'Sign out',
      keywords: ['log out', 'logout', 'leave'],
      onSelect: () => act(() => void signOut()),
    },
  ]
  const pages = [...NAVIGATION.flatMap((group) => group.entries), ...FOOT_ENTRIES, ...BEHIND].filter(may)
  const settings = settingsFor(permissions).flatMap(({ entries }) => entries)
  const sections = [
    { heading: 'Do', lines: actions },
    { heading: 'Go to', lines: pages.map(({ icon, label, href }) => leadTo(icon, label, href, ['go to'])) },
    {
      heading: 'Settings',
      lines: settings.map(({ icon, label, href, keywords }) => leadTo(icon, label, href, ['settings', ...keywords])),
    },
  ]
  return sections
    .map(({ heading, lines }) => ({
      heading,
      lines: lines.filter(({ label, keywords }) => fitsWords(query, [label, ...keywords])),
    }))
    .filter(({ lines }) => lines.length > 0)
}
