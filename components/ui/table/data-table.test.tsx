import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { ColumnChoice } from '@/components/ui/table/column-choice'
import { ColumnsProvider } from '@/components/ui/table/columns-provider'
import { DataTable } from '@/components/ui/table/data-table'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import { AtAddress } from '@/testing/console/at-address'

interface Row {
  name: string
  state: string
}

const ROWS: Row[] = [
  { name: 'archive', state: 'error' },
  { name: 'media', state: 'mounted' },
  { name: 'scratch', state: 'unmounted' },
]
const COLUMNS: Column<Row>[] = [
  { id: 'name', header: 'Name', card: 'title', search: (row) => row.name, cell: (row) => row.name },
  { id: 'state', header: 'State', sort: (row) => row.state, cell: (row) => `is ${row.state}` },
  { id: 'extra', header: 'Extra', isExtra: true, cell: () => 'more of it' },
  { id: 'actions', header: 'Actions', card: 'actions', cell: () => 'Act' },
]
const FACETS: Facet<Row>[] = [{ id: 'state', label: 'State', values: (row) => [row.state] }]

function drawn(search: string, columns: ColumnChoice = {}, rows = ROWS): string {
  return renderToStaticMarkup(
    <AtAddress path="/mounts" search={search}>
      <ColumnsProvider initial={columns}>
        <DataTable
          noun="mounts"
          rows={rows}
          columns={COLUMNS}
          facets={FACETS}
          rowId={(row) => row.name}
          bulk={() => null}
          empty={<p>There are no mounts yet</p>}
        />
      </ColumnsProvider>
    </AtAddress>,
  )
}

function namesIn(html: string): string[] {
  return ROWS.map((row) => row.name).filter((name) => html.includes(`>${name}<`))
}

test('an address of before with one value, and one with several, mean what they say', () => {
  expect(namesIn(drawn(''))).toEqual(['archive', 'media', 'scratch'])
  expect(namesIn(drawn('state=error'))).toEqual(['archive'])
  expect(namesIn(drawn('state=error%2Cmounted'))).toEqual(['archive', 'media'])
  expect(namesIn(drawn('state=error,mounted&q=arch'))).toEqual(['archive'])
})

test('the button of a filter says in words what is chosen', () => {
  expect(drawn('state=error,mounted')).toContain('aria-label="Filter by State: error, mounted"')
  expect(drawn('state=error,mounted,unmounted')).toContain('State: error +2')
})

test('when nothing matches it says so and offers to clear the filters, also when there are no rows', () => {
  for (const rows of [ROWS, []]) {
    const html = drawn('state=gone', {}, rows)
    expect(html).toContain('No mounts match')
    expect(html).toContain('Clear filters')
    expect(html).not.toContain('There are no mounts yet')
  }
  expect(drawn('', {}, [])).toContain('There are no mounts yet')
})

test('what is said of a row stands below it, over the whole width, and below no other', () => {
  const html = renderToStaticMarkup(
    <AtAddress path="/mounts">
      <DataTable
        noun="mounts"
        rows={ROWS}
        columns={COLUMNS}
        rowId={(row) => row.name}
        below={(row) => row.name === 'media' && 'it still fails'}
      />
    </AtAddress>,
  )
  expect(html.match(/it still fails/g)).toHaveLength(1)
  const below = html.slice(html.indexOf('is mounted'), html.indexOf('is unmounted'))
  expect(below).toMatch(/<td colSpan="3"[^>]*>it still fails/)
})

test('columns are those that were chosen', () => {
  expect(drawn('')).toContain('is mounted')
  expect(drawn('')).not.toContain('more of it')
  const html = drawn('', { mounts: ['state', 'extra'], hosts: ['name'] })
  expect(html).not.toContain('is mounted')
  expect(html).toContain('more of it')
})

test('with extra columns the marks, the name and the actions stay in view on their own ground, else nothing does', () => {
  expect(drawn('')).not.toContain('md:sticky')
  const html = drawn('', { mounts: ['extra'] })
  const cells = [...html.matchAll(/<t[dh][^>]*class="([^"]*)"/g)].map(([, of = '']) => of.split(' '))
  const staying = cells.filter((of) => of.includes('md:sticky'))
  // The head and three rows.
  expect(staying.filter((of) => of.includes('md:left-0'))).toHaveLength(4)
  expect(staying.filter((of) => of.includes('md:left-10') && of.includes('md:border-r'))).toHaveLength(4)
  expect(staying.filter((of) => of.includes('md:right-0') && of.includes('md:border-l'))).toHaveLength(4)
  expect(staying.every((of) => of.includes('bg-surface') || of.includes('md:bg-surface'))).toBe(true)
})
