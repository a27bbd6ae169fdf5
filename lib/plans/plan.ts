import { isSame, keysOf } from '@/lib/plans/field-changes'
import { parsedConfig } from '@/lib/plans/host-plan'
import { lastingId, type TriedChange } from '@/lib/plans/kind'
import { PLAN_KINDS } from '@/lib/plans/kinds'
import type { FieldChange, HostStep, PlannedHost, PlanView } from '@/lib/plans/schema'
import type { BackendPart } from '@/lib/plans/snapshot'

function backendChanges(before: BackendPart, after: BackendPart): FieldChange[] {
  const fields: FieldChange[] =
    before.name === after.name ? [] : [{ field: 'name', before: before.name, after: after.name }]
  // A default that was only written down now is no change.
  const [had, has] = [before, after].map(({ driver, config }) => parsedConfig(driver, config) ?? config)
  for (const key of keysOf(had, has)) {
    const [from, to] = [had?.[key] ?? null, has?.[key] ?? null]
    if (!isSame(from, to)) fields.push({ field: `config.${key}`, before: from, after: to })
  }
  for (const key of keysOf(before.secrets, after.secrets)) {
    const [from, to] = [before.secrets[key], after.secrets[key]]
    if (from === to) continue
    const words = (value: string | undefined, isNew: boolean) =>
      value === undefined ? 'not set' : isNew && from !== undefined ? 'replaced' : 'set'
    fields.push({ field: `secrets.${key}`, before: words(from, false), after: words(to, true) })
  }
  return fields
}

export function fieldChanges(tried: TriedChange): FieldChange[] {
  const { before, after, target } = tried
  const ofBackend =
    target.kind === 'backend' && before.backend && after.backend ? backendChanges(before.backend, after.backend) : []
  return [...ofBackend, ...PLAN_KINDS.flatMap((kind) => kind.changes(tried))]
}

function plural(count: number, one: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${one}s`
}

const STEP_WORDS: readonly (readonly [HostStep, string])[] = [
  ...PLAN_KINDS.flatMap(({ words }) => words),
  ['none', 'finds all as wanted on'],
]

function sentence(hosts: readonly PlannedHost[]): string {
  const parts = STEP_WORDS.flatMap(([step, words]) => {
    const count = new Set(hosts.filter((host) => host.step === step).map((host) => host.host_id)).size
    return count === 0 ? [] : [`${words} ${plural(count, 'host')}`]
  })
  if (parts.length === 0) return 'No host has anything to do.'
  const text = parts.join(', ')
  const away = new Set(hosts.filter((host) => host.follows_later).map((host) => host.host_id)).size
  const later =
    away === 0
      ? ''
      : ` ${plural(away, 'host')} ${away === 1 ? 'is away and follows when it returns' : 'are away and follow when they return'}.`
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.${later}`
}

function warningsOf(hosts: readonly PlannedHost[]): string[] {
  const away = hosts.filter((host) => host.follows_later)
  return hosts.length > 0 && away.length === hosts.length
    ? ['No host can be reached now; all of them follow later.']
    : []
}

/** What the change does, for people; `fingerprint` is added by whoever knows the key. */
export function planOf(tried: TriedChange): Omit<PlanView, 'plan'> {
  const { action, target, creates = [], after, waves } = tried
  const isNew = creates.includes(target.id)
  const waveOf = new Map(waves?.flatMap(({ hostIds }, index) => hostIds.map((id) => [id, index + 1] as const)))
  const hosts = PLAN_KINDS.flatMap((kind) => kind.hosts(tried, (hostId) => waveOf.get(hostId) ?? null)).sort((a, b) =>
    a.host_name === b.host_name ? (a.mount_name < b.mount_name ? -1 : 1) : a.host_name < b.host_name ? -1 : 1,
  )
  return {
    action,
    target: { ...target, id: isNew ? null : target.id },
    summary: sentence(hosts),
    interrupts: hosts.some((host) => host.interrupts),
    changes: fieldChanges(tried),
    hosts,
    uses: (target.kind === 'mount' ? after.others : []).map((other) => ({ kind: 'mount', ...other })),
    waves: waves?.map(({ label, hostIds }) => ({ label, host_ids: hostIds })) ?? null,
    warnings: warningsOf(hosts),
  }
}

// ---- the fingerprint --------------------------------------------------------------------------------------------------

/** What a plan rests on, part by part, so that a refusal can say which part is no longer true. */
export function foundation(tried: TriedChange): string[] {
  const { action, creates = [], request, target, before, after } = tried
  const ofKinds = PLAN_KINDS.map((kind) => kind.foundation(tried))
  return [
    [action, creates.includes(target.id) ? null : target.id, request],
    [
      before.backend && [before.backend.id, before.backend.generation],
      after.backend && lastingId(tried, after.backend.id),
      ofKinds.map(({ definition }) => definition),
    ],
    ofKinds.map(({ hosts }) => hosts),
    ofKinds.map(({ wishes }) => wishes),
    ofKinds.map(({ shown }) => shown),
  ].map((part) => JSON.stringify(part))
}

const PARTS = [
  'the change is not the one that was planned',
  'the definition was changed',
  'the set of hosts is another one',
  'something else is wanted of a host',
  'a host shows another state or other options',
] as const

const VERSION = '4'

/** `digest` is keyed: the parts hold what people typed, secrets included. */
export function fingerprintOf(tried: TriedChange, digest: (text: string) => string): string {
  return [VERSION, ...foundation(tried).map((part) => digest(part).slice(0, 12))].join('.')
}

/** What has changed between two plans, in words; empty when they are the same. */
export function outdatedBecause(given: string, now: string): string[] {
  if (given === now) return []
  const [version, ...had] = given.split('.')
  const [, ...has] = now.split('.')
  if (version !== VERSION || had.length !== has.length) return ['it is not a plan of this version']
  return PARTS.filter((_words, index) => had[index] !== has[index])
}
