import type { Metadata } from 'next'
import { HelpPage } from '@/components/help/help-page'
import { pageActor } from '@/lib/auth/page-actor'
import { installedVersions } from '@/lib/installation/versions'

export const metadata: Metadata = { title: 'Help' }

export default async function HelpRoute() {
  const actor = await pageActor()
  return <HelpPage versions={actor.permissions.has('api.read') ? installedVersions() : null} />
}
