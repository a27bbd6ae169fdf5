import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { backendList } from '@/components/data/queries'
import { Target } from '@/components/operations/operation-detail'
import type { BackendView } from '@/lib/backends/schema'
import { AtAddress } from '@/testing/console/at-address'

function drawn(id: string): string {
  const client = new QueryClient()
  client.setQueryData(backendList().queryKey, { data: [{ id: 'bkd_saved' } as BackendView], total: 1 })
  return renderToStaticMarkup(
    <AtAddress>
      <QueryClientProvider client={client}>
        <Target target={{ kind: 'backend', id, name: 'nas' }} />
      </QueryClientProvider>
    </AtAddress>,
  )
}

it('leads to a backend that is there, and not to settings that were only tested', () => {
  expect(drawn('bkd_saved')).toContain('href="/backends/bkd_saved"')
  expect(drawn('bkd_tested')).toBe('nas')
})
