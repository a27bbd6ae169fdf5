import { expect, test } from 'vitest'
import {
  isFixed,
  isShown,
  leastWidth,
  readColumns,
  TITLE_WIDTH,
  titlePixels,
  toggled,
} from '@/components/ui/table/column-choice'
import { csvRows } from '@/components/ui/table/csv'
import type { Column } from '@/components/ui/table/table-model'

interface Row {
  name: string
}

function column(id: string, rest: Partial<Column<Row>> = {}): Column<Row> {
  return { id, header: id, text: (row) => `${id} of ${row.name}`, cell: () => null, ...rest }
}

const COLUMNS = [
  column('name', { card: 'title' }),
  column('type', { width: 'w-36' }),
  column('source', { width: 'w-[18%]' }),
  column('agent', { width: 'w-24', isExtra: true }),
  column('actions', { card: 'actions', width: 'w-14' }),
]

function shownWith(changed: readonly string[]) {
  return COLUMNS.filter((entry) => isShown(entry, changed))
}
const ids = (columns: readonly Column<Row>[]) => columns.map(({ id }) => id)

test('at first a table shows what is not extra', () => {
  expect(ids(shownWith([]))).toEqual(['name', 'type', 'source', 'actions'])
})

test('a change shows what was hidden and hides what was shown, but never the name or the actions', () => {
  expect(ids(shownWith(['type', 'agent', 'name', 'actions']))).toEqual(['name', 'source', 'agent', 'actions'])
  expect(COLUMNS.filter(isFixed).map(({ id }) => id)).toEqual(['name', 'actions'])
})

test('changing back forgets the table, and leaves others alone', () => {
  const once = toggled({ hosts: ['seen'] }, 'mounts', 'type')
  expect(once).toEqual({ hosts: ['seen'], mounts: ['type'] })
  expect(toggled(once, 'mounts', 'source')).toEqual({ hosts: ['seen'], mounts: ['type', 'source'] })
  expect(toggled(once, 'mounts', 'type')).toEqual({ hosts: ['seen'] })
})

test.each([
  [undefined, {}],
  ['', {}],
  ['not json', {}],
  ['[1]', {}],
  ['null', {}],
  ['{"mounts":["type",7],"hosts":"seen"}', { mounts: ['type'] }],
])('a cookie of %j says %j', (text, choice) => {
  expect(readColumns(text)).toEqual(choice)
})

test('a file has the columns that are shown', () => {
  expect(csvRows(shownWith(['type', 'agent']), [{ name: 'nas1' }])).toEqual([
    ['name', 'source', 'agent', 'actions'],
    ['name of nas1', 'source of nas1', 'agent of nas1', 'actions of nas1'],
  ])
})

test('extra columns take no room from the name', () => {
  expect(leastWidth(shownWith([]))).toBeNull()
  expect(leastWidth(shownWith(['agent']))).toBe(Math.ceil((40 + 160 + 144 + 96 + 56) / 0.82))
})

test('the name has what it needs up to a limit, and that width counts', () => {
  expect(titlePixels([])).toBe(titlePixels(['nas']))
  expect(titlePixels(['nas', 'archive-backup-2024'])).toBeGreaterThan(titlePixels(['nas']))
  expect(titlePixels(['a'.repeat(300)])).toBe(titlePixels(['b'.repeat(60)]))
  const columns = [
    column('name', { card: 'title', width: TITLE_WIDTH }),
    column('agent', { width: 'w-24', isExtra: true }),
  ]
  expect(leastWidth(columns, 200)).toBe(40 + 200 + 96)
})
