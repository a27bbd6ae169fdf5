'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { SETTINGS_ENTRIES } from '@/components/layout/navigation'
import { Page } from '@/components/layout/page'
import { usePerson } from '@/components/layout/person'
import { cn } from '@/components/ui/cn'

/** The frame of all settings pages. */
export function SettingsPage({
  title,
  actions,
  children,
}: {
  title: string
  actions?: ReactNode
  children: ReactNode
}) {
  const path = usePathname()
  const { permissions } = usePerson()
  return (
    <Page crumbs={[{ label: 'Settings', href: '/settings' }, { label: title }]} title={title} actions={actions}>
      <nav aria-label="Settings" className="mb-6 flex gap-1 overflow-x-auto border-b border-line">
        {SETTINGS_ENTRIES.filter(({ permission }) => !permission || permissions.includes(permission)).map((section) => (
          <Link
            key={section.href}
            href={section.href}
            prefetch={false}
            aria-current={path === section.href ? 'page' : undefined}
            className={cn(
              '-mb-px inline-flex h-10 shrink-0 items-center border-b-2 border-transparent px-2.5 text-13 font-medium text-muted -outline-offset-2 hover:text-ink',
              path === section.href && 'border-ink text-ink',
            )}
          >
            {section.label}
          </Link>
        ))}
      </nav>
      {children}
    </Page>
  )
}
