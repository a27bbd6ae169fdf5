import { expect, it } from 'vitest'
import { countLayers, layOut, reachRows, readReach, wordOfCheck } from '@/components/reachability/reach-model'
import { REACH_LAYERS } from '@/lib/reachability/layer-names'
import type { ReachLayer } from '@/lib/reachability/layers'
import type { ReachCell, ReachMatrix } from '@/lib/reachability/schema'

const AT = 1_700_000_000
const place = (layer: ReachLayer) => REACH_LAYERS.indexOf(layer)
const cell = (host: number, backend: number, layer: ReachLayer | null = null): ReachCell => [
  host,
  backend,
  layer === null ? null : place(layer),
  AT,
  AT,
  layer === null ? null : 0,
  null,
  0,
  0,
  1,
]
const matrix: ReachMatrix = {
  hosts: ['web-1', 'web-2', 'db-1'].map((name) => ({ id: `hst_${name}`, name, status: 'online' })),
  backends: ['films', 'logs'].map((name) => ({ id: `bkd_${name}`, name, type: 'nfs' })),
  layers: [...REACH_LAYERS],
  texts: ['It does not answer.'],
  cells: [cell(0, 0), cell(0, 1, 'tcp'), cell(1, 0, 'authentication'), cell(2, 1, 'tcp')],
}

const FACTS = { layer: null, checkedAt: '2026-11-30T02:00:00Z', waits: false, outdated: false, used: true } as const
it.each([
  [{ checkedAt: null }, 'unknown Not checked yet'],
  [{ checkedAt: null, waits: true }, 'working Waiting'],
  [{ waits: true }, 'healthy Reached'],
  [{ outdated: true, layer: 'tcp' as const }, 'unknown Settings changed since'],
  [{ layer: 'route' as const }, 'critical Route'],
  [{ layer: 'route' as const, used: false }, 'warning Route'],
  [{ layer: 'tools' as const }, 'unknown Programs on the host'],
])('%j is %s', (change, expected) => {
  const { tone, word } = wordOfCheck({ ...FACTS, ...change })
  expect(`${tone} ${word}`).toBe(expected)
})

it('puts each cell at its host and backend, with its words and times', () => {
  const { cells } = readReach(matrix)
  expect(cells[0]?.[1]).toMatchObject({
    host: { name: 'web-1' },
    backend: { name: 'logs' },
    layer: 'tcp',
    message: 'It does not answer.',
    since: '2023-11-14T22:13:20.000Z',
  })
  expect(cells[2]?.[0]).toBeUndefined()
})

it.each([
  [{ query: '', layer: '' }, ['web-1', 'web-2', 'db-1'], ['films', 'logs']],
  [{ query: 'web', layer: '' }, ['web-1', 'web-2'], ['films', 'logs']],
  [{ query: 'logs', layer: '' }, ['web-1', 'web-2', 'db-1'], ['logs']],
  [{ query: '', layer: 'tcp' }, ['web-1', 'db-1'], ['logs']],
  [{ query: 'db', layer: 'authentication' }, [], []],
  [{ query: 'nothing', layer: '' }, [], []],
])('%j leaves %j and %j', (filter, hosts, backends) => {
  const table = readReach(matrix)
  const { rows, columns } = layOut(table, filter)
  expect(rows.map(({ host }) => host.name)).toEqual(hosts)
  expect(columns.map((column) => table.backends[column]?.name)).toEqual(backends)
})

it('counts what has failed by layer, from the host on, and writes a file', () => {
  const table = readReach(matrix)
  expect(countLayers(table, REACH_LAYERS)).toEqual([
    { layer: 'tcp', count: 2 },
    { layer: 'authentication', count: 1 },
  ])
  expect(reachRows(table, layOut(table, { query: 'web', layer: '' }))).toEqual([
    ['Host', 'films', 'logs'],
    ['web-1', 'Reached', 'Connection'],
    ['web-2', 'Sign-in', ''],
  ])
})
