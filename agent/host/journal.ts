import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { type CommandEnvelope, WireMount } from '@/lib/agent-protocol/messages'
import { type ErrorCode, HoldfastError, isErrorCode } from '@/lib/errors'
import { failpoint } from './failpoint'
import { HostKey } from './host-key'
import { JournalPlaces } from './place-records'
import { WantedConnections } from './wanted-connections'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS operations (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, resource_id TEXT NOT NULL, args_hash TEXT NOT NULL,
    generation INTEGER NOT NULL, fence INTEGER NOT NULL, started_at INTEGER NOT NULL,
    finished_at INTEGER, result TEXT, error TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS operations_unfinished ON operations (started_at) WHERE finished_at IS NULL;
  CREATE TABLE IF NOT EXISTS resources (id TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS fence (one INTEGER PRIMARY KEY CHECK (one = 1), highest INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS mounts (
    id TEXT PRIMARY KEY, generation INTEGER NOT NULL, document BLOB NOT NULL, previous BLOB,
    applied_hash TEXT, removing INTEGER NOT NULL DEFAULT 0, abandoned_boot TEXT
  ) STRICT;
`
const KEEP_MS = 7 * 24 * 3_600_000

const KINDS = ['applyMount', 'removeMount', 'connectBackend', 'disconnectBackend', 'installTools'] as const

export interface Command {
  kind: (typeof KINDS)[number]
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

export interface DesiredMount {
  document: WireMount
  generation: number
  /** What was wanted before, while its traces may still be on the host. */
  previous: WireMount | null
  /** Hash of the document that was carried out last. */
  appliedHash: string | null
  removing: boolean
  /** Boot in which it was lazily unmounted with users left. */
  abandonedBoot: string | null
}

export interface UnfinishedOperation {
  operationId: string
  kind: Command['kind']
  resourceId: string
}

const OperationRow = z.object({
  args_hash: z.string(),
  finished_at: z.number().nullable(),
  result: z.string().nullable(),
  error: z.string().nullable(),
})
const MountRow = z.object({
  id: z.string(),
  generation: z.number(),
  document: z.instanceof(Uint8Array),
  previous: z.instanceof(Uint8Array).nullable(),
  applied_hash: z.string().nullable(),
  removing: z.number(),
  abandoned_boot: z.string().nullable(),
})
const UnfinishedRow = z.object({
  id: z.string(),
  kind: z.enum(KINDS),
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

/**
 * What the agent has been asked and has done, on disk before it acts (SQLite, WAL, synchronous FULL: a commit is an fsync).
 * Documents with their secrets are sealed with the host key.
 */
export class Journal {
  readonly key: HostKey
  /** Block storages that are to be open here. */
  readonly connections: WantedConnections
  /** Mountpoints that were made or changed here. */
  readonly places: JournalPlaces
  readonly #db: DatabaseSync

  private constructor(key: HostKey, db: DatabaseSync) {
    this.key = key
    this.#db = db
    this.connections = new WantedConnections(key, db)
    this.places = new JournalPlaces(db)
  }

  /** Throws `unavailable` when the file is damaged; it is left as it is for a person to look at. */
  static open(directory: string): Journal {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const path = join(directory, 'journal.db')
    const key = HostKey.open(join(directory, 'host.key'))
    let db: DatabaseSync
    let knowsPlaces: boolean
    try {
      // From the first statement on: at shutdown this is opened in the moment in which the agent closes it.
      db = new DatabaseSync(path, { timeout: BUSY_MS })
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512')
      db.exec(SCHEMA)
      db.exec(WantedConnections.schema)
      knowsPlaces = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'places'").get() !== undefined
      db.exec(JournalPlaces.schema)
      chmodSync(path, 0o600)
    } catch (error) {
      throw new HoldfastError(
        'unavailable',
        `The agent's journal ${path} cannot be opened. Move it away and start again; mounts are then taken over from the controller.`,
        { cause: error },
      )
    }
    const journal = new Journal(key, db)
    if (!knowsPlaces) journal.#takeOverPlaces()
    return journal
  }

  /** A journal of an agent that did not write places down yet: what it has mounted, it has made. */
  #takeOverPlaces(): void {
    for (const { document, previous, appliedHash } of this.desiredMounts()) {
      const was = appliedHash === null ? [] : [document, ...(previous === null ? [] : [previous])]
      for (const { mountPoint: path } of was) this.places.write({ path, origin: 'made', identity: null, mode: null })
    }
  }

  close(): void {
    this.#db.close()
  }

  /**
   * Writes the intent, together with what is wanted from now on, in one transaction. The same operation id again gives what
   * is known of it. Throws `conflict` for the id with other content, `stale` for an older generation or fence.
   */
  begin(command: Command, change: (journal: Journal) => void = () => undefined): Begun {
    const { envelope } = command
    const hash = this.key.hash(command.args)
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

  finish(operationId: string, outcome: { result: unknown } | { error: HoldfastError }): void {
    const result = 'result' in outcome ? JSON.stringify(outcome.result ?? null) : null
    const error = 'error' in outcome ? JSON.stringify(storable(outcome.error)) : null
    this.#transaction(() => {
      this.#db
        .prepare('UPDATE operations SET finished_at = ?, result = ?, error = ? WHERE id = ? AND finished_at IS NULL')
        .run(Date.now(), result, error, operationId)
      this.#db.prepare('DELETE FROM operations WHERE finished_at < ?').run(Date.now() - KEEP_MS)
    })
  }

  /** Operations whose end is not known: the agent died, or a command still hangs. */
  unfinished(): UnfinishedOperation[] {
    const rows = this.#db
      .prepare('SELECT id, kind, resource_id FROM operations WHERE finished_at IS NULL ORDER BY started_at')
      .all()
    return rows.map((row) => {
      const { id, kind, resource_id } = UnfinishedRow.parse(row)
      return { operationId: id, kind, resourceId: resource_id }
    })
  }

  /** The new document; the one before is kept until `markApplied`, because it may be what is mounted. */
  wantMount(document: WireMount, generation: number): void {
    const id = document.mountId
    this.#db
      .prepare(
        `INSERT INTO mounts (id, generation, document) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET previous = coalesce(previous, CASE WHEN applied_hash IS NULL THEN NULL ELSE document END),
           generation = excluded.generation, document = excluded.document, removing = 0, abandoned_boot = NULL`,
      )
      .run(id, generation, this.key.seal(`mount:${id}`, JSON.stringify(document)))
  }

  markApplied(id: string, appliedHash: string | null): void {
    this.#db.prepare('UPDATE mounts SET previous = NULL, applied_hash = ? WHERE id = ?').run(appliedHash, id)
  }

  markRemoving(id: string, generation: number): void {
    this.#db.prepare('UPDATE mounts SET removing = 1, generation = ? WHERE id = ?').run(generation, id)
  }

  /** The removal did not succeed: it is still wanted. */
  unmarkRemoving(id: string): void {
    this.#db.prepare('UPDATE mounts SET removing = 0 WHERE id = ?').run(id)
  }

  markAbandoned(id: string, boot: string): void {
    this.#db.prepare('UPDATE mounts SET abandoned_boot = ? WHERE id = ?').run(boot, id)
  }

  forgetMount(id: string): void {
    this.#db.prepare('DELETE FROM mounts WHERE id = ?').run(id)
  }

  desiredMounts(): DesiredMount[] {
    return this.#db
      .prepare('SELECT * FROM mounts ORDER BY id')
      .all()
      .map((row) => {
        const mount = MountRow.parse(row)
        return {
          document: this.#unseal(mount.id, mount.document),
          generation: mount.generation,
          previous: mount.previous === null ? null : this.#unseal(mount.id, mount.previous),
          appliedHash: mount.applied_hash,
          removing: mount.removing === 1,
          abandonedBoot: mount.abandoned_boot,
        }
      })
  }

  desiredMount(id: string): DesiredMount | null {
    return this.desiredMounts().find((mount) => mount.document.mountId === id) ?? null
  }

  #unseal(id: string, sealed: Uint8Array): WireMount {
    return WireMount.parse(JSON.parse(this.key.unseal(`mount:${id}`, sealed)))
  }

  #known(operationId: string, hash: string): Exclude<Begun, { status: 'new' }> | null {
    const row = this.#db
      .prepare('SELECT args_hash, finished_at, result, error FROM operations WHERE id = ?')
      .get(operationId)
    if (row === undefined) return null
    const known = OperationRow.parse(row)
    if (known.args_hash !== hash) {
      throw new HoldfastError('conflict', 'This operation id was used before for something else.')
    }
    if (known.finished_at === null) return { status: 'unfinished' }
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

  #checkFence(fence: number): void {
    const row = z.object({ highest: z.number() }).optional().parse(this.#db.prepare('SELECT highest FROM fence').get())
    if (row !== undefined && fence < row.highest) {
      throw new HoldfastError('stale', 'Another controller has taken over this host since.', {
        details: { reason: 'fence' },
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
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }
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
