'use client'

import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { usePerson } from '@/components/layout/person'
import { SETTINGS_FIRST, type SettingsEntry, settingsFor } from '@/components/layout/settings-navigation'
import { cn } from '@/components/ui/cn'

/** The address of the settings themselves: a phone shows the list there, a wider window the first page beside it. */
export const SETTINGS_INDEX = '/settings'

function Entry({ entry: { href, label, about, icon: Icon }, current }: { entry: SettingsEntry; current: boolean }) {
  return (
    <Link
      href={href}
      prefetch={false}
      aria-current={current ? 'page' : undefined}
      className={cn(
        'flex items-center gap-2.5 px-4 py-3 text-14 hover:bg-hover md:h-8 md:rounded-md md:px-2 md:py-0 md:text-13 md:text-muted md:hover:text-ink',
        current && 'md:bg-pressed md:font-medium md:text-ink md:hover:bg-pressed',
      )}
    >
      <Icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
      <span className="min-w-0 flex-1">
        {label}
        <span className="block text-12 text-muted md:hidden">{about}</span>
      </span>
      <ChevronRight aria-hidden className="size-4 text-faint md:hidden" />
    </Link>
  )
}

/** All pages of the settings that this person may use: beside each of them, and alone on a phone. */
export function SettingsList() {
  const path = usePathname()
  const { permissions } = usePerson()
  const isIndex = path === SETTINGS_INDEX
  const current = isIndex ? SETTINGS_FIRST : path
  return (
    <nav aria-label="Settings" className={cn('md:sticky md:top-[76px]', !isIndex && 'max-md:hidden')}>
      {isIndex && <h1 className="mb-5 text-20 font-semibold md:hidden">Settings</h1>}
      <div className="space-y-5">
        {settingsFor(permissions).map(({ label, entries }) => (
          <div key={label}>
            <h2 className="pb-1.5 text-12 text-muted md:px-2 md:pb-1">{label}</h2>
            <ul className="panel divide-y divide-line overflow-hidden md:space-y-px md:divide-y-0 md:border-0 md:bg-transparent">
              {entries.map((entry) => (
                <li key={entry.href}>
                  <Entry entry={entry} current={entry.href === current || current.startsWith(`${entry.href}/`)} />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </nav>
  )
}
