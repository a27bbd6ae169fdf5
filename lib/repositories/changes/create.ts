import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { BackendView, TestBackend } from '@/lib/backends/schema'
import { readBackend } from '@/lib/backends/service'
import { testSavedBackend, testUnsavedBackend } from '@/lib/backends/test-service'
import { badField } from '@/lib/bad-field'
import { db } from '@/lib/db/client'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { insertOwnedMount, ownedMountName, requireMountable } from '@/lib/mounts/owned-mount'
import { hostsFor, requireHosts, requireRule, targetsChange } from '@/lib/mounts/service'
import { ruleFrom } from '@/lib/mounts/targets'
import { errorOfOperation, isFinal, readOperation, startOperation, waitForOperation } from '@/lib/operations/service'
import * as repository from '@/lib/repositories/repository'
import type { CreateRepository } from '@/lib/repositories/schema'
import { finished, type RepositoryChanged, requireFreeName } from '@/lib/repositories/service'
import { refusalOf } from '@/lib/repositories/view'

/** Every layer of a test has a deadline of its own; all of them together have not taken longer. */
const TEST_MS = 90_000

/**
 * Tests a backend, and keeps it as a place for backups on hosts, with a mount of its own where it has files. Throws what the test failed
 * of, with its steps: then nothing was saved. Throws `invalid_input` that names the field, and `conflict` for a name or place that is
 * taken.
 */
export async function createRepository(
  actor: Actor,
  given: CreateRepository,
  signal?: AbortSignal,
): Promise<RepositoryChanged> {
  authorize(actor, 'repositories.write')
  const backend = await backendNamed(given.backend_id)
  const { disableAtPercent, enableBelowPercent } = policyOf(given)
  const rule = requireRule(ruleFrom(given))
  const id = newId('repository')
  const owner = { kind: 'repository', name: given.name } as const
  const isMounted = driverById(backend.driver).access !== 'object'
  const mountId = isMounted ? newId('mount') : null
  if (!isMounted && given.mount_path !== undefined)
    throw badField('mount_path', `Repositories on ${driverById(backend.driver).title} are not mounted; leave it out.`)
  const mountPoint = given.mount_path ?? `/mnt/holdfast/${ownedMountName(owner)}`
  if (isMounted) requireMountable(backend.driver, backend.config, mountPoint)
  await requireFreeName(db(), given.name, id)
  if (rule.targets === 'hosts') await requireHosts(db(), given.host_ids ?? [])
  if (!(await hasPassed(given.tested, backend)))
    await requireWorking(actor, backend, given.test_host_id ?? given.host_ids?.[0], signal)
  const target = { kind: 'repository', id, name: given.name }
  const operation = await inTransaction(async (tx) => {
    await requireFreeName(tx, given.name, id)
    const hostIds = await hostsFor(tx, rule, given.host_ids ?? [])
    if (rule.targets === 'hosts') await requireHosts(tx, hostIds)
    if (mountId !== null)
      await insertOwnedMount(tx, { id: mountId, owner, backendId: backend.id, mountPoint, rule, hostIds })
    const { targets, targetLabels } = rule
    const row = { id, name: given.name, backendId: backend.id, mountId, targets, disableAtPercent, enableBelowPercent }
    await conflictOn(
      () =>
        repository.insert(
          tx,
          { ...row, targetLabels: { ...targetLabels } },
          mountId === null && targets === 'hosts' ? hostIds : [],
        ),
      () => `Repository '${given.name}' already exists`,
    )
    const started =
      mountId !== null && hostIds.length > 0
        ? await startOperation(tx, actor, {
            kind: 'mount.apply',
            target: { kind: 'mount', id: mountId, name: ownedMountName(owner) },
            payload: { mountId, hostIds },
            hostIds,
          })
        : null
    await recordAudit(tx, actor, {
      action: 'repository.created',
      target,
      change: {
        backend: backend.id,
        ...(mountId === null ? {} : { mount: mountId, mount_path: mountPoint }),
        ...targetsChange(rule),
        hosts: hostIds,
        disable_at_percent: disableAtPercent,
        enable_below_percent: enableBelowPercent,
        operation: started,
      },
    })
    return started
  })
  return finished({ id, mountId }, operation)
}

const DEFAULTS = { disableAtPercent: 95, enableBelowPercent: 90 }

/** Throws `invalid_input` for percentages between which nothing could stay as it is. */
export function policyOf(
  given: Pick<CreateRepository, 'disable_at_percent' | 'enable_below_percent'>,
  before = DEFAULTS,
): typeof DEFAULTS {
  const disableAtPercent = given.disable_at_percent ?? before.disableAtPercent
  const enableBelowPercent = given.enable_below_percent ?? Math.min(before.enableBelowPercent, disableAtPercent)
  if (enableBelowPercent > disableAtPercent)
    throw badField(
      'enable_below_percent',
      `It must be at most disable_at_percent, which is ${disableAtPercent}: otherwise it would be enabled while it is disabled.`,
    )
  return { disableAtPercent, enableBelowPercent }
}

async function backendNamed(id: string): Promise<BackendView & { driver: string }> {
  try {
    const backend = await readBackend(id)
    const reason = refusalOf(backend.driver)
    if (reason !== null)
      throw new HoldfastError('unsupported', `Backend '${backend.name}' cannot hold backups. ${reason}`)
    const [missing] = driverById(backend.driver).missing?.(backend.config) ?? []
    if (missing)
      throw new HoldfastError('conflict', `Backend '${backend.name}' is not complete: ${missing.message}`, {
        fields: [{ field: `config.${missing.field}`, message: missing.message }],
      })
    return backend
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not_found')
      throw badField('backend_id', 'There is no such backend.')
    throw error
  }
}

const TEST_LASTS_MS = 30 * 60_000

/** Was this a test of the backend as it is, and a good one of late? */
async function hasPassed(operation: string | undefined, backend: BackendView): Promise<boolean> {
  if (operation === undefined) return false
  const test = await ifThere(operation)
  if (test?.kind !== 'backend.test' || test.target?.id !== backend.id || test.status !== 'succeeded') return false
  const isOfNow = Date.parse(test.created_at) >= Date.parse(backend.updated_at)
  return isOfNow && Date.now() - Date.parse(test.created_at) <= TEST_LASTS_MS
}

async function ifThere(operation: string) {
  try {
    return await readOperation(operation)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not_found') return null
    throw error
  }
}

/** Throws what the test of the backend failed of. */
async function requireWorking(
  actor: Actor,
  { id, name }: BackendView,
  hostId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const operation = await waitForOperation(await testSavedBackend(actor, id, hostId), TEST_MS, signal)
  if (!isFinal(operation.status))
    throw new HoldfastError('timed_out', `The test of backend '${name}' has not ended yet, and nothing was saved.`, {
      recovery: 'Look at the test in the operations; when it passes, try again.',
      details: { operation: { id: operation.id, status: operation.status } },
    })
  if (operation.status !== 'succeeded') throw errorOfOperation(operation)
}

/** Tests a storage that is not saved, as one for backups. Returns the operation's id. Throws `unsupported` for one that cannot hold any. */
export async function testRepository(actor: Actor, asked: z.infer<typeof TestBackend>): Promise<string> {
  authorize(actor, 'backends.test')
  const { id, title } = driverById(asked.type)
  const reason = refusalOf(id)
  if (reason !== null) throw new HoldfastError('unsupported', `${title} cannot hold backups. ${reason}`)
  return testUnsavedBackend(actor, asked)
}
