import type { VerbDeclaration } from '@/lib/agent-protocol/verb-declaration'
import type { VerbName } from '@/lib/agent-protocol/verbs'
import type { Db, Prisma } from '@/lib/db/client'
import type { HoldfastError } from '@/lib/errors'
import type { ChangeEvent } from '@/lib/events/schema'
import type { ShownResource, WantedResource } from '@/lib/restores/differences'

/** One resource of one kind. */
export interface ResourceRef {
  kind: string
  id: string
}

/** A wish for one host, as far as the pipeline reads it; the rest of the row is the kind's own. */
export interface DesiredRow {
  hostId: string
  desiredGeneration: number
  /** Of what the host lists; null while it does not list it. */
  observedGeneration: number | null
  attempts: number
  /** After a failure; null: at once. */
  nextAttemptAt: Date | null
}

/** What is stored of what a host shows. */
export interface StoredRow {
  id: string
  hostId: string
  observedState: string
  observedGeneration: number | null
  observedSince: Date | null
  observedError: string | null
  observedProblem: string | null
}

/** What a look at a host goes by. */
export interface Circumstances {
  now: Date
  /** The host's agent was started since the row was last seen as wanted, and has had its time to restore what it keeps. */
  wasRestarted: boolean
  /** The host has just come back: what failed before may work now. */
  isBack: boolean
}

/** `abandon`: an administrator's word that it goes even when it is in use. */
export type CommandMode = 'carry out' | 'abandon'

export type Write = (tx: Db) => Promise<void>

/** What the pipeline does about a change that somebody else has made. */
export interface Correction {
  /** For the log, as "a change on the host is undone". */
  words: string
  about: Record<string, unknown>
  /** Is the row sent now? */
  sends: boolean
  /** Writes it down first; false when the wish has changed meanwhile. */
  store(tx: Db): Promise<boolean>
}

/** What is wanted, row by row, and what follows from it. */
export interface DesiredSide<Row extends DesiredRow> {
  idOf(row: Row): string
  ofHost(db: Db, hostId: string): Promise<Row[]>
  /** The wishes for one resource on these hosts. */
  find(db: Db, id: string, hostIds: readonly string[]): Promise<Row[]>
  /** Ids of the hosts that have or had something of it. */
  hostsOf(db: Db, id: string): Promise<string[]>
  needsCommand(row: Row, circumstances: Circumstances): boolean
  /** Is it to go from this host, or to be off there? */
  isLeaving(row: Row): boolean
  /** Can what needs it be made now? */
  isReady(row: Row): boolean
  /** What must be ready on the same host first; only of the kinds named in `needs`. */
  needsOf?(row: Row): readonly ResourceRef[]
  /** Operations whose work the reconciler leaves to them while they are unfinished. */
  readonly inHand: Pick<Prisma.OperationWhereInput, 'kind' | 'targetKind'>
  saveAttempt(tx: Db, row: Row, attempt: { attempts: number; nextAttemptAt: Date | null }): Promise<void>
  /** The host has let go of it: writes that down, or drops the row. */
  acknowledge(tx: Db, row: Row): Promise<void>
  correct?(row: Row, now: Date): Correction | null
  /** When `correct` may find something, at the earliest. */
  correctAt?(row: Row): Date | null
  /** Gives resources that are for a group of hosts exactly these hosts; of one host, or of all. */
  settle?(tx: Db, hostId?: string): Promise<readonly Settled[]>
  /** Drops what nobody can acknowledge any more. Returns how many resources went. */
  prune?(db: Db): Promise<number>
}

export interface Settled {
  id: string
  name: string
  /** Host ids. */
  joined: readonly string[]
  left: readonly string[]
}

export interface CommandRequest {
  /** Of the operations table, or a declaration of the same form. */
  verb: VerbName | VerbDeclaration
  /** Besides the envelope; secrets in it are open for this one call. */
  document: Record<string, unknown>
}

/** What came of a command that the host has answered. */
export interface Reached<Seen> {
  /** As the host shows it now. Absent: it did not say. */
  seen?: Seen
  /** Nothing of it is on the host any more, and it is not wanted there. */
  isGone?: true
  /** Nothing of it is on the host, which is as wanted; the host does not list it either. */
  isAbsent?: true
  /** It was carried out, and yet it is not as wanted. */
  error?: HoldfastError
  /** Written with it. */
  also?: Write
  /** Of an operation that has only this command. */
  result?: Prisma.InputJsonValue
  line?: string
}

/** How a wish is sent to its host. */
export interface CommandSide<Row extends DesiredRow, Seen> {
  /** How long a command may lie at the agent before it starts, in milliseconds. */
  readonly ttlMs: number
  /** Commands with the same key wait for each other, over all hosts; by default those of one resource on one host. */
  turnOf?(row: Row): string
  /** Throws what keeps it from being sent. */
  request(row: Row, mode: CommandMode): Promise<CommandRequest>
  reached(row: Row, mode: CommandMode, answer: unknown): Reached<Seen>
  /** What holds although the host is away and could not be asked; null: nothing, and it is tried again. */
  unreached?(row: Row, mode: CommandMode): Reached<Seen> | null
}

/** A line of history: state, and what there is to say about it. */
export interface HistoryLine {
  state: string
  error: string | null
  problem: string | null
}

/** How what a host shows is stored. */
export interface ObservedSide<Row extends DesiredRow, Seen, Stored extends StoredRow> {
  idOf(seen: Seen): string
  load(db: Db): Promise<Stored[]>
  /** Is everything but figures as it is stored? Asked of every resource in every sweep: it makes no objects. */
  isAsStored(stored: Stored, seen: Seen): boolean
  /** Have figures moved so far that readers should know soon? */
  hasMoved?(stored: Stored, seen: Seen): boolean
  hasFigures?(seen: Seen): boolean
  /** Has it been measured again since, of what is written as often as it is measured? */
  isMeasuredAnew?(stored: Stored, seen: Seen): boolean
  /** Have figures moved at all? Of a kind whose hosts do not tell again what they have told: these are written after a while too. */
  hasStirred?(stored: Stored, seen: Seen): boolean
  toStored(hostId: string, seen: Seen, before: Stored | undefined): Stored
  /** The host does not list it any more. Everything that a host shows is otherwise by then. */
  gone(stored: Pick<Stored, 'id' | 'hostId'>, at: Date): Stored
  /** Is nothing kept of it once that is stored? Absent: of what a host lists no more is known what it was last. */
  isForgotten?(stored: Stored): boolean
  /** A command failed on the host. */
  failed(row: Row, before: Stored | undefined, error: HoldfastError, at: Date): Stored
  save(tx: Db, stored: Stored, at: Date): Promise<void>
  /** As `save`, of rows that are as stored but for their figures; at most some hundred. Without it each of them is saved as a whole. */
  saveFigures?(tx: Db, stored: readonly Stored[], at: Date): Promise<void>
  /** The line that tells it from the one before; null: no news. */
  history?(before: Stored | undefined, stored: Stored): HistoryLine | null
  saveHistory?(tx: Db, stored: Stored, line: HistoryLine, at: Date): Promise<void>
  /** These rows are stored. */
  onStored?(rows: readonly Stored[]): void
  /** "Still the same" on these hosts. */
  touch?(tx: Db, hostIds: string[], at: Date): Promise<void>
}

/** For a database that may have been restored from a backup. */
export interface RestoreSide<Seen> {
  /** Everything that is wanted on one host, or no longer. */
  wanted(db: Db, hostId: string): Promise<WantedResource[]>
  shown(seen: Seen): Omit<ShownResource, 'kind'>
  /** Lifts the wishes above the generations that these hosts have carried out. */
  raise(tx: Db, ahead: readonly { hostId: string; id: string; generation: number }[]): Promise<void>
  /** The command that takes away what the database does not know, where an administrator may decide so. */
  removal?(id: string): CommandRequest
}

/** What hosts tell of, and how it is stored. */
export interface ToldKind<Row extends DesiredRow = DesiredRow, Seen = unknown, Stored extends StoredRow = StoredRow> {
  /** As on the wire. */
  readonly name: string
  /** Of its events on the bus. */
  readonly topic: ChangeEvent['topic']
  readonly observed: ObservedSide<Row, Seen, Stored>
}

/**
 * What the controller keeps as wanted on hosts. One pipeline serves every kind: desired rows are sent in the order of what they
 * need, what the hosts show comes back by the sweep and the event stream and is stored, and readers are told.
 */
export interface ResourceKind<Row extends DesiredRow = DesiredRow, Seen = unknown, Stored extends StoredRow = StoredRow>
  extends ToldKind<Row, Seen, Stored> {
  /** Kinds of what must be on the host first, and goes last. */
  readonly needs: readonly string[]
  readonly desired: DesiredSide<Row>
  readonly command: CommandSide<Row, Seen>
  readonly restore: RestoreSide<Seen>
}
