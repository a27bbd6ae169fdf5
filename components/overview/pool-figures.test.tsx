import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { PoolFigures } from '@/components/overview/pool-figures'
import type { PoolSummary } from '@/lib/pools/schema'

const POOLS: PoolSummary = {
  pool_count: 6,
  unmeasured_count: 0,
  total_bytes: 100 * 1024 ** 4,
  used_bytes: 40 * 1024 ** 4,
  provisioned_bytes: 160 * 1024 ** 4,
  overcommit: 1.6,
  volume_count: 28,
  trashed_count: 3,
}

/** Each figure as it is read, in the order on the page. */
function read(over: Partial<PoolSummary> = {}, counts = { pools: 2, volumes: 0 }): string[] {
  const all = { backends: 0, mounts: 0, hosts: 0, ...counts }
  const markup = renderToStaticMarkup(<PoolFigures pools={{ ...POOLS, ...over }} counts={all} />)
  return [...markup.matchAll(/<a [^>]*>(.*?)<\/a>/g)].map(([, inside = '']) =>
    inside.replaceAll(/(<[^>]*>)+/g, ' ').trim(),
  )
}

test('pools and volumes are four figures', () => {
  expect(read()).toEqual([
    'Pools 6 2 need attention',
    'Volumes 28 3 more in the trash',
    'Pools used 40.0 TiB of 100 TiB what pools share counts once',
    'Promised to volumes 160 TiB 1.6× of 100 TiB',
  ])
})

test('what is in trouble comes first, and what nobody knows is no 0', () => {
  expect(read({}, { pools: 0, volumes: 1 }).slice(0, 2)).toEqual([
    'Pools 6 none needs attention',
    'Volumes 28 1 needs attention',
  ])
  const unknown = { total_bytes: null, used_bytes: null, overcommit: null, unmeasured_count: 6 }
  expect(read(unknown).slice(2)).toEqual([
    'Pools used Unknown size of 6 pools is unknown',
    'Promised to volumes 160 TiB of a size that is not known',
  ])
})
