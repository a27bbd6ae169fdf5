import type { Metadata } from 'next'
import { tokenList } from '@/components/data/account-queries'
import { allowed } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { TokensPage } from '@/components/settings/tokens'
import { pageActor } from '@/lib/auth/page-actor'
import { listTokens } from '@/lib/users/tokens'

export const metadata: Metadata = { title: 'API tokens · Settings' }

export default async function TokensRoute() {
  const tokens = await allowed(listTokens(await pageActor()))
  return (
    <Prefetched data={[[tokenList().queryKey, tokens]]}>
      <TokensPage />
    </Prefetched>
  )
}
