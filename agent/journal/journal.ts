import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { failpoint } from '@/agent/host/failpoint'
import { makeDirectory } from '@/agent/host/files/write-file'
import { JournalPlaces } from '@/agent/host/mounting/place-records'
import type { CommandEnvelope } from '@/lib/agent-protocol/messages'
import { sqliteDiskProblem } from '@/lib/disk-space'
import { type ErrorCode, HoldfastError, isErrorCode } from '@/lib/errors'
import { HostKey } from './host-key'
import { LateWrites } from './late-writes'
import { WantedConnections } from './wanted-connections'
import { WantedMounts } from './wanted-mounts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS operations (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, resource_id TEXT NOT NULL, args_hash TEXT NOT NULL,
    generation INTEGER NOT NULL, fence INTEGER NOT NULL, started_at INTEGER NOT NULL,
    finished_at INTEGER, result TEXT, error TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS operations_unfinished ON operations (started_at) WHERE finished_at IS NULL;
  CREATE TABLE IF NOT EXISTS resources (id TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS fence (one INTEGER PRIMARY KEY CHECK (one = 1), highest INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS membership (one INTEGER PRIMARY KEY CHECK (one = 1), host_id TEXT NOT NULL) STRICT;
`
const KEEP_MS = 7 * 24 * 3_600_000

export interface Command {
  /** Its name; the kinds of resources have their own. */
  kind: string
  envelope: CommandEnvelope
  /** Everything that was asked, for the comparison of repeated operations. */
  args: unknown
}

export interface StoredError {
  code: ErrorCode
  message: string
  details?: Record<string, unknown>
}

export type Begun =
  | { status: 'new' }
  | { status: 'unfinished' }
  | { status: 'done'; result: unknown }
  | { status: 'failed'; error: StoredError }

export interface UnfinishedOperation {
  operationId: string
  kind: string
  resourceId: string
}

const OperationRow = z.object({
  args_hash: z.string(),
  finished_at: z.number().nullable(),
  result: z.string().nullable(),
  error: z.string().nullable(),
})
const UnfinishedRow = z.object({
  id: z.string(),
  kind: z.string(),
  resource_id: z.string(),
})
const StoredErrorShape = z.object({
  code: z
    .string()
    .refine(isErrorCode)
    .transform((code) => code as ErrorCode),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
})

const BUSY_MS = 5_000

type Outcome = { result: unknown } | { error: HoldfastError }

/**
 * What the agent has been asked and has done, on disk before it acts (SQLite, WAL, synchronous FULL: a commit is an fsync).
 * Documents with their secrets are sealed with the host key.
 *
 * Where the disk is full, an intent is refused with `disk_full` before anything is done on the host; what has been done already is
 * noted as soon as there is room.
 */
export class Journal {
  readonly key: HostKey
  /** What is to be mounted here. */
  readonly mounts: WantedMounts
  /** Block storages that are to be open here. */
  readonly connections: WantedConnections
  /** Mountpoints that were made or changed here. */
  readonly places: JournalPlaces
  readonly #db: DatabaseSync
  readonly #directory: string
  readonly #late: LateWrites
  /** Ends of operations that the disk has not taken yet. */
  readonly #ended = new Map<string, Outcome>()

  private constructor(key: HostKey, db: DatabaseSync, directory: string, retryMs: number | undefined) {
    this.key = key
    this.#db = db
    this.#directory = directory
    this.#late = new LateWrites(retryMs)
    this.mounts = new WantedMounts(key, db, (write) => this.#note(write))
    this.connections = new WantedConnections(key, db, (write) => this.#note(write))
    this.places = new JournalPlaces(db, {
      before: (write) => {
        this.#late.settle()
        this.#writing(write)
      },
      after: (write) => this.#note(write),
    })
  }

  /**
   * Throws `unavailable` when the file is damaged, of something else, or was sealed with another key; it is left as it is for a
   * person to look at. `disk_full` and `disk_unwritable` say that the place is at fault. `retryMs`: how soon notes that the disk did
   * not take are tried again.
   */
  static open(directory: string, retryMs?: number): Journal {
    makeDirectory(directory)
    const path = join(directory, 'journal.db')
    const keyFile = join(directory, 'host.key')
    const isUsed = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
    const key = HostKey.open(keyFile, isUsed ? path : undefined)
    let db: DatabaseSync
    let knowsPlaces: boolean
    try {
      if (isUsed) requireSound(path)
      // From the first statement on: at shutdown this is opened in the moment in which the agent closes it.
      db = new DatabaseSync(path, { timeout: BUSY_MS })
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512')
      db.exec(SCHEMA)
      db.exec(WantedMounts.schema)
      db.exec(WantedConnections.schema)
      knowsPlaces = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'places'").get() !== undefined
      chmodSync(path, 0o600)
    } catch (error) {
      // SQLite calls a directory in the place of one of its files an I/O error, too.
      const problem = isOfFiles(path) ? sqliteDiskProblem(directory, error) : null
      if (problem) throw problem
      throw new HoldfastError(
        'unavailable',
        `The agent's journal ${path} cannot be opened. Move it away, with its -wal and -shm, and start again; mounts are then taken over from the controller.`,
        { cause: error },
      )
    }
    try {
      for (const [table, purpose] of [
        ['mounts', 'mount'],
        ['connections', 'connection'],
      ]) {
        const rows = db.prepare(`SELECT id, document FROM ${table}`).all()
        for (const { id, document } of rows) key.unseal(`${purpose}:${id}`, document as Uint8Array)
      }
    } catch (error) {
      db.close()
      throw new HoldfastError(
        'unavailable',
        `${keyFile} does not open the journal ${path}: one of them is of another installation. Restore the two that belong together, or move both away and start again.`,
        { cause: error },
      )
    }
    const journal = new Journal(key, db, directory, retryMs)
    if (!knowsPlaces) journal.#takeOverPlaces()
    return journal
  }

  /** A journal of an agent that did not write places down yet: what it has mounted, it has made. */
  #takeOverPlaces(): void {
    // The table with its rows or not at all: where it is, nobody takes over again.
    this.#transaction(() => {
      this.#db.exec(JournalPlaces.schema)
      this.#writePlacesOfMounts()
    })
  }

  #writePlacesOfMounts(): void {
    for (const { document, previous, appliedHash } of this.mounts.all()) {
      const was = appliedHash === null ? [] : [document, ...(previous === null ? [] : [previous])]
      for (const { mountPoint: path } of was) this.places.write({ path, origin: 'made', identity: null, mode: null })
    }
  }

  close(): void {
    this.#late.close()
    this.#db.close()
  }

  /**
   * Tells which member of a fleet this host is. One that has joined anew, perhaps another fleet, owes nothing to the controllers of
   * its former life: their fences and generations are forgotten, so that they cannot keep the new ones out.
   */
  serveAs(hostId: string): void {
    this.#transaction(() => {
      const stored = this.#db.prepare('SELECT host_id FROM membership').get()
      const before = z.object({ host_id: z.string() }).optional().parse(stored)
      if (before?.host_id === hostId) return
      if (before !== undefined) this.#db.exec('DELETE FROM fence; DELETE FROM resources')
      this.#db
        .prepare(
          'INSERT INTO membership (one, host_id) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET host_id = excluded.host_id',
        )
        .run(hostId)
    })
  }

  /** The highest fence (0 before the first command) and, by resource id, the highest generation that commands have carried. */
  highest(): { fence: number; generations: Record<string, number> } {
    const resources = z
      .array(z.object({ id: z.string(), generation: z.number() }))
      .parse(this.#db.prepare('SELECT id, generation FROM resources').all())
    return {
      fence: this.#highestFence() ?? 0,
      generations: Object.fromEntries(resources.map(({ id, generation }) => [id, generation])),
    }
  }

  /**
   * Writes the intent, together with what is wanted from now on, in one transaction. The same operation id again gives what
   * is known of it. Throws `conflict` for the id with other content, `stale` for an older generation or fence, and `disk_full` or
   * `disk_unwritable` when it cannot be written: then nothing may be done.
   */
  begin(command: Command, change: (journal: Journal) => void = () => undefined): Begun {
    const { envelope } = command
    const hash = this.key.hash(command.args)
    this.#late.settle()
    return this.#transaction(() => {
      const known = this.#known(envelope.operationId, hash)
      if (known !== null) return known
      this.#checkFence(envelope.fence)
      this.#checkGeneration(envelope.resourceId, envelope.generation)
      this.#db
        .prepare(
          'INSERT INTO operations (id, kind, resource_id, args_hash, generation, fence, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        )
        .run(
          envelope.operationId,
          command.kind,
          envelope.resourceId,
          hash,
          envelope.generation,
          envelope.fence,
          Date.now(),
        )
      this.#supersede(envelope)
      change(this)
      failpoint('journal.intent.before-commit')
      return { status: 'new' }
    })
  }

  /** What is known of an operation, without beginning it. Throws `conflict` for the id with other content. */
  recall(command: Command): Exclude<Begun, { status: 'new' }> | null {
    return this.#known(command.envelope.operationId, this.key.hash(command.args))
  }

  /** Never fails because of the disk: the answer counts, and is given again when it is asked for, from now on. */
  finish(operationId: string, outcome: Outcome): void {
    if (!this.#ended.has(operationId)) this.#ended.set(operationId, outcome)
    const result = 'result' in outcome ? JSON.stringify(outcome.result ?? null) : null
    const error = 'error' in outcome ? JSON.stringify(storable(outcome.error)) : null
    const at = Date.now()
    this.#late.note(() => {
      this.#transaction(() => {
        this.#db
          .prepare('UPDATE operations SET finished_at = ?, result = ?, error = ? WHERE id = ? AND finished_at IS NULL')
          .run(at, result, error, operationId)
        this.#db.prepare('DELETE FROM operations WHERE finished_at < ?').run(Date.now() - KEEP_MS)
      })
      this.#ended.delete(operationId)
    })
  }

  /** Operations whose end is not known: the agent died, or a command still hangs. */
  unfinished(): UnfinishedOperation[] {
    const rows = this.#db
      .prepare('SELECT id, kind, resource_id FROM operations WHERE finished_at IS NULL ORDER BY started_at')
      .all()
    return rows.flatMap((row) => {
      const { id, kind, resource_id } = UnfinishedRow.parse(row)
      return this.#ended.has(id) ? [] : [{ operationId: id, kind, resourceId: resource_id }]
    })
  }

  #known(operationId: string, hash: string): Exclude<Begun, { status: 'new' }> | null {
    const row = this.#db
      .prepare('SELECT args_hash, finished_at, result, error FROM operations WHERE id = ?')
      .get(operationId)
    if (row === undefined) return null
    const known = OperationRow.parse(row)
    if (known.args_hash !== hash) {
      throw usedForSomethingElse()
    }
    if (known.finished_at === null) {
      const ended = this.#ended.get(operationId)
      if (ended === undefined) return { status: 'unfinished' }
      if ('error' in ended) return { status: 'failed', error: storable(ended.error) }
      return { status: 'done', result: JSON.parse(JSON.stringify(ended.result ?? null)) }
    }
    if (known.error !== null) {
      const { code, message, details } = StoredErrorShape.parse(JSON.parse(known.error))
      return { status: 'failed', error: { code, message, ...(details === undefined ? {} : { details }) } }
    }
    return { status: 'done', result: JSON.parse(known.result ?? 'null') }
  }

  /** Operations on one resource follow each other: what an earlier one had begun is now this one's to bring to an end. */
  #supersede({ resourceId, operationId, generation }: CommandEnvelope): void {
    const error = new HoldfastError('stale', 'It was cut off, and a later operation took its place.', {
      details: { reason: 'generation', current: generation },
    })
    this.#db
      .prepare(
        'UPDATE operations SET finished_at = ?, error = ? WHERE resource_id = ? AND id <> ? AND finished_at IS NULL',
      )
      .run(Date.now(), JSON.stringify(storable(error)), resourceId, operationId)
  }

  #highestFence(): number | undefined {
    const stored = this.#db.prepare('SELECT highest FROM fence').get()
    return z.object({ highest: z.number() }).optional().parse(stored)?.highest
  }

  #checkFence(fence: number): void {
    const highest = this.#highestFence()
    if (highest !== undefined && fence < highest) {
      throw new HoldfastError('stale', 'Another controller has taken over this host since.', {
        details: { reason: 'fence', current: highest },
      })
    }
    this.#db
      .prepare(
        'INSERT INTO fence (one, highest) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET highest = excluded.highest',
      )
      .run(fence)
  }

  #checkGeneration(resourceId: string, generation: number): void {
    const stored = this.#db.prepare('SELECT generation FROM resources WHERE id = ?').get(resourceId)
    const row = z.object({ generation: z.number() }).optional().parse(stored)
    if (row !== undefined && generation < row.generation) {
      throw new HoldfastError('stale', 'A newer change of this resource has been carried out on the host.', {
        details: { reason: 'generation', current: row.generation },
      })
    }
    this.#db
      .prepare(
        'INSERT INTO resources (id, generation) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET generation = excluded.generation',
      )
      .run(resourceId, generation)
  }

  #transaction<T>(work: () => T): T {
    return this.#writing(() => {
      this.#db.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.#db.exec('COMMIT')
        return result
      } catch (error) {
        // On some errors (disk full, I/O) SQLite has done so by itself.
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw error
      }
    })
  }

  /** What was done on the host is noted now or later, but never lost to a full disk. */
  #note(write: () => unknown): void {
    this.#late.note(() => this.#writing(write))
  }

  #writing<T>(write: () => T): T {
    try {
      return write()
    } catch (error) {
      throw sqliteDiskProblem(this.#directory, error) ?? error
    }
  }
}

/** Is this a journal, and whole? Asked through a connection that cannot write, not even while it is closed. */
function requireSound(path: string): void {
  // SQLite takes a directory there for an index that it may not write, and fails at the first change.
  if (statSync(`${path}-shm`, { throwIfNoEntry: false })?.isDirectory()) throw new Error('its -shm is a directory')
  const db = new DatabaseSync(path, { timeout: BUSY_MS, readOnly: true })
  try {
    const { quick_check } = z.object({ quick_check: z.string() }).parse(db.prepare('PRAGMA quick_check(1)').get())
    if (quick_check !== 'ok') throw new Error(quick_check)
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    const isJournal = tables.length === 0 || tables.some(({ name }) => name === 'fence')
    if (!isJournal) throw new Error('it is a database of something else')
  } finally {
    db.close()
  }
}

function isOfFiles(path: string): boolean {
  return ['', '-wal', '-shm'].every((end) => statSync(`${path}${end}`, { throwIfNoEntry: false })?.isFile() ?? true)
}

export function usedForSomethingElse(): HoldfastError {
  return new HoldfastError('conflict', 'This operation id was used before for something else.')
}

/** What a finished operation answered, given or thrown once more. */
export function answerOf<T>(begun: Exclude<Begun, { status: 'new' | 'unfinished' }>): T {
  if (begun.status === 'done') return begun.result as T
  const { code, message, details } = begun.error
  throw new HoldfastError(code, message, details === undefined ? {} : { details })
}

function storable(error: HoldfastError): StoredError {
  return {
    code: error.code,
    message: error.message,
    ...(error.details === undefined ? {} : { details: error.details }),
  }
}
