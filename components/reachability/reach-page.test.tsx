import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ConsoleProvider } from '@/components/layout/person'
import { ReachPage } from '@/components/reachability/reach-page'
import { TimesProvider } from '@/components/ui/times'
import { REACH_LAYERS } from '@/lib/reachability/layer-names'
import type { ReachMatrix } from '@/lib/reachability/schema'
import { AtAddress } from '@/testing/console/at-address'

const MATRIX: ReachMatrix = {
  hosts: [
    { id: 'hst_1', name: 'web-1', status: 'online' },
    { id: 'hst_2', name: 'web-2', status: 'offline' },
  ],
  backends: [{ id: 'bkd_1', name: 'films', type: 'nfs' }],
  layers: [...REACH_LAYERS],
  texts: ['Refused.'],
  cells: [
    [0, 0, REACH_LAYERS.indexOf('authentication'), 1_700_000_000, 1_700_000_000, 0, null, 0, 0, 1],
    [1, 0, null, null, null, null, null, 1, 0, 0],
  ],
}

function drawn(matrix: ReachMatrix, permissions: string[] = []): string {
  const client = new QueryClient()
  client.setQueryData(['reach', 'list'], matrix)
  const person = { id: 'usr_1', name: 'anna', role: 'operator', permissions }
  return renderToStaticMarkup(
    <AtAddress>
      <ConsoleProvider value={{ person, types: [], isDemo: false }}>
        <TimesProvider initial={{ zone: 'UTC', style: 'relative' }}>
          <QueryClientProvider client={client}>
            <ReachPage />
          </QueryClientProvider>
        </TimesProvider>
      </ConsoleProvider>
    </AtAddress>,
  )
}
const text = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

test('each cell says the first layer that fails, and how many checks wait', () => {
  const html = drawn(MATRIX, ['backends.test', 'system.admin'])
  expect(html).toContain('aria-label="films from web-1: Sign-in"')
  expect(html).toContain('aria-label="films from web-2: Waiting"')
  expect(text(html)).toContain('1 check waits')
  expect(text(html)).toContain('Check all now')
  expect(text(html)).toContain('Nightly checks')
})

test('who may only look is asked for nothing', () => {
  const said = text(drawn(MATRIX))
  expect(said).not.toContain('Check all now')
  expect(said).not.toContain('Nightly checks')
})

test('before the first check it says what will be, and offers it', () => {
  const none = { ...MATRIX, cells: [] }
  expect(text(drawn(none, ['backends.test']))).toContain('Check everything now')
  expect(text(drawn(none))).not.toContain('Check everything now')
  expect(text(drawn({ ...none, backends: [] }, ['backends.test']))).toContain('There is nothing to check yet')
})
