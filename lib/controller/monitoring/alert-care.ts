import type { RuleSet } from '@/lib/alert-rules/rule-set'
import { type Found, type Happened, judge, unseen } from '@/lib/alerts/judge'
import * as repository from '@/lib/alerts/repository'
import { isSaidAlike, sayAll } from '@/lib/alerts/said'
import { heldBy, hostsOf, silentIn } from '@/lib/alerts/unseen'
import { settleAcknowledgements } from '@/lib/attention/acknowledgements'
import { type Cause, causesById } from '@/lib/attention/cause'
import { causesIn } from '@/lib/attention/causes'
import { readFacts } from '@/lib/attention/facts'
import { CauseKind, type Severity } from '@/lib/attention/schema'
import { inRounds, type RoundTimes } from '@/lib/controller/monitoring/rounds'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { plainTransaction } from '@/lib/db/plain-sql'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'
import { settleMaintenance } from '@/lib/maintenance/settle'
import { queueMessages, type Told } from '@/lib/notifiers/outbox'

export type AlertCareSettings = Pick<RoundTimes, 'everyMs' | 'firstMs'>

const DEFAULTS: AlertCareSettings = { everyMs: 30_000, firstMs: 30_000 }

/** A writer beside this one waits for as many. */
const CHANGES_PER_TRANSACTION = 100

export interface AlertCareParts {
  prisma: PrismaClient
  bus: Bus
  log: Log
  isLeader(): boolean
  /** Messages about what has happened wait to be sent. */
  onQueued?(): void
}

/** What a look has seen. */
interface Seen {
  causes: ReadonlyMap<string, Cause>
  words: ReadonlyMap<string, repository.Said | undefined>
  rules: RuleSet
  now: Date
  watchedSince: Date
}

interface Step {
  row: repository.AlertRow
  after: ReturnType<typeof judge>
  said: repository.Said | null
  /** The cause for which nothing is known of it. */
  heldBy: string | null
  hostIds: readonly string[]
  backendIds: readonly string[]
  /** Hosts that it is about, or that suffer from it. */
  reached: readonly string[]
}

interface Happening {
  row: repository.AlertRow
  happened: Happened
  severity: Severity
  said: repository.Said | null
  hostIds: readonly string[]
  members: readonly string[]
}

/**
 * Makes alerts of causes that last, and ends them when they are over, on the controller that leads. What it knows is in the database: one
 * that starts, or takes over, goes on where the last one was.
 */
export class AlertCare {
  readonly #parts: AlertCareParts
  readonly #settings: AlertCareSettings
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  /** Since when this controller has led and looked; undefined while it does not. */
  #watchedSince: Date | undefined
  #lastLook: Date | null = null

  constructor(parts: AlertCareParts, settings: Partial<AlertCareSettings> = {}) {
    this.#parts = parts
    this.#settings = { ...DEFAULTS, ...settings }
  }

  /** When a look ended last that saw everything; null: none has. */
  get lastLook(): Date | null {
    return this.#lastLook
  }

  start(): void {
    this.#running ??= inRounds(this.#settings, this.#stop.signal, () => this.#round())
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #round(): Promise<void> {
    await this.look().catch((error: unknown) => {
      // What was not seen meanwhile is not known to be over.
      this.#watchedSince = undefined
      this.#parts.log.error('alerts could not be looked after', { error })
    })
  }

  /** Looks once at everything that is wrong; acknowledgements end with what they are about. */
  async look(now = new Date()): Promise<void> {
    const { prisma, log, isLeader } = this.#parts
    if (!isLeader()) {
      this.#watchedSince = undefined
      return
    }
    this.#watchedSince ??= now
    const facts = await readFacts(now, prisma)
    const causes = causesById(causesIn(facts, now))
    const said = await sayAll([...causes.values()], facts, prisma)
    await this.#settleMaintenance(causes, now)
    const words = new Map([...causes.keys()].map((id, at) => [id, said[at]]))
    const folded = await this.#follow({ causes, words, rules: facts.rules, now, watchedSince: this.#watchedSince })
    const ended = await settleAcknowledgements(prisma, [...causes.values()], now, folded)
    if (ended > 0) log.info('acknowledgements have ended', { ended })
    this.#lastLook = new Date()
  }

  /** Before alerts are followed: what opens, or gets worse, is known to be under maintenance by then. */
  async #settleMaintenance(causes: ReadonlyMap<string, Cause>, now: Date): Promise<void> {
    const { prisma, bus } = this.#parts
    const settled = await retryContention(() => plainTransaction(prisma, (tx) => settleMaintenance(tx, causes, now)))
    for (const { row } of settled) bus.publish({ topic: 'alert', id: row.id, kind: 'changed' })
  }

  /** Returns the ids of causes of which nothing is known now. */
  async #follow({ causes, words: said, rules, now, watchedSince }: Seen): Promise<Set<string>> {
    const { prisma } = this.#parts
    const living = await repository.findLiving(prisma)
    const known = new Set(living.map((row) => row.causeId))
    const seen = [...causes].flatMap(([id, { severity }]) => {
      const words = said.get(id)
      return known.has(id) || words === undefined ? [] : [{ causeId: id, severity, said: words }]
    })
    const silent = silentIn(causes.values())
    const gone = await repository.findGoneSubjects(
      living.filter(({ causeId: id }) => !causes.has(id)),
      prisma,
    )
    const steps = living.map((row): Step => {
      const words = said.get(row.causeId) ?? null
      const isNews = words !== null && !isSaidAlike(row, words)
      const cause = causes.get(row.causeId)
      const held = cause !== undefined || gone.has(row.id) ? null : heldBy(row, silent)
      const known = repository.rememberedOf(row)
      return {
        row,
        after: held === null ? judge(known, foundOf(cause, rules), now, watchedSince) : unseen(known),
        said: isNews ? words : null,
        heldBy: held,
        hostIds: cause === undefined ? repository.idsIn(row.hostIds) : hostsOf(cause),
        backendIds: backendsOf(row, cause),
        reached: [...(cause?.hosts ?? []), ...(row.subjectKind === 'host' ? [row.subjectId ?? ''] : [])],
      }
    })
    for (let from = 0; from < seen.length; from += CHANGES_PER_TRANSACTION) {
      const some = seen.slice(from, from + CHANGES_PER_TRANSACTION)
      await retryContention(() => plainTransaction(prisma, (tx) => repository.insertSeen(tx, some, now)))
    }
    await this.#writeAll(steps.filter(isChange), now)
    return new Set(steps.flatMap(({ row, heldBy: held }) => (held === null ? [] : [row.causeId])))
  }

  /** Messages are sent when all are queued: what a look has found goes together. */
  async #writeAll(changed: readonly Step[], now: Date): Promise<void> {
    let isNews = false
    try {
      for (let from = 0; from < changed.length; from += CHANGES_PER_TRANSACTION) {
        const some = await this.#write(changed.slice(from, from + CHANGES_PER_TRANSACTION), now)
        isNews ||= some
      }
    } finally {
      if (isNews) this.#parts.onQueued?.()
    }
  }

  /** Has something happened? */
  async #write(steps: readonly Step[], now: Date): Promise<boolean> {
    const { prisma, bus, log } = this.#parts
    const written = await retryContention(() =>
      plainTransaction(prisma, async (tx) => {
        const told: Happening[] = []
        await repository.forget(
          tx,
          steps.flatMap(({ row, after }) => (after.row === null ? [row.id] : [])),
        )
        for (const { row, after, said, heldBy: held, hostIds, backendIds, reached } of steps) {
          if (after.row === null) continue
          const isWritten = await repository.change(tx, row, { ...after.row, heldBy: held, hostIds, backendIds }, said)
          if (!isWritten) continue
          const { severity, members } = after.row
          if (after.happened !== null)
            told.push({ row, happened: after.happened, severity, said, members, hostIds: reached })
        }
        const events = told.map(({ row, happened, severity }) => {
          const at = happened === 'cleared' ? (row.goneAt ?? now) : now
          return { alertId: row.id, at, kind: happened, severity }
        })
        await repository.addEvents(tx, events)
        await queueMessages(
          tx,
          told.flatMap((one) => messageOf(one, now) ?? []),
        )
        return told
      }),
    )
    for (const { row, happened, severity } of written) {
      log.info('an alert has changed', { alertId: row.id, happened, severity, title: row.title })
      bus.publish({ topic: 'alert', id: row.id, kind: 'changed' })
    }
    return written.length > 0
  }
}

/** Null: nobody is told of it. */
function messageOf({ row, happened, severity, said, members, hostIds }: Happening, now: Date): Told | null {
  if (happened === 'milder') return null
  const at = happened === 'cleared' ? (row.goneAt ?? now) : now
  const kind = CauseKind.parse(row.kind)
  const title = said?.title ?? row.title
  const { id: alertId, subjectId } = row
  return { alertId, subjectId, happened, kind, severity, title, at, hostIds, members: members.length }
}

const MOST_BACKENDS = 500

/** Those of a storage alert are all that it was about since it is there: behind one server they come back one by one. */
function backendsOf({ backendIds }: repository.AlertRow, cause: Cause | undefined): readonly string[] {
  const known = repository.idsIn(backendIds)
  if (cause?.kind !== 'storage') return known
  return [...new Set([...known, ...cause.backends])].slice(0, MOST_BACKENDS)
}

function foundOf(cause: Cause | undefined, rules: RuleSet): Found | undefined {
  return cause && { severity: cause.severity, members: cause.members, lastsMs: rules.lastsMs(cause.kind) }
}

function isChange({ row, after, said, heldBy: held, hostIds, backendIds }: Step): boolean {
  if (after.row === null || said !== null || after.happened !== null || held !== row.heldBy) return true
  if (hostIds.join() !== repository.idsIn(row.hostIds).join()) return true
  if (backendIds.length !== repository.idsIn(row.backendIds).length) return true
  if (after.row.members.length !== repository.idsIn(row.members).length) return true
  const { severity, milderSince, openedAt, goneAt } = after.row
  const isSame = (one: Date | null, other: Date | null) => one?.getTime() === other?.getTime()
  return (
    severity !== row.severity ||
    !isSame(milderSince, row.milderSince) ||
    !isSame(openedAt, row.openedAt) ||
    !isSame(goneAt, row.goneAt)
  )
}
