import 'server-only'
import { figureOf, isFigureKind } from '@/lib/alert-rules/figures'
import * as repository from '@/lib/alert-rules/repository'
import { RuleSet } from '@/lib/alert-rules/rule-set'
import type { ChangeRule, OverrideView, RuleView, SetOverride } from '@/lib/alert-rules/schema'
import { LASTS_MINUTES } from '@/lib/alerts/rules'
import { CauseKind } from '@/lib/attention/schema'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'

/** Every rule, also those that nobody has touched. */
export async function listRules(actor: Actor): Promise<{ data: RuleView[]; total: number }> {
  authorize(actor, 'attention.read')
  const data = await viewsOf(CauseKind.options)
  return { data, total: data.length }
}

export async function getRule(actor: Actor, kind: string): Promise<RuleView> {
  authorize(actor, 'attention.read')
  return viewOf(requireKind(kind))
}

/** Of the rule as a whole. What is left out stays, null is as delivered. */
export async function changeRule(actor: Actor, kind: string, given: ChangeRule): Promise<RuleView> {
  authorize(actor, 'system.admin')
  await put(actor, { kind: requireKind(kind), subjectId: '', name: kind }, given)
  return viewOf(requireKind(kind))
}

/** Of one backend or pool. What is left out stays, null is as the rule as a whole has it. */
export async function setOverride(actor: Actor, kind: string, id: string, given: SetOverride): Promise<RuleView> {
  authorize(actor, 'attention.write')
  const subject = await requireSubject(requireKind(kind), id)
  await put(actor, { kind: requireKind(kind), subjectId: id, name: `${kind} of ${subject.name}` }, given)
  return viewOf(requireKind(kind))
}

export async function removeOverride(actor: Actor, kind: string, subjectId: string): Promise<RuleView> {
  authorize(actor, 'attention.write')
  const known = requireKind(kind)
  await inTransaction(async (tx) => {
    if ((await repository.remove(tx, { kind: known, subjectId })) === 0)
      throw new HoldfastError('not_found', 'This rule has nothing of its own for that.')
    await recordAudit(tx, actor, {
      action: 'alert_rule.reset',
      target: { kind: 'alert_rule', id: known, name: subjectId },
    })
  })
  publishChanged('attention', known)
  return viewOf(known)
}

interface Place {
  kind: CauseKind
  subjectId: string
  name: string
}

async function put(actor: Actor, { kind, subjectId, name }: Place, given: ChangeRule): Promise<void> {
  await inTransaction(async (tx) => {
    const rows = await repository.findRules(tx)
    const before = new RuleSet(rows).set(kind, subjectId)
    const after = {
      isOn: given.enabled === undefined ? before.isOn : given.enabled,
      warning: given.warning === undefined ? before.warning : given.warning,
      critical: given.critical === undefined ? before.critical : given.critical,
      lastsMinutes: given.lasts_minutes === undefined ? before.lastsMinutes : given.lasts_minutes,
    }
    const others = rows.filter((row) => row.kind !== kind || row.subjectId !== subjectId)
    checkFigures(kind, subjectId, given, new RuleSet([...others, { kind, subjectId, ...after }]))
    if (Object.values(after).every((value) => value === null)) await repository.remove(tx, { kind, subjectId })
    else await repository.save(tx, { kind, subjectId, by: actor.name, ...after })
    await recordAudit(tx, actor, {
      action: 'alert_rule.changed',
      target: { kind: 'alert_rule', id: kind, name },
      change: { before, after: given },
    })
  })
  publishChanged('attention', kind)
}

// ---- what is refused -----------------------------------------------------------------------------------------------------

function refuse(field: string, message: string): HoldfastError {
  return new HoldfastError('invalid_input', message, { fields: [{ field, message }] })
}

/** Throws for a number that this rule cannot have, and for a warning that comes after what is critical. */
function checkFigures(kind: CauseKind, subjectId: string, given: ChangeRule, rules: RuleSet): void {
  const figure = figureOf(kind)
  for (const field of ['warning', 'critical'] as const) {
    const value = given[field]
    if (value === undefined || value === null) continue
    if (figure === null || (field === 'critical' && figure.standard.critical === undefined))
      throw refuse(field, 'This rule has no such threshold.')
    if (value < figure.least || value > figure.most)
      throw refuse(field, `It has to be between ${figure.least} and ${figure.most} ${unitWord(figure.unit)}.`)
  }
  if (!isFigureKind(kind)) return
  const { warning, critical } = rules.limits(kind, subjectId)
  if (critical !== undefined && warning > critical)
    throw refuse(given.warning == null ? 'critical' : 'warning', 'The warning has to come before what is critical.')
}

function unitWord(unit: NonNullable<RuleView['unit']>): string {
  return unit === 'percent' ? '%' : unit
}

function requireKind(kind: string): CauseKind {
  const known = CauseKind.safeParse(kind).data
  if (known === undefined) throw new HoldfastError('not_found', 'There is no such rule.')
  return known
}

async function requireSubject(kind: CauseKind, id: string): Promise<repository.Subject> {
  const subject = (await repository.findSubjects([id])).get(id)
  if (subject === undefined) throw new HoldfastError('not_found', 'There is no backend and no pool of this id.')
  if (!figureOf(kind)?.subjects.includes(subject.kind))
    throw new HoldfastError('invalid_input', `This rule is the same for every ${subject.kind}.`)
  return subject
}

// ---- views ---------------------------------------------------------------------------------------------------------------

async function viewOf(kind: CauseKind): Promise<RuleView> {
  const [view] = await viewsOf([kind])
  if (view === undefined) throw new HoldfastError('not_found', 'There is no such rule.')
  return view
}

async function viewsOf(kinds: readonly CauseKind[], tx?: Db): Promise<RuleView[]> {
  const rows = await repository.findRules(tx)
  const subjects = await repository.findSubjects(
    rows.map(({ subjectId }) => subjectId),
    tx,
  )
  const rules = new RuleSet(rows)
  return kinds.map((kind) => {
    const own = rows.filter((row) => row.kind === kind && row.subjectId !== '')
    return ruleView(
      kind,
      rules,
      rows,
      own.flatMap(({ subjectId }) => subjects.get(subjectId) ?? []),
    )
  })
}

function inForce(kind: CauseKind, rules: RuleSet, subjectId = '') {
  const limits = isFigureKind(kind) ? rules.limits(kind, subjectId) : null
  return {
    enabled: rules.isOn(kind, subjectId || null),
    warning: limits?.warning ?? null,
    critical: limits?.critical ?? null,
  }
}

function overrideView(kind: CauseKind, rules: RuleSet, subject: repository.Subject): OverrideView {
  const { isOn: enabled, warning, critical } = rules.set(kind, subject.id)
  return { subject, enabled, warning, critical, in_force: inForce(kind, rules, subject.id) }
}

function ruleView(
  kind: CauseKind,
  rules: RuleSet,
  rows: readonly repository.RuleRow[],
  subjects: readonly repository.Subject[],
): RuleView {
  const figure = figureOf(kind)
  const whole = rows.find((row) => row.kind === kind && row.subjectId === '')
  return {
    kind,
    ...inForce(kind, rules),
    unit: figure?.unit ?? null,
    least: figure?.least ?? null,
    most: figure?.most ?? null,
    lasts_minutes: rules.set(kind).lastsMinutes ?? LASTS_MINUTES[kind],
    standard: { ...inForce(kind, new RuleSet([])), lasts_minutes: LASTS_MINUTES[kind] },
    subjects: [...(figure?.subjects ?? [])],
    overrides: subjects.map((subject) => overrideView(kind, rules, subject)),
    by: whole?.by ?? null,
    updated_at: whole?.updatedAt.toISOString() ?? null,
  }
}
