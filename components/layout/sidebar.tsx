'use client'

import { ChevronsUpDown, LogOut, UserRound } from 'lucide-react'
import Link, { useLinkStatus } from 'next/link'
import { usePathname } from 'next/navigation'
import { signOut } from '@/components/auth/auth-requests'
import { Logo } from '@/components/layout/logo'
import { FOOT_ENTRIES, NAVIGATION, type NavigationEntry } from '@/components/layout/navigation'
import { useIsDemo, usePerson } from '@/components/layout/person'
import { countWords, useTrouble } from '@/components/layout/use-trouble'
import { cn } from '@/components/ui/cn'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { Badge } from '@/components/ui/status'

function isCurrent({ href, also = [] }: NavigationEntry, path: string): boolean {
  if (href === '/') return path === '/'
  return [href, ...also].some((one) => path === one || path.startsWith(`${one}/`))
}

function PendingMark({ isRail }: { isRail: boolean }) {
  const { pending } = useLinkStatus()
  return (
    <span
      aria-hidden
      className={cn(
        'ml-auto size-1.5 rounded-full bg-accent opacity-0 transition-opacity delay-150',
        isRail && 'max-xl:absolute max-xl:bottom-1',
        pending && 'opacity-100',
      )}
    />
  )
}

/** What a narrow window leaves out of the rail; a reader still hears it. */
function besideIcons(isRail: boolean): string {
  return isRail ? 'max-xl:sr-only' : ''
}

function NavigationLink({
  entry,
  trouble,
  isRail,
  onNavigate,
}: {
  entry: NavigationEntry
  /** How many things behind it need a person. */
  trouble: number | undefined
  isRail: boolean
  onNavigate: () => void
}) {
  const current = isCurrent(entry, usePathname())
  const Icon = entry.icon
  const words = countWords(trouble)
  return (
    <Link
      href={entry.href}
      prefetch={false}
      onClick={onNavigate}
      title={isRail ? entry.label : undefined}
      aria-current={current ? 'page' : undefined}
      className={cn(
        'relative flex h-8 items-center gap-2.5 rounded-md px-2 text-13 text-muted transition-colors duration-75 hover:bg-hover hover:text-ink max-md:h-10 max-md:text-14',
        isRail && 'max-xl:h-9 max-xl:justify-center max-xl:px-0',
        current && 'bg-pressed font-medium text-ink hover:bg-pressed',
      )}
    >
      <Icon aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
      <span className={besideIcons(isRail)}>{entry.label}</span>
      <PendingMark isRail={isRail} />
      {words && (
        <span
          className={cn(
            'tabular rounded-full bg-critical-soft px-1.5 font-normal text-12 text-critical',
            isRail && 'max-xl:absolute max-xl:-top-0.5 max-xl:right-0 max-xl:px-1',
          )}
        >
          {words}
          <span className="sr-only"> in trouble</span>
        </span>
      )}
    </Link>
  )
}

/**
 * The way through the console. `onNavigate` closes the sheet that holds it on a phone. As a rail (`isRail`) it is icons alone in a
 * window under 1,280 px.
 */
export function Sidebar({ onNavigate = () => {}, isRail = false }: { onNavigate?: () => void; isRail?: boolean }) {
  const trouble = useTrouble()
  const person = usePerson()
  const isDemo = useIsDemo()
  const may = (entry: NavigationEntry) => !entry.permission || person.permissions.includes(entry.permission)
  return (
    <div className="flex h-full flex-col">
      <Link
        href="/"
        prefetch={false}
        onClick={onNavigate}
        className={cn(
          'mx-2 mt-2 flex h-10 items-center gap-2.5 rounded-md px-2 text-14 font-semibold tracking-tight',
          isRail && 'max-xl:justify-center max-xl:px-0',
        )}
      >
        <Logo />
        <span className={besideIcons(isRail)}>Holdfast</span>
        {isDemo && <Badge className={cn('ml-auto font-normal tracking-normal', isRail && 'max-xl:hidden')}>Demo</Badge>}
      </Link>
      <nav aria-label="Main" className="mt-3 flex-1 space-y-5 overflow-y-auto px-2">
        {NAVIGATION.map((group) => {
          const entries = group.entries.filter(may)
          if (entries.length === 0) return null
          return (
            <div key={group.label ?? 'overview'}>
              {group.label && (
                <h2 className={cn('px-2 pb-1 text-12 text-faint', besideIcons(isRail))}>{group.label}</h2>
              )}
              <ul className="space-y-px">
                {entries.map((entry) => (
                  <li key={entry.href}>
                    <NavigationLink
                      entry={entry}
                      trouble={trouble[entry.href]}
                      isRail={isRail}
                      onNavigate={onNavigate}
                    />
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
              <NavigationLink entry={entry} trouble={trouble[entry.href]} isRail={isRail} onNavigate={onNavigate} />
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
              className={cn(
                'flex w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-hover data-popup-open:bg-hover',
                isRail && 'max-xl:justify-center max-xl:px-0',
              )}
            >
              <span className="inline-flex size-7 shrink-0 items-center justify-center rounded-full border border-line-strong bg-surface text-12 font-medium uppercase">
                {person.name.slice(0, 1)}
              </span>
              <span className={cn('min-w-0 flex-1', besideIcons(isRail))}>
                <span className="block truncate text-13 font-medium">{person.name}</span>
                <span className="block text-12 text-muted capitalize">{person.role}</span>
              </span>
              <ChevronsUpDown aria-hidden className={cn('size-3.5 text-faint', isRail && 'max-xl:hidden')} />
            </button>
          }
        >
          <MenuLabel>Signed in as {person.name}</MenuLabel>
          <MenuItem icon={UserRound} href="/settings/account">
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
