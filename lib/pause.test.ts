import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { atMost, pauseFor } from '@/lib/pause'

const NEVER = new Promise<never>(() => undefined)
const LONG_MS = 2 ** 30

it('ends a pause when the signal aborts, also before it began, and leaves no listener', async () => {
  const stop = new AbortController()
  const long = pauseFor(LONG_MS, stop.signal)
  await pauseFor(1, stop.signal)
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1)
  stop.abort()
  await expect(long).resolves.toBeUndefined()
  await expect(pauseFor(LONG_MS, stop.signal)).resolves.toBeUndefined()
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)
})

it('waits for work, for its time, and fails as the work', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  await atMost(LONG_MS, Promise.resolve())
  await expect(atMost(LONG_MS, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(timers()).toBe(before)
  await atMost(1, NEVER)
})
