import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Fill, SnapshotIndexes } from '@/agent/resources/backups/snapshot-index'
import type { SeenNode } from '@/lib/backup-engines/contract/values'

const A = 'a'.repeat(64)
let directory: string
let indexes: SnapshotIndexes

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-index-'))
  indexes = new SnapshotIndexes(directory)
})
afterEach(() => rmSync(directory, { recursive: true }))

const node = (path: string, kind: SeenNode['kind'] = 'file'): SeenNode => ({
  path,
  name: path.slice(path.lastIndexOf('/') + 1),
  kind,
  bytes: kind === 'file' ? 7 : null,
  modifiedAt: '2026-11-30T10:00:00Z',
  mode: 0o644,
  uid: 1,
  gid: 2,
})
const of =
  (...nodes: SeenNode[]): Fill =>
  async (add) =>
    nodes.forEach(add)
const names = (folder: string, after: string | null = null, limit = 100) =>
  indexes.page(A, folder, { after, limit }).nodes.map(({ name }) => name)

it('lists a folder by pages, as it was told', async () => {
  await indexes.make(A, of(node('/srv', 'directory'), node('/srv/b'), node('/srv/a'), node('/srv/c', 'directory')))
  expect(indexes.page(A, '/srv', { after: null, limit: 2 })).toEqual({
    nodes: [node('/srv/a'), node('/srv/b')],
    total: 3,
    next: 'b',
  })
  expect(indexes.page(A, '/srv', { after: 'b', limit: 2 })).toEqual({
    nodes: [node('/srv/c', 'directory')],
    total: 3,
    next: null,
  })
  expect(names('/')).toEqual(['srv'])
  expect(indexes.page(A, '/srv/c', { after: null, limit: 2 })).toEqual({ nodes: [], total: 0, next: null })
  expect(() => names('/srv/nowhere')).toThrow('no such folder')
  expect(() => names('/srv/a')).toThrow('no such folder')
})

it('finds names that have a text in them, which is no pattern', async () => {
  await indexes.make(A, of(node('/x', 'directory'), node('/x/Report_100%.pdf'), node('/x/report-1000.pdf')))
  expect(indexes.search(A, 'report', 10).map(({ path }) => path)).toEqual(['/x/Report_100%.pdf', '/x/report-1000.pdf'])
  expect(indexes.search(A, '_100%', 10).map(({ path }) => path)).toEqual(['/x/Report_100%.pdf'])
  expect(indexes.search(A, 'report', 1)).toHaveLength(1)
})

it('makes one only once, and none that is not whole', async () => {
  const failed = indexes.make(A, async (add) => {
    add(node('/a'))
    throw new Error('The repository has gone.')
  })
  await expect(failed).rejects.toThrow('has gone')
  expect(indexes.has(A)).toBe(false)
  expect(readdirSync(directory)).toEqual([])
  expect(() => names('/')).toThrow('not known yet')

  let fills = 0
  const fill: Fill = async (add) => {
    fills++
    add(node('/a'))
  }
  await Promise.all([indexes.make(A, fill), indexes.make(A, fill)])
  await indexes.make(A, fill)
  expect(fills).toBe(1)
  expect(names('/')).toEqual(['a'])
  // Another agent finds it, and clears away what was not finished.
  writeFileSync(join(directory, `${'b'.repeat(64)}.sqlite.new`), 'half')
  indexes = new SnapshotIndexes(directory)
  expect(readdirSync(directory)).toEqual([`${A}.sqlite`])
  expect(names('/')).toEqual(['a'])
})

it('drops those that were not looked at for the longest time', async () => {
  const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(64))
  await indexes.make(ids[0] ?? '', of(node('/a')))
  const { size } = statSync(join(directory, `${ids[0]}.sqlite`))
  indexes = new SnapshotIndexes(directory, 2 * size)
  await indexes.make(ids[1] ?? '', of(node('/a')))
  // The clock of files is too coarse to tell what happens in one test.
  for (const [at, id] of ids.slice(0, 2).entries()) utimesSync(join(directory, `${id}.sqlite`), at + 1, at + 1)
  indexes.page(ids[0] ?? '', '/', { after: null, limit: 1 })
  await indexes.make(ids[2] ?? '', of(node('/a')))
  expect(ids.map((id) => indexes.has(id))).toEqual([true, false, true])
})

it('takes no other name for an id', () => {
  expect(() => indexes.has('../../etc/passwd')).toThrow('no id')
  expect(() => indexes.has('latest')).toThrow('no id')
})

it('answers for a folder of a large snapshot as fast as for a small one', async () => {
  const files = 200_000
  await indexes.make(A, async (add) => {
    add(node('/many', 'directory'))
    for (let at = 0; at < files; at++) add(node(`/many/file-${String(at).padStart(7, '0')}`))
  })
  const times: number[] = []
  for (let at = 0; at < 50; at++) {
    const startedAt = performance.now()
    const after = `file-${String(at * 3_999).padStart(7, '0')}`
    const page = indexes.page(A, '/many', { after, limit: 200 })
    times.push(performance.now() - startedAt)
    expect(page).toMatchObject({ total: files, nodes: { length: 200 } })
  }
  expect(times.sort((a, b) => a - b)[47]).toBeLessThan(300)
})
