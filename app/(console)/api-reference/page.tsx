import { KeyRound } from 'lucide-react'
import type { Metadata } from 'next'
import { DocFrame } from '@/components/help/doc-frame'
import { LearnMore } from '@/components/help/learn-more'
import { Page } from '@/components/layout/page'
import { LazyReference } from '@/components/reference/lazy-reference'
import { ButtonLink } from '@/components/ui/button'
import { pageActor } from '@/lib/auth/page-actor'

export const metadata: Metadata = { title: 'API reference' }

export default async function ApiReferencePage() {
  const actor = await pageActor()
  return (
    <Page
      crumbs={[{ label: 'Help', href: '/help' }, { label: 'API reference' }]}
      title="API reference"
      subtitle={
        <>
          Everything the console does goes through this API. The description for tools is at{' '}
          <a href="/api/v1/openapi.json" className="font-mono text-12 text-accent hover:underline">
            /api/v1/openapi.json
          </a>
          . <LearnMore href="/help/api" about="the API" />
        </>
      }
      actions={
        actor.permissions.has('tokens.admin') && (
          <ButtonLink href="/settings/tokens" icon={KeyRound}>
            API tokens
          </ButtonLink>
        )
      }
    >
      <DocFrame current="/api-reference">
        <LazyReference />
      </DocFrame>
    </Page>
  )
}
