import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { BackendView } from '@/lib/backends/schema'
import { readBackend } from '@/lib/backends/service'
import { badField } from '@/lib/bad-field'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { insertOwnedMount, requireMountable } from '@/lib/mounts/owned-mount'
import { hostsFor, requireHosts, requireRule, targetsChange } from '@/lib/mounts/service'
import { ruleFrom } from '@/lib/mounts/targets'
import { startOperation } from '@/lib/operations/service'
import { type PoolEngine, poolEngine } from '@/lib/pools/engine'
import { openOn } from '@/lib/pools/membership'
import * as repository from '@/lib/pools/repository'
import type { CreatePool } from '@/lib/pools/schema'
import { finished, type PoolChanged, requireFreeName } from '@/lib/pools/service'

/**
 * Opens a backend on hosts to hold volumes, with a mount of its own or on a connection. Throws `invalid_input` that names the field,
 * `unsupported` for a type that keeps no volumes, and `conflict` for a name or place that is taken.
 */
export async function createPool(actor: Actor, given: CreatePool): Promise<PoolChanged> {
  authorize(actor, 'pools.write')
  const backend = await backendNamed(given.backend_id)
  const engine = requireEngine(backend, given.settings)
  const rule = requireRule(ruleFrom(given))
  const id = newId('pool')
  const isMounted = backend.capabilities.includes('mount')
  const mountId = isMounted ? newId('mount') : null
  if (!isMounted && given.mount_path !== undefined)
    throw badField('mount_path', `Pools on ${driverById(backend.driver).title} lie in no mount; leave it out.`)
  const mountPoint = given.mount_path ?? `/mnt/holdfast/${given.name}`
  if (isMounted) requireMountable(backend.driver, backend.config, mountPoint)
  const target = { kind: 'pool', id, name: given.name }
  const operation = await inTransaction(async (tx) => {
    await requireFreeName(tx, given.name, id)
    const hostIds = await hostsFor(tx, rule, given.host_ids ?? [])
    if (rule.targets === 'hosts') await requireHosts(tx, hostIds)
    requireOneHost(engine, rule.targets, hostIds.length)
    if (mountId !== null)
      await insertOwnedMount(tx, {
        id: mountId,
        owner: { kind: 'pool', name: given.name },
        backendId: backend.id,
        mountPoint,
        rule,
        hostIds,
      })
    await conflictOn(
      () =>
        repository.insert(tx, {
          id,
          name: given.name,
          backendId: backend.id,
          settings: engine.settings,
          ...rule,
          targetLabels: { ...rule.targetLabels },
          maintenance: given.maintenance ?? false,
          overcommitLimit: given.overcommit_limit ?? null,
          maxVolumeBytes: given.max_volume_bytes == null ? null : BigInt(given.max_volume_bytes),
          trashDays: given.trash_days ?? DEFAULT_TRASH_DAYS,
          mountId,
          keeperId: engine.sharing === 'own' ? null : (hostIds[0] ?? null),
        }),
      () => `Pool '${given.name}' already exists`,
    )
    await openOn(tx, { id, backendId: backend.id, mountId }, hostIds, 1)
    const started =
      hostIds.length > 0
        ? await startOperation(tx, actor, { kind: 'pool.apply', target, payload: { poolId: id, hostIds }, hostIds })
        : null
    await recordAudit(tx, actor, {
      action: 'pool.created',
      target,
      change: {
        backend: backend.id,
        settings: engine.settings,
        ...(mountId === null ? {} : { mount: mountId, mount_path: mountPoint }),
        ...targetsChange(rule),
        hosts: hostIds,
        operation: started,
      },
    })
    return started
  })
  return finished({ id, mountId }, operation)
}

const DEFAULT_TRASH_DAYS = 7

async function backendNamed(id: string): Promise<BackendView> {
  try {
    return await readBackend(id)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not_found')
      throw badField('backend_id', 'There is no such backend.')
    throw error
  }
}

function requireEngine(backend: BackendView, settings: Record<string, unknown>): PoolEngine {
  const { title, volumes, missing } = driverById(backend.driver)
  if (volumes === undefined)
    throw new HoldfastError(
      'unsupported',
      `${title} keeps no volumes: choose a backend on a disk, NFS, SMB, iSCSI or Ceph.`,
    )
  const problems = missing?.(backend.config) ?? []
  if (problems[0]) {
    const fields = problems.map(({ field, message }) => ({ field: `config.${field}`, message }))
    throw new HoldfastError('conflict', `Backend '${backend.name}' is not complete: ${problems[0].message}`, { fields })
  }
  const reason = volumes.refuses?.(backend.config as never) ?? null
  if (reason !== null) throw badField('backend_id', `No pool can lie on '${backend.name}'. ${reason}`)
  const decided = volumes.settingsFrom?.(backend.config as never) ?? {}
  for (const [key, value] of Object.entries(decided)) {
    if (settings[key] !== undefined && settings[key] !== value)
      throw badField(`settings.${key}`, `The backend '${backend.name}' decides this, and says ${value}; leave it out.`)
  }
  const engine = poolEngine(backend.driver, { ...settings, ...decided })
  if (engine === null) throw new HoldfastError('unsupported', `${title} keeps no volumes.`)
  return engine
}

/** Throws `invalid_input` where the content may be open on one host at a time, and more are asked for. */
export function requireOneHost({ sharing, engine }: PoolEngine, targets: string, count: number): void {
  if (sharing !== 'one host' || (targets === 'hosts' && count <= 1)) return
  const reason = `${engine.title} with these settings may be open on one host at a time, since two would destroy each other's data.`
  if (targets !== 'hosts') throw badField('targets', `${reason} Name that host in host_ids.`)
  throw badField('host_ids', `${reason} Name one host, not ${count}.`)
}
