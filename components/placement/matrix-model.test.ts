import { describe, expect, it } from 'vitest'
import {
  countTones,
  layOut,
  type MatrixFilter,
  matrixRows,
  moved,
  readMatrix,
} from '@/components/placement/matrix-model'
import { MATRIX_STATES, MATRIX_STATUSES, type MountMatrix } from '@/lib/mounts/matrix/matrix-schema'

const state = (name: (typeof MATRIX_STATES)[number]) => MATRIX_STATES.indexOf(name)
const status = (name: (typeof MATRIX_STATUSES)[number]) => MATRIX_STATUSES.indexOf(name)
const host = (name: string, site: string, status: 'online' | 'offline' = 'online') => ({
  id: `hst_${name}`,
  name,
  status,
  labels: { site },
  observed_at: '2026-11-20T10:00:00.000Z',
})
const mount = (name: string, type: string) => ({
  id: `mnt_${name}`,
  name,
  type,
  backend: { id: `bkd_${name}`, name: `nas-${name}` },
  mount_point: `/mnt/${name}`,
  removing: false,
})

const SENT: MountMatrix = {
  hosts: [host('web-10', 'fra'), host('web-2', 'fra'), host('db-1', 'ams'), host('db-2', 'ams', 'offline')],
  mounts: [mount('films', 'nfs'), mount('backups', 's3')],
  states: [...MATRIX_STATES],
  statuses: [...MATRIX_STATUSES],
  texts: ['The storage does not answer.', 'Check the server.', '/mnt/backups was unmounted on the host.'],
  drifts: [[2, 1, 'unmounted', 2]],
  cells: [
    [0, 0, state('mounted'), 1, 1_700_000_000, null, null, status('mounted')],
    [1, 0, state('hung'), 1, null, 0, 1, status('hung')],
    [2, 0, state('mounted'), 1, null, null, null, status('mounted')],
    [2, 1, state('absent'), 1, null, null, null, status('drift_unmounted')],
    [3, 1, state('mounted'), 1, null, null, null, status('unknown')],
  ],
}
const matrix = readMatrix(SENT)
const NOTHING: MatrixFilter = { query: '', tone: '', type: '', label: '', group: '' }
const names = (filter: Partial<MatrixFilter>) =>
  layOut(matrix, { ...NOTHING, ...filter }).rows.map((row) => (row.kind === 'host' ? row.host.name : `[${row.name}]`))
const columns = (filter: Partial<MatrixFilter>) => layOut(matrix, { ...NOTHING, ...filter }).columns

describe('the matrix as it is read', () => {
  it('gives every cell its words, and none to a mount that is not for the host', () => {
    expect(matrix.cells[1]?.[0]).toMatchObject({
      state: 'hung',
      wanted: 'mounted',
      error: 'The storage does not answer.',
      advice: 'Check the server.',
      status: { tone: 'critical' },
    })
    expect(matrix.cells[0]?.[0]?.since).toBe('2023-11-14T22:13:20.000Z')
    expect(matrix.cells[2]?.[1]).toMatchObject({
      status: { tone: 'drift', word: 'Unmounted on the host' },
      drift: '/mnt/backups was unmounted on the host.',
    })
    expect(matrix.cells[3]?.[1]?.status).toEqual({ tone: 'unknown', word: 'Was mounted' })
    expect(matrix.cells[0]?.[1]).toBeUndefined()
    expect(matrix.labels).toEqual([
      {
        key: 'site',
        values: [
          { value: 'ams', count: 2 },
          { value: 'fra', count: 2 },
        ],
      },
    ])
  })

  it('puts hosts in the order of their names, and together by a label', () => {
    expect(names({})).toEqual(['db-1', 'db-2', 'web-2', 'web-10'])
    expect(names({ group: 'site' })).toEqual(['[ams]', 'db-1', 'db-2', '[fra]', 'web-2', 'web-10'])
    expect(names({ group: 'rack' })[0]).toBe('[No rack]')
    expect(layOut(matrix, { ...NOTHING, group: 'site' }).rows[0]).toMatchObject({ hosts: 2, failing: 1, away: 1 })
  })

  it('leaves the hosts and mounts that a state, a type, a label or a word is found in', () => {
    expect([names({ tone: 'critical' }), columns({ tone: 'critical' })]).toEqual([['web-2'], [0]])
    expect([names({ type: 's3' }), columns({ type: 's3' })]).toEqual([['db-1', 'db-2'], [1]])
    expect(names({ label: 'site=ams' })).toEqual(['db-1', 'db-2'])
    expect([names({ query: 'WEB' }), columns({ query: 'WEB' })]).toEqual([
      ['web-2', 'web-10'],
      [0, 1],
    ])
    expect([names({ query: 'backups' }), columns({ query: 'backups' })]).toEqual([['db-1', 'db-2'], [1]])
    expect([names({ query: 'nowhere' }), columns({ query: 'nowhere' })]).toEqual([[], []])
  })

  it('counts what the filter for the state would find', () => {
    const counts = countTones(matrix, { ...NOTHING, tone: 'critical', label: 'site=ams' })
    expect(Object.fromEntries(counts)).toEqual({ healthy: 1, drift: 1, unknown: 1 })
  })
})

describe('moving by keys', () => {
  const layout = layOut(matrix, { ...NOTHING, group: 'site' })
  const go = (from: [number, number], key: string, isControl = false) => {
    const to = moved(layout, { row: from[0], column: from[1] }, key, { isControl, page: 2 })
    return to && [to.row, to.column]
  }
  it('skips the headings of groups and stops at the edges', () => {
    expect(go([2, 0], 'ArrowDown')).toEqual([4, 0])
    expect(go([4, 0], 'ArrowUp')).toEqual([2, 0])
    expect(go([1, 0], 'ArrowUp')).toEqual([1, 0])
    expect(go([1, 0], 'ArrowLeft')).toEqual([1, 0])
    expect(go([1, 1], 'ArrowRight')).toEqual([1, 1])
    expect(go([1, 1], 'PageDown')).toEqual([4, 1])
    expect(go([4, 1], 'Home')).toEqual([4, 0])
    expect(go([4, 0], 'Home', true)).toEqual([1, 0])
    expect(go([1, 0], 'End', true)).toEqual([5, 1])
    expect(go([1, 0], 'x')).toBeUndefined()
  })
})

describe('a file of it', () => {
  it('has the hosts and mounts that are shown, in the words of their states', () => {
    expect(matrixRows(matrix, layOut(matrix, { ...NOTHING, query: 'db', group: 'site' }))).toEqual([
      ['Host', 'films', 'backups'],
      ['db-1', 'Mounted', 'Unmounted on the host'],
      ['db-2', '', 'Was mounted'],
    ])
  })
})
