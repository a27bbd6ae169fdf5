import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { joinStreams } from '@/lib/join-streams'

const MEGABYTE = 1024 * 1024

function joined(signal = new AbortController().signal) {
  const [near, left] = duplexPair()
  const [right, far] = duplexPair()
  for (const one of [near, left, right, far]) one.on('error', () => undefined)
  return { near, left, right, far, ended: joinStreams(left, right, signal) }
}

it('hands on both ways, and all that a side has sent before it ends', async () => {
  const { near, far, left, right, ended } = joined()
  const arrived = buffer(far)
  far.write('answer')
  const [answer] = await once(near, 'data')
  expect(String(answer)).toBe('answer')
  near.end(Buffer.alloc(4 * MEGABYTE, 1))
  expect((await arrived).length).toBe(4 * MEGABYTE)
  await ended
  expect([left.destroyed, right.destroyed]).toEqual([true, true])
})

it('waits for the side that takes nothing', async () => {
  const { near, right } = joined()
  let taken = 0
  const fill = () => {
    while (taken < 64 * MEGABYTE && near.write(Buffer.alloc(MEGABYTE))) taken += MEGABYTE
  }
  near.on('drain', fill)
  fill()
  await new Promise((resolve) => setImmediate(resolve))
  expect(taken).toBeLessThan(8 * MEGABYTE)
  expect(right.writableLength).toBeLessThan(8 * MEGABYTE)
})

it('ends both when one breaks, and when it is to end', async () => {
  const one = joined()
  one.near.destroy(new Error('broken'))
  one.left.destroy()
  await one.ended
  expect(one.right.destroyed).toBe(true)
  const stop = new AbortController()
  const other = joined(stop.signal)
  stop.abort()
  await other.ended
  expect([other.left.destroyed, other.right.destroyed]).toEqual([true, true])
})
