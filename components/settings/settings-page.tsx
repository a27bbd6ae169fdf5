'use client'

import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { Page } from '@/components/layout/page'
import { SETTINGS_INDEX, SettingsList } from '@/components/settings/settings-list'

/** The frame of all settings pages: their list at the side, one of them beside it. */
export function SettingsPage({
  title,
  status,
  subtitle,
  actions,
  children,
}: {
  title: string
  status?: ReactNode
  subtitle?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  const isIndex = usePathname() === SETTINGS_INDEX
  return (
    <Page
      crumbs={isIndex ? [{ label: 'Settings' }] : [{ label: 'Settings', href: SETTINGS_INDEX }, { label: title }]}
      title={title}
      status={status}
      subtitle={subtitle}
      actions={actions}
      side={<SettingsList />}
      isSideAlone={isIndex}
    >
      {children}
    </Page>
  )
}
