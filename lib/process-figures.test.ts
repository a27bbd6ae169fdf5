import { expect, it, vi } from 'vitest'
import { watchProcess } from '@/lib/process-figures'

it('says the same of the event loop to two who ask at once', async () => {
  const watched = watchProcess('1.0.0')
  const first = await vi.waitUntil(() => watched.read().event_loop)
  expect(first.max_ms).toBeGreaterThanOrEqual(0)
  expect(watched.read().event_loop).toEqual(first)
  watched.stop()
})
