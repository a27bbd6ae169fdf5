import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLog } from '@/lib/log'
import { Refusals } from '@/lib/server/refusals'

let lines: Record<string, unknown>[]
let refusals: Refusals
beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  refusals = new Refusals(createLog('test', 'info', (line) => lines.push(JSON.parse(line))))
})
afterEach(() => vi.useRealTimers())

it('says the first of a kind at once, and all others in one line a minute', () => {
  for (let i = 0; i < 500; i++) refusals.note('no certificate', `192.0.2.${i % 9}`, { subject: 'CN=x' })
  refusals.note('expired', '192.0.2.7')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatchObject({ kind: 'no certificate', from: '192.0.2.0', subject: 'CN=x' })
  vi.advanceTimersByTime(60_000)
  expect(lines).toHaveLength(3)
  expect(lines[2]).toMatchObject({ kind: 'no certificate', count: 499 })
  expect(lines[2]?.from).toHaveLength(5)
  for (let i = 0; i < 10; i++) refusals.note('no certificate', '192.0.2.1')
  expect(lines).toHaveLength(3)
  vi.advanceTimersByTime(60_000)
  expect(lines[3]).toMatchObject({ kind: 'no certificate', count: 10, from: ['192.0.2.1'] })
  // A minute without any, and it is news again.
  vi.advanceTimersByTime(60_000)
  expect(lines).toHaveLength(4)
  refusals.note('no certificate', '192.0.2.1')
  expect(lines).toHaveLength(5)
})

it('does not let a stranger choose how many lines there are', () => {
  for (let i = 0; i < 1_000; i++) refusals.note(`kind ${i}`, '192.0.2.1')
  expect(lines.length).toBeLessThanOrEqual(33)
  refusals.close()
  const counted = lines.reduce((sum, line) => sum + (typeof line.count === 'number' ? line.count : 1), 0)
  expect(counted).toBe(1_000)
  expect(lines.length).toBeLessThanOrEqual(34)
})
