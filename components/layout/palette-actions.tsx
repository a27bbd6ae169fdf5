'use client'

import { Keyboard, LogOut, type LucideIcon, Monitor, Moon, Plus, Sun } from 'lucide-react'
import { signOut } from '@/components/auth/auth-requests'
import type { Theme } from '@/components/layout/appearance'
import { BEHIND, FOOT_ENTRIES, NAVIGATION } from '@/components/layout/navigation'
import { usePalette } from '@/components/layout/palette-context'
import { PaletteEntry, PaletteGroup } from '@/components/layout/palette-parts'
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

const THEME_ENTRIES: readonly { theme: Theme; icon: LucideIcon; name: string; label: string }[] = [
  { theme: 'light', icon: Sun, name: 'Light theme', label: 'Light theme' },
  { theme: 'dark', icon: Moon, name: 'Dark theme', label: 'Dark theme' },
  { theme: 'system', icon: Monitor, name: 'System theme', label: 'Theme as the system' },
]

/** What this person may do from anywhere, and where they may go. */
export function PaletteActions({ act, go }: { act: (action: () => void) => void; go: (href: string) => void }) {
  const { permissions } = usePerson()
  const may = ({ permission }: { permission?: string }) => !permission || permissions.includes(permission)
  const pages = [...NAVIGATION.flatMap((group) => group.entries), ...FOOT_ENTRIES, ...BEHIND]
  const { openShortcuts } = usePalette()
  return (
    <>
      <PaletteGroup heading="Do">
        {NEW.filter(may).map(({ label, keywords, href }) => (
          <PaletteEntry key={href} icon={Plus} value={label} keywords={keywords} onSelect={() => go(href)}>
            {label}
          </PaletteEntry>
        ))}
        {THEME_ENTRIES.map(({ theme, icon, name, label }) => (
          <PaletteEntry
            key={theme}
            icon={icon}
            value={name}
            keywords={['appearance']}
            onSelect={() => act(() => applyTheme(theme))}
          >
            {label}
          </PaletteEntry>
        ))}
        <PaletteEntry
          icon={Keyboard}
          value="Keyboard shortcuts"
          keywords={['keys', 'help']}
          onSelect={() => act(openShortcuts)}
        >
          Keyboard shortcuts
        </PaletteEntry>
        <PaletteEntry
          icon={LogOut}
          value="Sign out"
          keywords={['log out', 'logout', 'leave']}
          onSelect={() => act(() => void signOut())}
        >
          Sign out
        </PaletteEntry>
      </PaletteGroup>
      <PaletteGroup heading="Go to">
        {pages.filter(may).map(({ href, icon, label }) => (
          <PaletteEntry key={href} icon={icon} value={`Go to ${label}`} onSelect={() => go(href)}>
            {label}
          </PaletteEntry>
        ))}
      </PaletteGroup>
      <PaletteGroup heading="Settings">
        {settingsFor(permissions)
          .flatMap(({ entries }) => entries)
          .map(({ href, icon, label, keywords }) => (
            <PaletteEntry
              key={href}
              icon={icon}
              value={`Settings: ${label}`}
              keywords={[...keywords]}
              onSelect={() => go(href)}
            >
              {label}
            </PaletteEntry>
          ))}
      </PaletteGroup>
    </>
  )
}
