import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { failureOf, wordsOfLine } from '@/lib/backup-engines/restic/failures'
import {
  parseBackupSummary,
  parseDifference,
  parseFound,
  parseId,
  parseLock,
  parseNode,
  parsePreview,
  parseRestoreSummary,
  parseSnapshots,
  parseStats,
} from '@/lib/backup-engines/restic/parse'
import { parseBar, parseStatus } from '@/lib/backup-engines/restic/progress'
import { isAtLeast, parseVersion } from '@/lib/backup-engines/restic/version'
import { Secret } from '@/lib/secret'

const repository = {
  place: { kind: 'directory' as const, path: '/srv/demo-fixture/repository' },
  password: new Secret('pw'),
  engineId: null,
  cacheDirectory: null,
}

describe.each(['0.14', '0.18'])('restic %s', (version) => {
  const text = (name: string) => readFileSync(new URL(`fixtures/${version}/${name}`, import.meta.url), 'utf8')
  const lines = (name: string) => text(name).split('\n').filter(Boolean)

  it('says which one it is', () => expect(parseVersion(text('version.txt'))).toBe(`${version}.0`))

  it('lists snapshots, the first one first', () => {
    const [first, second, ...others] = parseSnapshots(text('snapshots.json'))
    expect(others).toEqual([])
    expect(first).toMatchObject({ hostName: 'web-1', paths: ['/srv/demo-fixture/src'], parentId: null })
    expect(first?.tags).toEqual(['holdfast', 'pln_1'])
    expect(first?.snapshotId).toMatch(/^[0-9a-f]{64}$/)
    expect(first?.summary?.bytes).toBe(version === '0.14' ? undefined : 90_000_005)
    expect(second?.parentId).toBe(first?.snapshotId)
  })

  it('lists a folder, itself first', () => {
    const nodes = lines('ls.jsonl').flatMap((line) => parseNode(line) ?? [])
    expect(nodes.map(({ name, kind, bytes }) => [name, kind, bytes])).toEqual([
      ['src', 'directory', null],
      ['big', 'file', 90_000_000],
      ['empty', 'file', 0],
      ['link', 'link', null],
      ['sub', 'directory', null],
      ['with space', 'directory', null],
    ])
    expect(nodes[1]).toMatchObject({ path: '/srv/demo-fixture/src/big', mode: 0o644, uid: 0 })
  })

  it('tells how far a backup is, and what came of it', () => {
    const told = lines('backup.jsonl').flatMap((line) => parseStatus(line) ?? [])
    expect(told.at(-1)?.done).toBeGreaterThan(1_000_000)
    expect(told.at(-1)).toMatchObject({ total: 90_000_005, unit: 'bytes', files: { total: 4 } })
    expect(parseBackupSummary(lines('backup.jsonl'), 0)).toMatchObject({
      newFiles: 4,
      files: 4,
      bytes: 90_000_005,
      unread: 0,
      storedBytes: version === '0.14' ? null : expect.any(Number),
    })
  })

  it('tells what differs', () => {
    const told = lines('diff.jsonl').flatMap((line) => parseDifference(line) ?? [])
    expect(told).toContainEqual({ path: '/srv/demo-fixture/src/big', change: 'removed' })
    expect(told).toContainEqual({ path: '/srv/demo-fixture/src/sub/b', change: 'added' })
    expect(told.at(-1)).toMatchObject({ added: { files: 1 }, removed: { files: 1 } })
  })

  it('finds by name', () => {
    const [found] = parseFound(text('find.json'))
    expect(found?.nodes[0]).toMatchObject({ name: 'ü.txt', path: '/srv/demo-fixture/src/with space/ü.txt', bytes: 2 })
  })

  it('says what a retention keeps and why', () => {
    const [group] = parsePreview(text('forget.json'))
    const [first, second] = parseSnapshots(text('snapshots.json'))
    expect(group?.keep.map(({ snapshotId, reasons }) => [snapshotId, reasons])).toEqual([
      [second?.snapshotId, ['last snapshot']],
    ])
    expect(group?.remove.map(({ snapshotId }) => snapshotId)).toEqual([first?.snapshotId])
  })

  it('knows the id, the size and the locks of a repository', () => {
    expect(parseId(text('config.json'))).toMatch(/^[0-9a-f]{64}$/)
    expect(parseStats(text('stats.json')).storedBytes).toBeGreaterThan(90_000_000)
    expect(parseLock('ab', text('lock.json'))).toMatchObject({ isExclusive: false, pid: expect.any(Number) })
    expect(lines('check.txt').flatMap((line) => parseBar(line) ?? [])).toContainEqual({
      done: 2,
      total: 2,
      unit: 'items',
      phase: expect.stringContaining('snapshots'),
    })
  })

  it.each([
    ['no-repository.txt', 10, 'restic.no_repository'],
    ['locked.txt', 11, 'restic.locked'],
    ['wrong-password.txt', 12, 'restic.wrong_password'],
  ])('says by %s what is wrong', (file, exitCode, problem) => {
    const failure = failureOf(version === '0.14' ? 1 : exitCode, text(file), repository)
    expect(failure).toMatchObject({ problem })
    if (problem === 'restic.locked') expect(failure?.values).toMatchObject({ pid: expect.any(String), holder: 'vm' })
  })
})

test('a restore tells how far it is, and what came of it', () => {
  const text = readFileSync(new URL('fixtures/0.18/restore.jsonl', import.meta.url), 'utf8').split('\n')
  expect(parseRestoreSummary(text)).toEqual({ files: 10, bytes: 90_000_005, skippedFiles: null })
  expect(text.flatMap((line) => parseStatus(line) ?? [])[0]).toMatchObject({ total: 90_000_005, unit: 'bytes' })
})

test('a snapshot that has gone is told from a place that has', () => {
  const said =
    '{"message_type":"exit_error","code":1,"message":"failed to load snapshot ffffffff: open /r/snapshots/ffff: no such file or directory"}'
  expect(failureOf(1, said, repository)).toMatchObject({ problem: 'restic.no_snapshot' })
  const key = 'Fatal: failed to load snapshot ffffffff: The specified key does not exist.'
  expect(failureOf(1, key, repository)).toMatchObject({ problem: 'restic.no_snapshot' })
  expect(failureOf(1, 'something else', repository)).toBeNull()
})

test('a line of status that was cut off still says how far it is', () => {
  const line =
    '{"message_type":"status","percent_done":0.5,"total_files":4,"files_done":1,"total_bytes":24,"bytes_done":12,"current_fi'
  expect(parseStatus(line)).toEqual({ done: 12, total: 24, unit: 'bytes', files: { done: 1, total: 4 } })
  expect(parseStatus('{"message_type":"summary"}')).toBeNull()
})

test('a file that cannot be read is told in words', () => {
  const line =
    '{"message_type":"error","error":{"message":"open /a: permission denied"},"during":"archival","item":"/a"}'
  expect(wordsOfLine(line)).toBe('open /a: permission denied')
  const older = '{"message_type":"error","error":{"Op":"read","Path":"/b","Err":{}},"during":"archival","item":"/b"}'
  expect(wordsOfLine(older)).toBe('/b: read')
})

test('versions are compared by their numbers', () => {
  expect(isAtLeast('0.17.0', '0.17.0')).toBe(true)
  expect(isAtLeast('0.9.6', '0.17.0')).toBe(false)
  expect(isAtLeast('1.0.0', '0.17.3')).toBe(true)
  expect(() => parseVersion('rustic 0.9')).toThrow('a version that is none')
})
