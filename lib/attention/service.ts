import 'server-only'
import type { z } from 'zod'
import { noteActs } from '@/lib/alerts/repository'
import { causeId, isSameFold } from '@/lib/attention/cause'
import { causesIn } from '@/lib/attention/causes'
import { type Facts, readFacts } from '@/lib/attention/facts'
import { findNames } from '@/lib/attention/facts-repository'
import { causeView, countsOf, type Line, linesOf } from '@/lib/attention/lines'
import * as repository from '@/lib/attention/repository'
import type { Acknowledge, AttentionView, CauseView, ListAttention } from '@/lib/attention/schema'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { cachedJson } from '@/lib/db/cached-json'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { coverOf } from '@/lib/maintenance/cover'
import { findLasting } from '@/lib/maintenance/repository'

/** As `getAttention`, as the JSON that goes over the wire. */
export function attentionJson(actor: Actor, query: z.infer<typeof ListAttention>): Promise<string> {
  authorize(actor, 'attention.read')
  // Certificates, acknowledgements and maintenance windows end with time alone.
  const minute = Math.floor(Date.now() / 60_000)
  return cachedJson(`attention ${query.limit} ${minute}`, () => getAttention(actor, query))
}

/** What needs a person, by its cause, and how much of each noun is in trouble. */
export async function getAttention(actor: Actor, { limit }: z.infer<typeof ListAttention>): Promise<AttentionView> {
  authorize(actor, 'attention.read')
  const { lines, hostNames } = await readLines()
  return {
    data: await viewsOf(lines.slice(0, limit), hostNames),
    total: lines.length,
    acknowledged: lines.filter(({ acknowledged }) => acknowledged !== null).length,
    in_maintenance: lines.filter(({ acknowledged, muted }) => acknowledged === null && muted !== null).length,
    counts: countsOf(lines),
  }
}

/**
 * Says for everybody that this is known and may stay for now: all causes of the line with this id, or one of them by its own id. With
 * `until` it is silent until then, whatever becomes of it. Takes the place of an earlier acknowledgement. Throws `not_found` when nothing of
 * this id needs attention, and `conflict` when the line has other hosts in it since it was read: nobody has seen those.
 */
export async function acknowledge(actor: Actor, id: string, { note, until }: Acknowledge): Promise<CauseView> {
  authorize(actor, 'attention.write')
  const silentUntil = untilOf(until, new Date())
  const { lines, facts } = await readLines()
  const line = requireLine(lines, id)
  const at = new Date()
  const rows = line.causes.map(({ key, severity, members }) => ({
    causeId: causeId(key),
    members: [...members],
    lineId: line.id,
    severity,
    by: actor.name,
    byId: actor.id,
    note: note || null,
    at,
    until: silentUntil,
  }))
  await inTransaction(async (tx) => {
    await repository.save(tx, rows)
    const kind = silentUntil === null ? 'acknowledged' : 'silenced'
    await noteActs(tx, idsOf(line), { kind, at, by: actor.name, note: note || null, until: silentUntil })
    await recordAudit(tx, actor, {
      action: 'attention.acknowledged',
      target: targetOf(line),
      change: {
        note: note || null,
        severity: line.cause.severity,
        causes: rows.length,
        ...(until === undefined ? {} : { until }),
      },
    })
  })
  publishChanged('attention', id)
  // What is wrong is what it was; only the acknowledgements are others now.
  const after = await readLines(facts)
  const found = lineOf(after.lines, line.id) ?? line
  const [view] = await viewsOf([found], after.hostNames)
  if (!view) throw notFound()
  return view
}

/** Takes an acknowledgement back, of all that was acknowledged under this id. Throws `not_found` when nothing of it is acknowledged. */
export async function unacknowledge(actor: Actor, id: string): Promise<void> {
  authorize(actor, 'attention.write')
  const line = lineOf((await readLines()).lines, id)
  if (!line || line.acknowledged === null) throw notFound()
  await inTransaction(async (tx) => {
    await repository.remove(tx, idsOf(line))
    await noteActs(tx, idsOf(line), { kind: 'taken_back', at: new Date(), by: actor.name, note: null, until: null })
    await repository.removeLine(tx, id)
    await recordAudit(tx, actor, { action: 'attention.acknowledgement_removed', target: targetOf(line) })
  })
  publishChanged('attention', id)
}

async function readLines(known?: Facts): Promise<{ facts: Facts; lines: Line[]; hostNames: Map<string, string> }> {
  const now = new Date()
  const [facts, rows, windows] = await Promise.all([known ?? readFacts(now), repository.findAll(), findLasting(now)])
  const acknowledged = new Map(rows.map((row) => [row.causeId, row]))
  return {
    facts,
    lines: linesOf(causesIn(facts, now), acknowledged, now, coverOf(windows, now)),
    hostNames: new Map([...facts.hosts].map(([id, { name }]) => [id, name])),
  }
}

async function viewsOf(lines: readonly Line[], hostNames: ReadonlyMap<string, string>): Promise<CauseView[]> {
  const names = await findNames(lines.map(({ cause }) => cause))
  return lines.map((line) => causeView(line, (id) => hostNames.get(id) ?? names.get(id)))
}

function idsOf({ causes }: Line): string[] {
  return causes.map(({ key }) => causeId(key))
}

/** A silence that ends in the past, or after a year, is a slip. */
const LONGEST_SILENCE_MS = 366 * 86_400_000

function untilOf(until: string | undefined, now: Date): Date | null {
  if (until === undefined) return null
  const end = new Date(until)
  const leftMs = end.getTime() - now.getTime()
  if (leftMs > 0 && leftMs <= LONGEST_SILENCE_MS) return end
  const message = leftMs > 0 ? 'A silence lasts a year at most.' : 'This time is over already.'
  throw new HoldfastError('invalid_input', message, { fields: [{ field: 'until', message }] })
}

function lineOf(lines: readonly Line[], id: string): Line | undefined {
  const line = lines.find((one) => one.id === id)
  if (line) return line
  const within = lines.find(({ causes }) => causes.some(({ key }) => causeId(key) === id))
  const cause = within?.causes.find(({ key }) => causeId(key) === id)
  return within && cause && { ...within, id, cause, causes: [cause] }
}

function requireLine(lines: readonly Line[], id: string): Line {
  const line = lineOf(lines, id)
  if (line) return line
  if (lines.some((one) => one.causes.length > 1 && isSameFold(one.id, id))) {
    throw new HoldfastError('conflict', 'This line has changed since it was read: it tells other hosts now.', {
      recovery: 'Read the list again, and acknowledge the line as it is now.',
    })
  }
  throw notFound()
}

function targetOf({ id, cause }: Line) {
  return { kind: 'cause', id, name: `${cause.subject.name}${cause.what}` }
}

function notFound(): HoldfastError {
  return new HoldfastError('not_found', 'Nothing of this id needs attention now.')
}
