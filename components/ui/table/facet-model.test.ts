import { expect, test } from 'vitest'
import { choicesOf, chosenWords, type Facet, hasOneOf } from '@/components/ui/table/facet-model'

interface Row {
  status: string
  labels: readonly string[]
}

const STATUS: Facet<Row> = {
  id: 'status',
  label: 'Status',
  values: (row) => [row.status],
  options: [
    { value: 'error', label: 'Error' },
    { value: 'offline', label: 'Offline' },
    { value: 'online', label: 'Online' },
  ],
}
const LABEL: Facet<Row> = {
  id: 'label',
  label: 'Label',
  values: (row) => row.labels,
  groupOf: (value) => value.slice(0, value.indexOf('=')),
}
const ROWS: Row[] = [
  { status: 'online', labels: ['site=berlin', 'tier=gold'] },
  { status: 'error', labels: ['site=paris', 'tier=gold'] },
  { status: 'error', labels: ['site=oslo'] },
]

test('of several values any one is enough', () => {
  expect(ROWS.map((row) => hasOneOf(STATUS, ['online', 'offline'], row))).toEqual([true, false, false])
  expect(ROWS.map((row) => hasOneOf(STATUS, [], row))).toEqual([true, true, true])
})

test('labels of one key are alternatives, those of several keys have to be met all', () => {
  const sites = ['site=berlin', 'site=paris', 'site=oslo']
  expect(ROWS.map((row) => hasOneOf(LABEL, sites, row))).toEqual([true, true, true])
  expect(ROWS.map((row) => hasOneOf(LABEL, [...sites, 'tier=gold'], row))).toEqual([true, true, false])
})

test('what no row has cannot be chosen, unless it is', () => {
  expect(choicesOf(STATUS, ROWS, [])).toEqual([
    { value: 'error', label: 'Error', count: 2 },
    { value: 'online', label: 'Online', count: 1 },
  ])
  expect(choicesOf(STATUS, ROWS, ['offline', 'gone']).map(({ label, count }) => [label, count])).toEqual([
    ['Error', 2],
    ['Offline', 0],
    ['Online', 1],
    ['gone', 0],
  ])
})

test('without options the rows say what there is; where the API filters, they do not', () => {
  expect(choicesOf(LABEL, ROWS, []).map(({ value, count }) => `${value} ${count}`)).toEqual([
    'site=berlin 1',
    'site=oslo 1',
    'site=paris 1',
    'tier=gold 2',
  ])
  expect(choicesOf({ ...STATUS, isRemote: true }, [], ['online'])).toEqual(STATUS.options)
})

test('chosen values are read in words', () => {
  expect(chosenWords(STATUS, ['error', 'gone'])).toEqual(['Error', 'gone'])
})
