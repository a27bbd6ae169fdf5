import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { BackendHealth } from '@/components/availability/backend-health'
import { ConsoleProvider } from '@/components/layout/person'
import { TimesProvider } from '@/components/ui/times'
import type { BackendHealth as Health, HostHealth } from '@/lib/availability/schema'

const host = (name: string, over: Partial<HostHealth> = {}): HostHealth => ({
  host: { id: `hst_${name}`, name },
  state: 'well',
  since: null,
  availability_percent: 100,
  well_seconds: 86_400,
  failing_seconds: 0,
  outages: 0,
  budget_left_percent: 100,
  message: null,
  explanation: null,
  latency_ms: null,
  ...over,
})

function drawn(hosts: HostHealth[], permissions: string[] = [], over: Partial<Health> = {}): string {
  const client = new QueryClient()
  client.setQueryData(['backend', 'one', 'bkd_1', 'health'], {
    objective_percent: 99.9,
    window_days: 30,
    availability_percent: 99.5,
    well_seconds: 86_000,
    failing_seconds: 400,
    outages: 2,
    budget_left_percent: 92,
    hosts,
    ...over,
  } satisfies Health)
  const person = { id: 'usr_1', name: 'anna', role: 'operator', permissions }
  return renderToStaticMarkup(
    <ConsoleProvider value={{ person, types: [], isDemo: false }}>
      <TimesProvider initial={{ zone: 'UTC', style: 'relative' }}>
        <QueryClientProvider client={client}>
          <BackendHealth backend={{ id: 'bkd_1', name: 'films' }} />
        </QueryClientProvider>
      </TimesProvider>
    </ConsoleProvider>,
  )
}
const text = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

test('the sum, and each host with what fails there and how fast it answers', () => {
  const failing = host('web-1', {
    state: 'failing',
    availability_percent: 98,
    outages: 2,
    budget_left_percent: -900,
    failing_seconds: 25_920,
    message: 'It does not answer.',
  })
  const said = text(drawn([failing, host('web-2', { latency_ms: { mean: 3, most: 40 } })]))
  expect(said).toContain('Availability over 30 days')
  expect(said).toContain('Availability 99.50 % Objective 99.9 %')
  expect(said).toContain('Error budget 7 min of 86 min used')
  expect(said).toContain('web-1 Failing 98.0 %')
  expect(said).toContain('2 outages · 7 h 12 min of 43 min used, more than there is It does not answer.')
  expect(said).toContain('web-2 Reachable 100 %')
  expect(said).toContain('no outage · none of 43 min used · answers in 3 ms, at most 40 ms')
})

test('nothing of what was never counted, and the worst ten of many', () => {
  expect(drawn([])).toBe('')
  const said = text(drawn(Array.from({ length: 12 }, (_, at) => host(`web-${at}`))))
  expect(said).toContain('web-9')
  expect(said).not.toContain('web-10')
  expect(said).toContain('Show all 12 hosts')
})

test('who may write can set another objective', () => {
  expect(text(drawn([host('web-1')], ['attention.write']))).toContain('days Objective Availability')
  expect(drawn([host('web-1')])).not.toContain('<button')
})
