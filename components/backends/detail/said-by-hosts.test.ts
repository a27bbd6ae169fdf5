import { expect, it } from 'vitest'
import { saidByHosts, saysTrouble } from '@/components/backends/detail/backend-overview'
import type { HostReach } from '@/components/backends/detail/reach'
import type { BackendView } from '@/lib/backends/schema'

function host(tone: HostReach['status']['tone'], id: string): HostReach {
  const explanation = { id, title: '', advice: '', command: null, said: null, values: {} }
  return { status: { tone, word: '' }, error: 'It is not there.', explanation } as unknown as HostReach
}

it('is what hosts in trouble tell of', () => {
  expect(saidByHosts([host('critical', 'mount.hung'), host('healthy', 'access.denied')])).toEqual(
    new Set(['mount.hung']),
  )
})

it('is said by a test only if nobody has looked since', () => {
  const tested = (last_test_at: string | null, status_at: string) =>
    saysTrouble({ last_test_operation: 'op_1', last_test_at, status_at } as BackendView, [])
  expect(tested('2026-11-30T12:00:00.000Z', '2026-11-30T12:00:00.000Z')).toBe(true)
  expect(tested('2026-11-30T12:00:00.000Z', '2026-11-30T12:05:00.000Z')).toBe(false)
})
