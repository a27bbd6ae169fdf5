import { expect, it } from 'vitest'
import { narrowed } from '@/components/layout/palette-narrowing'
import type { SearchHit } from '@/lib/search/schema'

const hit = (name: string, detail: string): SearchHit => ({ id: name, name, detail, desired: null })
const answer = {
  query: 'ar',
  groups: [
    { kind: 'backend' as const, total: 30, hits: [hit('archive', 'nas1:/a'), hit('art', 'nas2:/archive')] },
    { kind: 'host' as const, total: 1, hits: [hit('arm', '192.0.2.1:7443')] },
  ],
}

it('shows the answer to the query as it is', () => {
  expect(narrowed(answer, 'ar')).toBe(answer.groups)
})

it('shows of an earlier answer only what still fits, and no number that is not known', () => {
  expect(narrowed(answer, 'archi')).toEqual([
    { kind: 'backend', total: 2, hits: [hit('archive', 'nas1:/a'), hit('art', 'nas2:/archive')] },
  ])
  expect(narrowed(answer, 'nothing')).toEqual([])
})
