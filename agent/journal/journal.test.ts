import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONNECTION_DOCUMENTS } from '@/agent/resources/connections/connection-documents'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import { locksOn, logOf, readFromOutside } from '@/testing/file-locks'
import { testId } from '@/testing/ids'
import { type Command, Journal } from './journal'

let directory: string
let journal: Journal

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-journal-'))
  journal = Journal.open(directory)
})
afterEach(() => {
  journal.close()
  rmSync(directory, { recursive: true })
})

function command(id: string, more: Partial<Command['envelope']> = {}, args: unknown = { a: 1 }): Command {
  const envelope = { operationId: id, resourceId: testId('mount', '1'), generation: 1, fence: 1, ttlMs: 1000, ...more }
  return { kind: 'applyMount', envelope, args }
}

function document(more: Partial<WireMount> = {}): WireMount {
  return {
    mountId: testId('mount', '1'),
    backend: { id: testId('backend', '1'), driver: 's3', config: {}, secrets: { key: 'canary-secret-value' } },
    mountPoint: '/mnt/a',
    readOnly: false,
    autoMount: true,
    desiredState: 'mounted',
    ...more,
  }
}

const mounts = (of = journal) => of.documents(MOUNT_DOCUMENTS)
const connections = () => journal.documents(CONNECTION_DOCUMENTS)

/** As an agent left it that did not write places down yet. */
function withoutPlaces(): void {
  journal.close()
  const db = new DatabaseSync(join(directory, 'journal.db'))
  db.exec('DROP TABLE places')
  db.close()
}

describe('a journal from before places were written down', () => {
  beforeEach(() => {
    mounts().want(document(), 1)
    mounts().markApplied(testId('mount', '1'), { appliedHash: 'hash' })
    withoutPlaces()
  })

  it('counts what is mounted as made', () => {
    journal = Journal.open(directory)
    expect(journal.places.find('/mnt/a')).toMatchObject({ origin: 'made', identity: null })
  })

  it('does so also after a start that was refused for a wrong key', () => {
    const key = readFileSync(join(directory, 'host.key'))
    writeFileSync(join(directory, 'host.key'), Buffer.alloc(key.length, 7))
    expect(() => Journal.open(directory)).toThrow(/does not open the journal/)
    writeFileSync(join(directory, 'host.key'), key)
    journal = Journal.open(directory)
    expect(journal.places.find('/mnt/a')).toMatchObject({ origin: 'made' })
  })
})

describe('operations', () => {
  it('give the stored result for the same id, and refuse the id with other content', () => {
    expect(journal.begin(command(testId('operation', '1')))).toEqual({ status: 'new' })
    expect(journal.begin(command(testId('operation', '1')))).toEqual({ status: 'unfinished' })
    journal.finish(testId('operation', '1'), { result: { state: 'mounted' } })
    expect(journal.begin(command(testId('operation', '1'), {}, { a: 1 }))).toEqual({
      status: 'done',
      result: { state: 'mounted' },
    })
    expect(() => journal.begin(command(testId('operation', '1'), {}, { a: 2 }))).toThrow('used before')
    journal.begin(command(testId('operation', '2')))
    journal.finish(testId('operation', '2'), {
      error: new HoldfastError('busy', 'in use', { details: { holders: [] } }),
    })
    expect(journal.begin(command(testId('operation', '2')))).toEqual({
      status: 'failed',
      error: { code: 'busy', message: 'in use', details: { holders: [] } },
    })
  })

  it('keep their first end', () => {
    journal.begin(command(testId('operation', '1')))
    journal.finish(testId('operation', '1'), { result: 'first' })
    journal.finish(testId('operation', '1'), { result: 'second' })
    expect(journal.begin(command(testId('operation', '1')))).toEqual({ status: 'done', result: 'first' })
  })

  it('refuse an older generation of the resource and an older fence', () => {
    journal.begin(command(testId('operation', '1'), { generation: 5, fence: 3 }))
    expect(() => journal.begin(command(testId('operation', '2'), { generation: 4, fence: 3 }))).toThrow('newer change')
    expect(() => journal.begin(command(testId('operation', '3'), { generation: 9, fence: 2 }))).toThrow(
      'Another controller',
    )
    expect(journal.begin(command(testId('operation', '4'), { generation: 5, fence: 3 }))).toEqual({ status: 'new' })
    expect(
      journal.begin(command(testId('operation', '5'), { resourceId: testId('mount', '2'), generation: 1, fence: 3 })),
    ).toEqual({ status: 'new' })
    expect(journal.unfinished().map((operation) => operation.operationId)).toEqual([
      testId('operation', '4'),
      testId('operation', '5'),
    ])
  })

  it('tell how far they have come, of removed resources too, also after a restart', () => {
    expect(journal.highest()).toEqual({ fence: 0, generations: {} })
    journal.begin(command(testId('operation', '1'), { generation: 5, fence: 3 }), (open) =>
      mounts(open).want(document(), 5),
    )
    journal.begin(command(testId('operation', '2'), { resourceId: testId('mount', '2'), generation: 2, fence: 4 }))
    mounts().forget(testId('mount', '1'))
    journal.close()
    journal = Journal.open(directory)
    expect(journal.highest()).toEqual({
      fence: 4,
      generations: { [testId('mount', '1')]: 5, [testId('mount', '2')]: 2 },
    })
  })

  it('of an earlier membership keep no new controller out', () => {
    journal.serveAs('hst_1')
    journal.begin(command(testId('operation', '1'), { generation: 5, fence: 30 }), (open) =>
      mounts(open).want(document(), 5),
    )
    journal.serveAs('hst_1')
    expect(() => journal.begin(command(testId('operation', '2'), { generation: 5, fence: 1 }))).toThrow(
      'Another controller',
    )
    journal.serveAs('hst_2')
    expect(journal.highest()).toEqual({ fence: 0, generations: {} })
    // What is mounted stays so, and stays known.
    expect(mounts().find(testId('mount', '1'))?.generation).toBe(5)
    expect(journal.begin(command(testId('operation', '3'), { generation: 1, fence: 1 }))).toEqual({ status: 'new' })
  })

  it('count for an agent that was upgraded from before members were written down', () => {
    journal.begin(command(testId('operation', '1'), { generation: 5, fence: 30 }))
    journal.serveAs('hst_1')
    expect(journal.highest()).toEqual({ fence: 30, generations: { [testId('mount', '1')]: 5 } })
  })

  it('ends an operation that was cut off when a later one on the same resource begins', () => {
    journal.begin(command(testId('operation', '1')))
    journal.begin(command(testId('operation', '2'), { resourceId: testId('mount', '2') }))
    journal.begin(command(testId('operation', '3')))
    expect(journal.unfinished().map((operation) => operation.operationId)).toEqual([
      testId('operation', '2'),
      testId('operation', '3'),
    ])
    expect(journal.begin(command(testId('operation', '1')))).toMatchObject({
      status: 'failed',
      error: { code: 'stale' },
    })
  })

  it('write intent and document together or not at all', () => {
    const failing = () =>
      journal.begin(command(testId('operation', '1')), (open) => {
        mounts(open).want(document(), 1)
        throw new Error('disk full')
      })
    expect(failing).toThrow('disk full')
    expect(mounts().all()).toEqual([])
    expect(journal.unfinished()).toEqual([])
  })
})

describe('desired mounts', () => {
  it('survive a restart, with their secrets sealed', () => {
    journal.begin(command(testId('operation', '1')), (open) => mounts(open).want(document(), 1))
    journal.close()
    for (const name of readdirSync(directory)) {
      expect(readFileSync(join(directory, name), 'latin1')).not.toContain('canary')
      expect(statSync(join(directory, name)).mode & 0o077).toBe(
        name === 'journal.db' || name === 'host.key' ? 0 : expect.any(Number),
      )
    }
    expect(statSync(directory).mode & 0o077).toBe(0)
    journal = Journal.open(directory)
    expect(mounts().find(testId('mount', '1'))).toEqual({
      document: document(),
      generation: 1,
      previous: null,
      removing: false,
      note: { appliedHash: null, abandonedBoot: null },
    })
  })

  it('remember what may still be mounted until the new document is carried out', () => {
    mounts().want(document(), 1)
    mounts().want(document({ readOnly: true }), 2)
    expect(mounts().find(testId('mount', '1'))?.previous).toBeNull()
    // It may have been tried, and have left a directory.
    const first = document().mountPoint
    mounts().want(document({ mountPoint: '/mnt/b' }), 2)
    expect(mounts().find(testId('mount', '1'))?.previous?.mountPoint).toBe(first)
    mounts().markApplied(testId('mount', '1'), { appliedHash: 'hash' })
    mounts().want(document({ mountPoint: '/mnt/c' }), 3)
    mounts().want(document({ mountPoint: '/mnt/d' }), 4)
    expect(mounts().find(testId('mount', '1'))?.previous?.mountPoint).toBe('/mnt/b')
    mounts().markApplied(testId('mount', '1'), { appliedHash: 'hash' })
    expect(mounts().find(testId('mount', '1'))?.previous).toBeNull()
  })

  it('can be marked for removal and forgotten', () => {
    mounts().want(document(), 1)
    mounts().markRemoving(testId('mount', '1'), 2)
    mounts().remember(testId('mount', '1'), { abandonedBoot: 'boot' })
    expect(mounts().find(testId('mount', '1'))).toMatchObject({
      removing: true,
      generation: 2,
      note: { abandonedBoot: 'boot' },
    })
    mounts().forget(testId('mount', '1'))
    expect(mounts().all()).toEqual([])
  })

  it('cannot be read with another key, or moved to another mount', () => {
    const sealed = journal.key.seal('mount:mnt_1', 'text')
    expect(journal.key.unseal('mount:mnt_1', sealed)).toBe('text')
    expect(() => journal.key.unseal('mount:mnt_2', sealed)).toThrow()
    sealed[20] = (sealed[20] ?? 0) ^ 1
    expect(() => journal.key.unseal('mount:mnt_1', sealed)).toThrow()
  })
})

describe('mountpoints that are ours', () => {
  const ours = (path: string) => journal.places.find(path)

  it('are not proven by a command alone, whatever it asks for and whatever became of it', () => {
    journal.begin(command(testId('operation', '1')), (open) => mounts(open).want(document(), 1))
    mounts().markApplied(testId('mount', '1'), { appliedHash: 'hash' })
    journal.begin(command(testId('operation', '2'), { generation: 2 }), (open) =>
      mounts(open).want(document({ mountPoint: '/mnt/b' }), 2),
    )
    journal.close()
    journal = Journal.open(directory)
    expect([ours('/mnt/a'), ours('/mnt/b')]).toEqual([null, null])
  })

  it('are taken over once from an agent that did not write them down: what it had mounted', () => {
    mounts().want(document(), 1)
    mounts().markApplied(testId('mount', '1'), { appliedHash: 'hash' })
    mounts().want(document({ mountPoint: '/mnt/moved' }), 2)
    mounts().want(document({ mountId: testId('mount', '2'), mountPoint: '/mnt/never' }), 1)
    journal.close()
    const file = new DatabaseSync(join(directory, 'journal.db'))
    file.exec('DROP TABLE places')
    file.close()
    journal = Journal.open(directory)
    const made = { origin: 'made', identity: null }
    expect([ours('/mnt/a'), ours('/mnt/moved'), ours('/mnt/never')]).toMatchObject([made, made, null])
    journal.places.forget('/mnt/a')
    journal.close()
    journal = Journal.open(directory)
    expect(ours('/mnt/a')).toBeNull()
  })
})

describe('desired connections', () => {
  const backend = {
    id: testId('backend', '1'),
    driver: 'iscsi-lvm',
    config: {},
    secrets: { key: 'canary-secret-value' },
  }
  const stands = { summary: 'Open.', details: { Device: '/dev/sdc' }, usage: null }

  it('survive with their secrets, which the disk does not show, and with what stood', () => {
    connections().want(backend, 3)
    const at = 1_000
    connections().markApplied(testId('backend', '1'), { connection: stands, connectedAt: at })
    journal.close()
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)))
    expect(Buffer.concat(files).includes('canary-secret-value')).toBe(false)
    journal = Journal.open(directory)
    expect(connections().all()).toEqual([
      {
        document: backend,
        generation: 3,
        previous: null,
        removing: false,
        note: { connection: stands, connectedAt: at },
      },
    ])
  })

  it('can be marked, wanted again, and forgotten', () => {
    connections().want(backend, 1)
    connections().markApplied(testId('backend', '1'), { connection: stands, connectedAt: 1 })
    connections().markRemoving(testId('backend', '1'), 2)
    expect(connections().all()).toEqual([expect.objectContaining({ removing: true, generation: 2 })])
    connections().want({ ...backend, config: { port: 1 } }, 3)
    expect(connections().all()).toEqual([
      expect.objectContaining({
        document: { ...backend, config: { port: 1 } },
        removing: false,
        note: { connection: stands, connectedAt: 1 },
      }),
    ])
    connections().forget(testId('backend', '1'))
    expect(connections().all()).toEqual([])
  })
})

describe('the files', () => {
  it('are refused when damaged or readable by others, and left as they are', () => {
    const other = join(directory, 'other')
    Journal.open(other).close()
    chmodSync(join(other, 'host.key'), 0o644)
    expect(() => Journal.open(other)).toThrow('can be read by others')
    chmodSync(join(other, 'host.key'), 0o600)
    for (const name of readdirSync(other)) if (name.startsWith('journal.db')) rmSync(join(other, name))
    writeFileSync(join(other, 'journal.db'), 'not a database'.repeat(100))
    expect(() => Journal.open(other)).toThrow('cannot be opened')
    expect(readFileSync(join(other, 'journal.db'), 'utf8')).toContain('not a database')
  })

  it('stay locked for other programs whatever the process does with them, so that nobody deletes the log', () => {
    const path = join(directory, 'journal.db')
    journal.begin(command('op_1'))
    const log = logOf(path)
    for (const deed of [() => undefined, () => Journal.open(directory).close()]) {
      deed()
      expect(locksOn(path)).not.toEqual([])
      readFromOutside(path)
      expect(logOf(path)).toBe(log)
    }
  })

  it('are written through to the disk before the answer', () => {
    expect(execFileSync('which', ['node']).length).toBeGreaterThan(0)
    const check = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(process.argv[1]);
      console.log(JSON.stringify(db.prepare('PRAGMA journal_mode').get()))`
    const { stdout } = spawnSync(process.execPath, ['-e', check, join(directory, 'journal.db')], { encoding: 'utf8' })
    expect(JSON.parse(stdout)).toEqual({ journal_mode: 'wal' })
  })
})

it('waits for another process that is just closing it', async () => {
  const script = `
    const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(process.argv[1])
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; PRAGMA user_version = 7; COMMIT')
    console.log('held')
    setTimeout(() => db.close(), 500)
  `
  const other = join(directory, 'other')
  Journal.open(other).close()
  const holder = spawn(process.execPath, ['-e', script, join(other, 'journal.db')])
  await new Promise((resolve) => holder.stdout.once('data', resolve))
  const opened = Journal.open(other)
  expect(mounts(opened).all()).toEqual([])
  opened.close()
})
