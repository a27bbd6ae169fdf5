'use client'

import { ChevronsUpDown, LogOut, UserRound } from 'lucide-react'
import Link, { useLinkStatus } from 'next/link'
import { usePathname } from 'next/navigation'
import { signOut } from '@/components/auth/auth-requests'
import { Logo } from '@/components/layout/logo'
import { FOOT_ENTRIES, NAVIGATION, type NavigationEntry } from '@/components/layout/navigation'
import { useIsDemo, usePerson } from '@/components/layout/person'
import { cn } from '@/components/ui/cn'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { Badge } from '@/components/ui/status'

function isCurrent({ href, also = [] }: NavigationEntry, path: string): boolean {
  if (href === '/') return path === '/'
  return [href, ...also].some((one) => path === one || path.startsWith(`${one}/`))
}

function PendingMark() {
  const { pending } = useLinkStatus()
  return (
    <span
      aria-hidden
      className={cn(
        'ml-auto size-1.5 rounded-full bg-accent opacity-0 transition-opacity delay-150',
        pending && 'opacity-100',
      )}
    />
  )
}

function NavigationLink({ entry, onNavigate }: { entry: NavigationEntry; onNavigate: () => void }) {
  const current = isCurrent(entry, usePathname())
  const Icon = entry.icon
  return (
    <Link
      href={entry.href}
      prefetch={false}
      onClick={onNavigate}
      aria-current={current ? 'page' : undefined}
      className={cn(
        'flex h-8 items-center gap-2.5 rounded-md px-2 text-13 text-muted transition-colors duration-75 hover:bg-hover hover:text-ink max-md:h-10 max-md:text-14',
        current && 'bg-pressed font-medium text-ink hover:bg-pressed',
      )}
    >
      <Icon aria-hidden className="size-4" strokeWidth={1.75} />
      {entry.label}
      <PendingMark />
    </Link>
  )
}

/** The way through the console. `onNavigate` closes the sheet that holds it on a phone. */
export function Sidebar({ onNavigate = () => {} }: { onNavigate?: () => void }) {
  const person = usePerson()
  const isDemo = useIsDemo()
  const may = (entry: NavigationEntry) => !entry.permission || person.permissions.includes(entry.permission)
  return (
    <div className="flex h-full flex-col">
      <Link
        href="/"
        prefetch={false}
        onClick={onNavigate}
        className="mx-2 mt-2 flex h-10 items-center gap-2.5 rounded-md px-2 text-14 font-semibold tracking-tight"
      >
        <Logo />
        Holdfast
        {isDemo && <Badge className="ml-auto font-normal tracking-normal">Demo</Badge>}
      </Link>
      <nav aria-label="Main" className="mt-3 flex-1 space-y-5 overflow-y-auto px-2">
        {NAVIGATION.map((group) => {
          const entries = group.entries.filter(may)
          if (entries.length === 0) return null
          return (
            <div key={group.label ?? 'overview'}>
              {group.label && <h2 className="px-2 pb-1 text-12 text-faint">{group.label}</h2>}
              <ul className="space-y-px">
                {entries.map((entry) => (
                  <li key={entry.href}>
                    <NavigationLink entry={entry} onNavigate={onNavigate} />
                  </li>
                ))}
              </ul>
            </div>
          )
        })}
      </nav>
      <nav aria-label="Secondary" className="px-2 pt-2">
        <ul className="space-y-px">
          {FOOT_ENTRIES.map((entry) => (
            <li key={entry.href}>
              <NavigationLink entry={entry} onNavigate={onNavigate} />
            </li>
          ))}
        </ul>
      </nav>
      <div className="m-2 border-t border-line pt-2">
        <Menu
          side="top"
          align="start"
          trigger={
            <button
              type="button"
              className="flex w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-hover data-popup-open:bg-hover"
            >
              <span className="inline-flex size-7 shrink-0 items-center justify-center rounded-full border border-line-strong bg-surface text-12 font-medium uppercase">
                {person.name.slice(0, 1)}
              </span>
              <span className="min-w-0 flex-1">
                <span className="block truncate text-13 font-medium">{person.name}</span>
                <span className="block text-12 text-muted capitalize">{person.role}</span>
              </span>
              <ChevronsUpDown aria-hidden className="size-3.5 text-faint" />
            </button>
          }
        >
          <MenuLabel>Signed in as {person.name}</MenuLabel>
          <MenuItem icon={UserRound} href="/settings">
            Account and sessions
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={LogOut} onSelect={() => void signOut()}>
            Sign out
          </MenuItem>
        </Menu>
      </div>
    </div>
  )
}
