import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { CapacityChart } from '@/components/overview/capacity-chart'
import type { BackendView } from '@/lib/backends/schema'

function backend(name: string, used: number | null, total: number | null, available: number | null): BackendView {
  const stats = { used_bytes: used, total_bytes: total, available_bytes: available }
  return { id: name, name, stats } as BackendView
}

test('shows the fullest first, however small, as df counts, and counts the unknown', () => {
  const large = Array.from({ length: 9 }, (_, index) => backend(`large-${index}`, 100, 10_000, 9_900))
  const html = renderToStaticMarkup(
    <CapacityChart
      backends={[
        ...large,
        backend('root', 52, 252, 50),
        backend('small', 10, 10, 0),
        backend('gone', null, null, null),
      ]}
    />,
  )
  const names = [...html.matchAll(/href="\/backends\/([^"]+)"/g)].map(([, name]) => name)
  expect(names.slice(0, 3)).toEqual(['small', 'root', 'large-0'])
  expect(html).toContain('>51 %<')
  expect(html).toContain('width:50.98')
  expect(html).toContain('The 8 fullest of 11 are shown. The size of 1 more is unknown.')
})
