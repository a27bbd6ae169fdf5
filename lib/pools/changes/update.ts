import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { changeOwnedMount } from '@/lib/mounts/owned-mount'
import { hostsFor, requireHosts, requireRule, targetsChange } from '@/lib/mounts/service'
import { labelsOf, ruleFrom, type TargetRule } from '@/lib/mounts/targets'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { requireOneHost } from '@/lib/pools/changes/create'
import { closeOn, openOn } from '@/lib/pools/membership'
import * as repository from '@/lib/pools/repository'
import type { ReconnectPool, UpdatePool } from '@/lib/pools/schema'
import { changedMeanwhile, findChangeable, finished, type PoolChanged, requireFreeName } from '@/lib/pools/service'
import { storedEngineOfPool } from '@/lib/pools/view'
import { parseEngineSettings } from '@/lib/volume-engines/registry'
import { sentenceList } from '@/lib/volumes/words'

/**
 * Hosts that are left out let go of the pool. Throws `invalid_input` for a setting that cannot change, `in_use` for a host whose
 * volumes would be left behind, and `precondition_failed` when the generation is not `ifMatch`.
 */
export async function updatePool(
  actor: Actor,
  id: string,
  given: UpdatePool,
  ifMatch: number | undefined,
): Promise<PoolChanged> {
  authorize(actor, 'pools.write')
  const { operation, mountId } = await inTransaction(async (tx) => {
    const before = await findChangeable(tx, id, ifMatch)
    const name = given.name ?? before.name
    if (name !== before.name) await requireFreeName(tx, name, id)
    const settings = settingsAfter(before, given.settings)
    const rule = requireRule(ruleFrom(given, ruleOf(before)))
    const change = await changeOfHosts(tx, before, rule, given.host_ids)
    const generation = await conflictOn(
      () =>
        repository.update(tx, id, before.generation, {
          ...columnsOf(given),
          ...(settings && { settings }),
          name,
          ...ruleColumns(rule),
        }),
      () => `Pool '${name}' already exists`,
    )
    if (generation === null) throw changedMeanwhile(ifMatch)
    if (given.trash_days !== undefined) await repository.setPurgeTimes(tx, id, given.trash_days)
    const touched = await applyToHosts(tx, before, { name, rule, generation, ...change })
    const isReset = settings !== undefined && isAnother(before, settings)
    if (isReset) await repository.renew(tx, id, generation)
    const hostIds = isReset ? [...new Set([...touched, ...change.wanted])] : touched
    const target = { kind: 'pool', id, name }
    const payload = { poolId: id, hostIds }
    const started =
      hostIds.length > 0 ? await startOperation(tx, actor, { kind: 'pool.apply', target, payload, hostIds }) : null
    await recordAudit(tx, actor, {
      action: 'pool.updated',
      target,
      change: { before: auditOf(before), after: given, operation: started },
    })
    return { operation: started, mountId: before.mountId }
  })
  return finished({ id, mountId }, operation)
}

function columnsOf(given: UpdatePool): repository.PoolChange {
  const { maintenance, overcommit_limit: limit, max_volume_bytes: bytes, trash_days: trashDays } = given
  return {
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(limit === undefined ? {} : { overcommitLimit: limit }),
    ...(bytes === undefined ? {} : { maxVolumeBytes: bytes === null ? null : BigInt(bytes) }),
    ...(trashDays === undefined ? {} : { trashDays }),
  }
}

function ruleColumns({ targets, targetLabels }: TargetRule) {
  return { targets, targetLabels: { ...targetLabels } }
}

function ruleOf(row: repository.PoolRecord): TargetRule {
  return { targets: row.targets, targetLabels: labelsOf(row.targetLabels) }
}

function auditOf(row: repository.PoolRecord) {
  return {
    name: row.name,
    settings: row.settings,
    maintenance: row.maintenance,
    overcommit_limit: row.overcommitLimit,
    max_volume_bytes: row.maxVolumeBytes === null ? null : Number(row.maxVolumeBytes),
    trash_days: row.trashDays,
    ...targetsChange(ruleOf(row)),
    hosts: openHosts(row),
  }
}

function openHosts({ hosts }: repository.PoolRecord): string[] {
  return hosts.filter(({ desired }) => desired === 'open').map(({ hostId }) => hostId)
}

/** Also those that could not be read are, written anew. */
function isAnother(before: repository.PoolRecord, after: Record<string, unknown>): boolean {
  const { settings, problem } = storedEngineOfPool(before)
  return problem !== null || !isDeepStrictEqual(after, settings)
}

/** What is left out stays. Throws `invalid_input` for what cannot change once volumes may lie there, with the engine's reason. */
function settingsAfter(
  before: repository.PoolRecord,
  given: UpdatePool['settings'],
): Record<string, unknown> | undefined {
  const { id, engine, settings } = storedEngineOfPool(before)
  if (given === undefined) return undefined
  const after = parseEngineSettings(id, { ...settings, ...given })
  const fixed: Partial<Record<string, string>> = engine.fixedAfterCreate
  for (const [key, reason] of Object.entries(fixed))
    if (!isDeepStrictEqual(settings[key], after[key]))
      throw badField(`settings.${key}`, `It cannot change. ${reason ?? ''}`.trim())
  return after
}

interface HostChange {
  wanted: string[]
  joined: string[]
  left: string[]
}

async function changeOfHosts(
  tx: Db,
  before: repository.PoolRecord,
  rule: TargetRule,
  named: readonly string[] | undefined,
): Promise<HostChange> {
  const present = openHosts(before)
  const wanted = await hostsFor(tx, rule, named ?? present)
  const joined = wanted.filter((id) => !present.includes(id))
  const left = present.filter((id) => !wanted.includes(id))
  if (rule.targets === 'hosts') await requireHosts(tx, joined)
  const engine = storedEngineOfPool(before)
  requireOneHost(engine, rule.targets, wanted.length)
  if (engine.sharing === 'own' && left.length > 0) await requireEmpty(tx, before, left)
  if (engine.sharing === 'one host' && joined.length > 0) requireClosed(before, left)
  return { wanted, joined, left }
}

/** What lies on a host alone would be out of reach. */
async function requireEmpty(tx: Db, { id, name }: repository.PoolRecord, hostIds: readonly string[]): Promise<void> {
  const volumes = await repository.findVolumes(tx, id, hostIds)
  const [first] = volumes
  if (first === undefined) return
  const names = sentenceList(volumes.map((volume) => `'${volume.name}'`))
  throw new HoldfastError(
    'in_use',
    `Host '${first.host?.name ?? ''}' cannot leave pool '${name}': only it has ${names}. Move or delete that first.`,
    { details: { used_by: volumes.map((volume) => ({ kind: 'volume', id: volume.id, name: volume.name })) } },
  )
}

/** Two hosts that have it open at once would destroy its volumes, so that one that does not answer keeps it. */
function requireClosed({ name, hosts }: repository.PoolRecord, left: readonly string[]): void {
  const holder = hosts.find((row) => left.includes(row.hostId) || row.observedGeneration !== null)
  if (holder === undefined) return
  throw new HoldfastError(
    'conflict',
    `Pool '${name}' may be open on one host at a time, and host '${holder.host.name}' has it: move it from there (move-host), which closes it there first.`,
  )
}

/** Returns the hosts that have something to do. */
async function applyToHosts(
  tx: Db,
  before: repository.PoolRecord,
  change: HostChange & { name: string; rule: TargetRule; generation: number },
): Promise<string[]> {
  const { name, rule, generation, joined, left } = change
  const { mountId } = before
  const isChanged = name !== before.name || joined.length + left.length > 0 || !isDeepStrictEqual(rule, ruleOf(before))
  if (mountId !== null && isChanged)
    await changeOwnedMount(tx, mountId, { owner: { kind: 'pool', name }, rule, joined, left })
  const pool = { id: before.id, backendId: before.backend.id, mountId }
  const isRevoked = (id: string) => before.hosts.some((row) => row.hostId === id && row.host.revokedAt !== null)
  const leaving = left.filter((id) => !isRevoked(id))
  await repository.removeHosts(tx, before.id, left.filter(isRevoked))
  await openOn(tx, pool, joined, generation)
  await closeOn(tx, pool, leaving, generation)
  const isKept = before.keeperId !== null && change.wanted.includes(before.keeperId)
  const isMoved = storedEngineOfPool(before).sharing !== 'own' && !isKept
  const keeper = isMoved ? await moveKeeper(tx, before, change) : null
  return [...new Set([...joined, ...leaving, ...(keeper === null ? [] : [keeper])])]
}

/** The host that looked after the volumes leaves: one that has the pool open takes them over, or the first that comes. */
async function moveKeeper(
  tx: Db,
  before: repository.PoolRecord,
  { wanted, generation }: HostChange & { generation: number },
): Promise<string | null> {
  const open = before.hosts.filter((row) => wanted.includes(row.hostId) && row.observedGeneration !== null)
  const keeperId = open[0]?.hostId ?? wanted[0] ?? null
  await repository.setKeeper(tx, before.id, keeperId, generation)
  return keeperId
}

/** Opens it again on these hosts, or on all of its hosts, without waiting for the next attempt. Returns the operation's id. */
export async function reconnectPool(actor: Actor, id: string, given: ReconnectPool): Promise<string> {
  authorize(actor, 'pools.write')
  const operation = await inTransaction(async (tx) => {
    const before = await findChangeable(tx, id)
    const present = openHosts(before)
    const hostIds = given.host_ids === undefined ? present : [...new Set(given.host_ids)]
    const foreign = hostIds.find((hostId) => !present.includes(hostId))
    if (foreign !== undefined) throw badField('host_ids', `Pool '${before.name}' is not on host ${foreign}.`)
    if (hostIds.length === 0) throw new HoldfastError('conflict', `Pool '${before.name}' is on no host; add one first.`)
    const generation = await repository.update(tx, id, before.generation, {})
    if (generation === null) throw changedMeanwhile(undefined)
    await repository.renew(tx, id, generation, hostIds)
    const target = { kind: 'pool', id, name: before.name }
    const payload = { poolId: id, hostIds }
    const started = await startOperation(tx, actor, { kind: 'pool.apply', target, payload, hostIds })
    const change = { hosts: hostIds, operation: started }
    await recordAudit(tx, actor, { action: 'pool.reconnect_requested', target, change })
    return started
  })
  publishChanged('pool', id)
  announceOperation(operation)
  return operation
}
