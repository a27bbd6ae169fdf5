import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { failpoint } from '@/agent/host/failpoint'
import { JournalPlaces } from '@/agent/host/mounting/place-records'
import type { CommandEnvelope } from '@/lib/agent-protocol/messages'
import { sqliteDiskProblem } from '@/lib/disk-space'
import { HoldfastError } from '@/lib/errors'
import { type DocumentKind, WantedDocuments } from './documents'
import type { HostKey } from './host-key'
import { openJournalFile } from './journal-file'
import { LateWrites } from './late-writes'
import { JournalSteps } from './steps'
import { fromStored, StoredError, storable } from './stored-error'

const KEEP_MS = 7 * 24 * 3_600_000

export interface Command {
  /** Its name; the kinds of resources have their own. */
  kind: string
  envelope: CommandEnvelope
  /** Everything that was asked, for the comparison of repeated operations. */
  args: unknown
}

export type Begun =
  | { status: 'new' }
  | { status: 'unfinished' }
  | { status: 'done'; result: unknown }
  | { status: 'failed'; error: StoredError }

/** What the journal knows of an operation, whoever asked for it. */
export interface KnownOperation extends UnfinishedOperation {
  startedAt: Date
  /** null: its end is not known. */
  end: { at: Date; outcome: Outcome } | null
}

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
const FoundRow = z.object({
  kind: z.string(),
  resource_id: z.string(),
  args_hash: z.string(),
  started_at: z.number(),
  finished_at: z.number().nullable(),
})
const UnfinishedRow = z.object({
  id: z.string(),
  kind: z.string(),
  resource_id: z.string(),
})
export type Outcome = { result: unknown } | { error: HoldfastError }

/**
 * What the agent has been asked and has done, on disk before it acts (SQLite, WAL, synchronous FULL: a commit is an fsync).
 * Documents with their secrets are sealed with the host key.
 *
 * Where the disk is full, an intent is refused with `disk_full` before anything is done on the host; what has been done already is
 * noted as soon as there is room.
 */
export class Journal {
  readonly key: HostKey
  /** Mountpoints that were made or changed here. */
  readonly places: JournalPlaces
  /** How far unfinished operations have come. */
  readonly steps: JournalSteps
  readonly #db: DatabaseSync
  readonly #directory: string
  readonly #late: LateWrites
  /** Ends of operations that the disk has not taken yet. */
  readonly #ended = new Map<string, Outcome>()
  readonly #hashes = new WeakMap<Command, string>()

  private constructor(key: HostKey, db: DatabaseSync, directory: string, retryMs: number | undefined) {
    this.key = key
    this.#db = db
    this.#directory = directory
    this.#late = new LateWrites(retryMs)
    const on = {
      before: (write: () => unknown) => {
        this.#late.settle()
        this.#writing(write)
      },
      after: (write: () => unknown) => this.#note(write),
    }
    this.places = new JournalPlaces(db, on)
    this.steps = new JournalSteps(key, db, on)
  }

  /** Throws as `openJournalFile`. `retryMs`: how soon notes that the disk did not take are tried again. */
  static open(directory: string, retryMs?: number): Journal {
    const { key, db } = openJournalFile(directory, 'take over')
    return new Journal(key, db, directory, retryMs)
  }

  /** Throws what would keep the agent from opening it, and changes nothing. */
  static check(directory: string): void {
    openJournalFile(directory, 'only look').db.close()
  }

  /** What is wanted of one kind of resource. */
  documents<Document, Note extends object>(kind: DocumentKind<Document, Note>): WantedDocuments<Document, Note> {
    return new WantedDocuments(kind, this.key, this.#db, (write) => this.#note(write))
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
    const hash = this.hashOf(command)
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
    return this.#known(command.envelope.operationId, this.hashOf(command))
  }

  /** Of what was asked; made once for each command. */
  hashOf(command: Command): string {
    const hash = this.#hashes.get(command) ?? this.key.hash(command.args)
    this.#hashes.set(command, hash)
    return hash
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
        this.steps.forget(operationId)
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

  /** null: never asked for, or forgotten since. */
  find(operationId: string): KnownOperation | null {
    const row = this.#db
      .prepare('SELECT kind, resource_id, args_hash, started_at, finished_at FROM operations WHERE id = ?')
      .get(operationId)
    if (row === undefined) return null
    const { kind, resource_id, args_hash, started_at, finished_at } = FoundRow.parse(row)
    const known = this.#known(operationId, args_hash)
    const isOpen = known === null || known.status === 'unfinished'
    const outcome: Outcome | null = isOpen
      ? null
      : known.status === 'done'
        ? { result: known.result }
        : { error: fromStored(known.error) }
    return {
      operationId,
      kind,
      resourceId: resource_id,
      startedAt: new Date(started_at),
      end: outcome === null ? null : { at: new Date(finished_at ?? Date.now()), outcome },
    }
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
      return { status: 'failed', error: StoredError.parse(JSON.parse(known.error)) }
    }
    return { status: 'done', result: JSON.parse(known.result ?? 'null') }
  }

  /** Operations on one resource follow each other: what an earlier one had begun is now this one's to bring to an end. */
  #supersede({ resourceId, operationId, generation }: CommandEnvelope): void {
    const error = new HoldfastError('stale', 'It was cut off, and a later operation took its place.', {
      details: { reason: 'generation', current: generation },
    })
    const cutOff = this.#db
      .prepare('SELECT id FROM operations WHERE resource_id = ? AND id <> ? AND finished_at IS NULL')
      .all(resourceId, operationId)
    const end = this.#db.prepare('UPDATE operations SET finished_at = ?, error = ? WHERE id = ?')
    for (const { id } of cutOff) {
      end.run(Date.now(), JSON.stringify(storable(error)), id as string)
      this.steps.forget(id as string)
    }
  }

  #highestFence(): number | undefined {
    const stored = this.#db.prepare('SELECT highest FROM fence').get()
    return z.object({ highest: z.number() }).optional().parse(stored)?.highest
  }

  /** Throws `stale` when another controller has taken over this host. */
  requireCurrentFence(fence: number): void {
    const highest = this.#highestFence()
    if (highest === undefined || fence >= highest) return
    throw new HoldfastError('stale', 'Another controller has taken over this host since.', {
      details: { reason: 'fence', current: highest },
    })
  }

  #checkFence(fence: number): void {
    this.requireCurrentFence(fence)
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

export function usedForSomethingElse(): HoldfastError {
  return new HoldfastError('conflict', 'This operation id was used before for something else.', {
    details: { reason: 'operation_id' },
  })
}

/** What a finished operation answered, given or thrown once more. */
export function answerOf<T>(begun: Exclude<Begun, { status: 'new' | 'unfinished' }>): T {
  if (begun.status === 'done') return begun.result as T
  throw fromStored(begun.error)
}
