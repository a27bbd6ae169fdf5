import { expect, test } from 'vitest'
import { statusColumn, timeColumn } from '@/components/ui/table/columns'
import { csvOf, csvRows } from '@/components/ui/table/csv'
import type { Column } from '@/components/ui/table/table-model'

test.each([
  [['a', 1, null], 'a,1,\r\n'],
  [['a "b"', 'c,d', 'e\nf'], '"a ""b""","c,d","e\nf"\r\n'],
  // A name must not become a formula in somebody's spreadsheet; a negative number is none.
  [['=HYPERLINK("http://x")', '+1', '@a', -5], '"\'=HYPERLINK(""http://x"")",\'+1,\'@a,-5\r\n'],
])('%j is written as %j', (row, text) => {
  expect(csvOf([row])).toBe(text)
})

interface Row {
  name: string
  seen: string | null
}

test('a state is its word, a time is ISO, what has nothing to say has no column', () => {
  const columns: Column<Row>[] = [
    { id: 'name', header: 'Name', sort: (row) => row.name, cell: () => null },
    { ...statusColumn<Row>(() => ({ tone: 'healthy', word: 'Online' })) },
    { ...timeColumn<Row>((row) => row.seen), id: 'seen', header: 'Seen' },
    { id: 'actions', header: 'Actions', cell: () => null },
  ]
  const rows = [
    { name: 'nas1', seen: '2026-11-29T12:00:00.000Z' },
    { name: 'nas2', seen: null },
  ]
  expect(csvRows(columns, rows)).toEqual([
    ['Name', 'Status', 'Seen'],
    ['nas1', 'Online', '2026-11-29T12:00:00.000Z'],
    ['nas2', 'Online', null],
  ])
})
