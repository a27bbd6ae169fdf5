import { expect, it, vi } from 'vitest'
import { watchProcess } from '@/lib/process-figures'

it('knows of the event loop also when two ask at once', async () => {
  const watched = watchProcess('1.0.0')
  await watched.seen
  await vi.waitUntil(() => watched.read().event_loop)
  expect(watched.read().event_loop).not.toBeNull()
  watched.stop()
})
