import { expect, test } from 'vitest'
import { VolumeHolds } from './holds'

/** Which of these have their turn now. */
async function ready(taken: Record<string, { ready: Promise<void> }>): Promise<string[]> {
  const names: string[] = []
  for (const [name, { ready }] of Object.entries(taken)) void ready.then(() => names.push(name))
  await new Promise((resolve) => setImmediate(resolve))
  return names.sort()
}

test('those with a volume in common follow each other, in the order in which they came', async () => {
  const holds = new VolumeHolds()
  const first = holds.take('1', ['a', 'b'], ['p'])
  const second = holds.take('2', ['b', 'c'], ['p'])
  const third = holds.take('3', ['c'], ['p'])
  const fourth = holds.take('4', ['d'], ['p'])
  const all = { first, second, third, fourth }
  expect(await ready(all)).toEqual(['first', 'fourth'])
  // The third has waited longer for `c` than the second has held it, and comes after it all the same.
  holds.release('4')
  expect(await ready(all)).toEqual(['first', 'fourth'])
  holds.release('1')
  expect(await ready(all)).toEqual(['first', 'fourth', 'second'])
  holds.release('2')
  expect(await ready(all)).toEqual(['first', 'fourth', 'second', 'third'])
})

test('one that gave up waiting is in nobody’s way', async () => {
  const holds = new VolumeHolds()
  holds.take('1', ['a'], ['p'])
  holds.take('2', ['a', 'b'], ['p'])
  const third = holds.take('3', ['b'], ['p'])
  expect(await ready({ third })).toEqual([])
  holds.release('2')
  expect(await ready({ third })).toEqual(['third'])
})

test('a volume is held from the asking on, and a pool is busy unless its jobs wait for it', () => {
  const holds = new VolumeHolds()
  const { hold } = holds.take('1', ['a'], ['p', 'q'])
  expect([holds.isHeld('a'), holds.isHeld('b'), holds.isBusy('p'), holds.isBusy('q'), holds.isBusy('r')]).toEqual([
    true,
    false,
    true,
    true,
    false,
  ])
  hold.isWaiting = true
  expect(holds.isBusy('p')).toBe(false)
  expect(holds.release('1')?.pools).toEqual(new Set(['p', 'q']))
  expect([holds.release('1'), holds.isHeld('a')]).toEqual([null, false])
})
