import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { conflictOn } from '@/lib/db/conflict'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { changeOwnedMount, ownedMountName } from '@/lib/mounts/owned-mount'
import * as mounts from '@/lib/mounts/repository'
import { hostsFor, requireHosts, requireRule, targetsChange } from '@/lib/mounts/service'
import { labelsOf, ruleFrom, type TargetRule } from '@/lib/mounts/targets'
import { startOperation } from '@/lib/operations/service'
import { policyOf } from '@/lib/repositories/changes/create'
import { requireNoLeases } from '@/lib/repositories/leases'
import * as repository from '@/lib/repositories/repository'
import type { UpdateRepository } from '@/lib/repositories/schema'
import {
  changedMeanwhile,
  findRepository,
  finished,
  type RepositoryChanged,
  requireFreeName,
  requireGeneration,
} from '@/lib/repositories/service'

/**
 * Hosts that are left out let go of the repository. Throws `in_use` with the leases for a host on which programs work in it, `forbidden`
 * for who would have it take backups although it is full, and `precondition_failed` when the generation is not `ifMatch`.
 */
export async function updateRepository(
  actor: Actor,
  id: string,
  given: UpdateRepository,
  ifMatch: number | undefined,
): Promise<RepositoryChanged> {
  authorize(actor, 'repositories.write')
  const { operation, mountId } = await inTransaction(async (tx) => {
    await holdRows(tx, 'repository', [id])
    const before = await findRepository(id, tx)
    requireGeneration(before, ifMatch)
    const name = given.name ?? before.name
    if (name !== before.name) await requireFreeName(tx, name, id)
    const rule = requireRule(ruleFrom(given, ruleOf(before)))
    const policy = policyOf(given, before)
    const generation = await conflictOn(
      () =>
        repository.update(tx, id, before.generation, {
          name,
          targets: rule.targets,
          targetLabels: { ...rule.targetLabels },
          ...policy,
          ...enabling(actor, before, given),
        }),
      () => `Repository '${name}' already exists`,
    )
    if (generation === null) throw changedMeanwhile(ifMatch)
    const hostIds = await applyToHosts(tx, before, { name, rule, named: given.host_ids })
    const mount = before.mountId
    const started =
      mount !== null && hostIds.length > 0
        ? await startOperation(tx, actor, {
            kind: 'mount.apply',
            target: { kind: 'mount', id: mount, name: ownedMountName({ kind: 'repository', name }) },
            payload: { mountId: mount, hostIds },
            hostIds,
          })
        : null
    await recordAudit(tx, actor, {
      action: 'repository.updated',
      target: { kind: 'repository', id, name },
      change: { before: auditOf(before), after: given, operation: started },
    })
    return { operation: started, mountId: mount }
  })
  return finished({ id, mountId }, operation)
}

function ruleOf({ targets, targetLabels }: repository.RepositoryRecord): TargetRule {
  return { targets, targetLabels: labelsOf(targetLabels) }
}

function auditOf(row: repository.RepositoryRecord) {
  return {
    name: row.name,
    enabled: row.enabled,
    disable_at_percent: row.disableAtPercent,
    enable_below_percent: row.enableBelowPercent,
    full_since: row.fullSince,
    ...targetsChange(ruleOf(row)),
  }
}

/** What a person says about new backups. */
function enabling(
  actor: Actor,
  { fullSince, fullAllowedAt }: repository.RepositoryRecord,
  { enabled }: UpdateRepository,
): repository.RepositoryChange {
  if (enabled === undefined) return {}
  if (!enabled || fullSince === null || fullAllowedAt !== null) return { enabled }
  authorize(actor, 'repositories.admin')
  return { enabled, fullAllowedAt: new Date() }
}

/** Returns the hosts that have something to mount or to let go of. */
async function applyToHosts(
  tx: Db,
  before: repository.RepositoryRecord,
  change: { name: string; rule: TargetRule; named: readonly string[] | undefined },
): Promise<string[]> {
  const { name, rule, named } = change
  const mount = before.mountId === null ? null : await mounts.findById(before.mountId, tx)
  if (before.mountId !== null && mount === null) throw new HoldfastError('internal', 'The mount is gone.')
  const rows = mount === null ? before.hosts : mount.hosts.filter(({ removed }) => !removed)
  const present = rows.map(({ hostId }) => hostId)
  const wanted = await hostsFor(tx, rule, named ?? present)
  const joined = wanted.filter((id) => !present.includes(id))
  const left = present.filter((id) => !wanted.includes(id))
  if (rule.targets === 'hosts') await requireHosts(tx, joined)
  if (left.length > 0) requireNoLeases(before, left)
  if (mount === null) {
    await repository.setHosts(tx, before.id, rule.targets === 'hosts' ? wanted : [])
    return []
  }
  const isSame = name === before.name && joined.length + left.length === 0
  if (isSame && JSON.stringify(rule) === JSON.stringify(ruleOf(before))) return []
  await changeOwnedMount(tx, mount.id, { owner: { kind: 'repository', name }, rule, joined, left })
  const isRevoked = (id: string) => mount.hosts.some((row) => row.hostId === id && row.host.revokedAt !== null)
  return [...joined, ...left.filter((id) => !isRevoked(id))]
}
