import { expect, it } from 'vitest'
import { gather, gatheredWords, mayGo, mayGoAt, pacedWith } from '@/lib/notifiers/gather'

const NOW = new Date('2026-11-30T12:00:00Z')
const after = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000)

it('leaves a few apart, and puts many together, what is over for itself', () => {
  const rows = (...events: string[]) => events.map((event, at) => ({ event, at }))
  const brief = (some: { event: string; at: number }[][]) => some.map((one) => one.map(({ at }) => at))
  expect(gather(rows('opened', 'worse', 'cleared'), 60)).toEqual([])
  expect(brief(gather(rows('opened', 'cleared', 'worse', 'cleared'), 60))).toEqual([
    [0, 2],
    [1, 3],
  ])
  // The one that is alone of its kind stays a message of its own.
  expect(brief(gather(rows('opened', 'cleared', 'worse', 'reminder'), 60))).toEqual([[0, 2, 3]])
  expect(brief(gather(rows('opened', 'opened'), 1))).toEqual([[0, 1]])
  expect(gather(rows('opened'), 1)).toEqual([])
})

it('says the worst first, and how many it does not write out', () => {
  const line = (severity: 'critical' | 'warning', title: string) => ({ event: 'opened', severity, title }) as const
  const many = Array.from({ length: 11 }, (_, at) => line('warning', `w-${String(at).padStart(2, '0')} is full`))
  const words = gatheredWords([line('warning', 'z'.repeat(300)), ...many, line('critical', 'db-1 does not answer')])
  expect(words).toMatchObject({ event: 'opened', severity: 'critical', title: 'db-1 does not answer, and 12 more' })
  expect(words.gathered?.total).toBe(13)
  expect(words.gathered?.first).toHaveLength(10)
  expect(words.gathered?.first.slice(0, 2)).toEqual(['Critical: db-1 does not answer', 'Warning: w-00 is full'])
  const over = gatheredWords([
    { event: 'cleared', severity: 'warning', title: 'x'.repeat(300) },
    { event: 'cleared', severity: 'warning', title: 'y' },
  ])
  expect(over.event).toBe('cleared')
  expect(over.gathered?.first.map((text) => text.length)).toEqual([160, 'Over: y'.length])
})

it('lets a burst through, and then one with each part of an hour that goes by', () => {
  let paced: Date | null = null
  for (let sent = 0; sent < 6; sent++) {
    expect(mayGo(paced, 6, NOW)).toBe(6 - sent)
    paced = pacedWith(paced, 6, NOW)
  }
  expect(mayGo(paced, 6, NOW)).toBe(0)
  expect(mayGoAt(paced, 6, NOW)).toEqual(after(10))
  expect(mayGo(paced, 6, after(10))).toBe(1)
  paced = pacedWith(paced, 6, after(10))
  expect(mayGoAt(paced, 6, after(10))).toEqual(after(20))
  expect(mayGo(paced, 6, after(75))).toBe(6)
  // Seven do not divide an hour.
  let odd: Date | null = null
  for (let sent = 0; sent < 7; sent++) {
    expect(mayGo(odd, 7, NOW)).toBeGreaterThan(0)
    odd = pacedWith(odd, 7, NOW)
  }
  expect(mayGo(odd, 7, NOW)).toBe(0)
})
