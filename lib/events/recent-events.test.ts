import { describe, expect, it } from 'vitest'
import { RecentEvents } from '@/lib/events/recent-events'
import type { ChangeEvent } from '@/lib/events/schema'

const changed = (id: string): ChangeEvent => ({ topic: 'mount', id, kind: 'changed' })

describe('recent events', () => {
  it('gives those after a moment, and says when it does not know them all any more', () => {
    const start = Date.now()
    const recent = new RecentEvents()
    recent.note(changed('a'), start + 10)
    recent.note(changed('b'), start + 20)
    expect(recent.since(start + 15)).toEqual([changed('b')])
    expect(recent.since(start + 10)?.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(recent.since(start + 21)).toEqual([])
    expect(recent.since(start - 60_000)).toBeNull()
    recent.note(changed('c'), start + 70_000)
    expect(recent.since(start + 15)).toBeNull()
    expect(recent.since(start + 30)).toEqual([changed('c')])
  })

  it('keeps a bounded number of them', () => {
    const start = Date.now()
    const recent = new RecentEvents()
    for (let n = 0; n < 6_000; n++) recent.note(changed(`m${n}`), start + n)
    expect(recent.since(start + 500)).toBeNull()
    expect(recent.since(start + 1_500)).toHaveLength(4_500)
  })
})
