import { expect, it } from 'vitest'
import { saidByHosts } from '@/components/backends/detail/backend-overview'
import type { HostReach } from '@/components/backends/detail/reach'

function host(tone: HostReach['status']['tone'], id: string): HostReach {
  const explanation = { id, title: '', advice: '', command: null, said: null, values: {} }
  return { status: { tone, word: '' }, error: 'It is not there.', explanation } as unknown as HostReach
}

it('is what hosts in trouble tell of', () => {
  expect(saidByHosts([host('critical', 'mount.hung'), host('healthy', 'access.denied')])).toEqual(
    new Set(['mount.hung']),
  )
})
