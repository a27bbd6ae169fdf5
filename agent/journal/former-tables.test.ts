import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CONNECTION_DOCUMENTS } from '@/agent/resources/connections/connection-documents'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { WireBackend, WireMount } from '@/lib/agent-protocol/messages'
import { testId } from '@/testing/ids'
import { HostKey } from './host-key'
import { Journal } from './journal'

/** What agents made before documents of every kind were kept in one place. */
const FORMER_SCHEMA = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE operations (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, resource_id TEXT NOT NULL, args_hash TEXT NOT NULL,
    generation INTEGER NOT NULL, fence INTEGER NOT NULL, started_at INTEGER NOT NULL,
    finished_at INTEGER, result TEXT, error TEXT
  ) STRICT;
  CREATE INDEX operations_unfinished ON operations (started_at) WHERE finished_at IS NULL;
  CREATE TABLE resources (id TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
  CREATE TABLE fence (one INTEGER PRIMARY KEY CHECK (one = 1), highest INTEGER NOT NULL) STRICT;
  CREATE TABLE membership (one INTEGER PRIMARY KEY CHECK (one = 1), host_id TEXT NOT NULL) STRICT;
  CREATE TABLE places (path TEXT PRIMARY KEY, origin TEXT NOT NULL, identity TEXT, mode INTEGER) STRICT;
  CREATE TABLE mounts (
    id TEXT PRIMARY KEY, generation INTEGER NOT NULL, document BLOB NOT NULL, previous BLOB,
    applied_hash TEXT, removing INTEGER NOT NULL DEFAULT 0, abandoned_boot TEXT
  ) STRICT;
  CREATE TABLE connections (
    id TEXT PRIMARY KEY, generation INTEGER NOT NULL, document BLOB NOT NULL, connection TEXT,
    connected_at INTEGER, removing INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`
const backend: WireBackend = { id: testId('backend', '1'), driver: 's3', config: {}, secrets: { key: 'fake' } }
const mount = (name: string, mountPoint: string): WireMount => ({
  mountId: testId('mount', name),
  backend,
  mountPoint,
  readOnly: false,
  autoMount: true,
  desiredState: 'mounted',
})
const stands = { summary: 'Open.', details: { Device: '/dev/sdc' }, usage: null }
const cutOff = {
  kind: 'applyMount',
  envelope: {
    operationId: testId('operation', '1'),
    resourceId: testId('mount', 'b'),
    generation: 7,
    fence: 3,
    ttlMs: 1_000,
  },
  args: { a: 1 },
}

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-former-'))
  const key = HostKey.open(join(directory, 'host.key'))
  const db = new DatabaseSync(join(directory, 'journal.db'))
  db.exec(FORMER_SCHEMA)
  const sealed = (purpose: string, value: unknown) => key.seal(purpose, JSON.stringify(value))
  const addMount = db.prepare('INSERT INTO mounts VALUES (?, ?, ?, ?, ?, ?, ?)')
  const [a, b] = [testId('mount', 'a'), testId('mount', 'b')]
  const [before, after] = [mount('a', '/mnt/old'), mount('a', '/mnt/new')]
  addMount.run(a, 5, sealed(`mount:${a}`, after), sealed(`mount:${a}`, before), 'hash', 0, null)
  addMount.run(b, 7, sealed(`mount:${b}`, mount('b', '/mnt/b')), null, null, 1, 'boot')
  db.prepare('INSERT INTO connections VALUES (?, ?, ?, ?, ?, ?)').run(
    backend.id,
    4,
    sealed(`connection:${backend.id}`, backend),
    JSON.stringify(stands),
    1_000,
    1,
  )
  db.prepare('INSERT INTO places VALUES (?, ?, ?, ?)').run('/mnt/old', 'made', '1:2', null)
  db.prepare('INSERT INTO fence VALUES (1, 3)').run()
  db.prepare('INSERT INTO operations VALUES (?, ?, ?, ?, 7, 3, 1, NULL, NULL, NULL)').run(
    cutOff.envelope.operationId,
    cutOff.kind,
    cutOff.envelope.resourceId,
    key.hash(cutOff.args),
  )
  db.close()
})
afterEach(() => rmSync(directory, { recursive: true }))

function expectEverything(journal: Journal): void {
  const [a, b] = [testId('mount', 'a'), testId('mount', 'b')]
  expect(journal.documents(MOUNT_DOCUMENTS).find(a)).toEqual({
    document: mount('a', '/mnt/new'),
    generation: 5,
    previous: mount('a', '/mnt/old'),
    removing: false,
    note: { appliedHash: 'hash', abandonedBoot: null },
  })
  expect(journal.documents(MOUNT_DOCUMENTS).find(b)).toEqual({
    document: mount('b', '/mnt/b'),
    generation: 7,
    previous: null,
    removing: true,
    note: { appliedHash: null, abandonedBoot: 'boot' },
  })
  expect(journal.documents(CONNECTION_DOCUMENTS).all()).toEqual([
    {
      document: backend,
      generation: 4,
      previous: null,
      removing: true,
      note: { connection: stands, connectedAt: 1_000 },
    },
  ])
  expect(journal.places.find('/mnt/old')).toMatchObject({ identity: '1:2' })
  expect(journal.recall(cutOff)).toEqual({ status: 'unfinished' })
  expect(journal.unfinished()).toHaveLength(1)
}

it('a journal of an earlier agent is taken over whole, once', () => {
  for (let start = 0; start < 2; start++) {
    const journal = Journal.open(directory)
    expectEverything(journal)
    journal.close()
  }
  const db = new DatabaseSync(join(directory, 'journal.db'))
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('mounts', 'connections')").all()
  db.close()
  expect(tables).toEqual([])
})

it('what is forgotten after that stays so', () => {
  const journal = Journal.open(directory)
  journal.documents(MOUNT_DOCUMENTS).forget(testId('mount', 'a'))
  journal.close()
  const next = Journal.open(directory)
  expect(next.documents(MOUNT_DOCUMENTS).find(testId('mount', 'a'))).toBeNull()
  next.close()
})

it('a connection that never stood is taken over as one', () => {
  const db = new DatabaseSync(join(directory, 'journal.db'))
  db.exec('UPDATE connections SET connection = NULL, connected_at = NULL')
  db.close()
  const journal = Journal.open(directory)
  expect(journal.documents(CONNECTION_DOCUMENTS).all()[0]?.note).toEqual({ connection: null, connectedAt: null })
  journal.close()
})

it('a look at it, and a start with a wrong key, change nothing of it', () => {
  Journal.check(directory)
  writeFileSync(join(directory, 'host.key'), Buffer.alloc(32, 7))
  expect(() => Journal.open(directory)).toThrow(/does not open the journal/)
  expect(() => Journal.check(directory)).toThrow(/does not open the journal/)
  const db = new DatabaseSync(join(directory, 'journal.db'))
  expect(db.prepare('SELECT count(*) AS count FROM mounts').get()).toEqual({ count: 2 })
  db.close()
})
