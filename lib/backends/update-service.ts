import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { destinationsFor, requireEntered } from '@/lib/backends/destinations'
import { keptTest } from '@/lib/backends/kept-test'
import * as repository from '@/lib/backends/repository'
import type { BackendView, UpdateBackend } from '@/lib/backends/schema'
import * as secretRows from '@/lib/backends/secret-repository'
import {
  backendNotFound,
  changedMeanwhile,
  readBackend,
  requireFreeName,
  requireGeneration,
  viewOf,
} from '@/lib/backends/service'
import type { Db } from '@/lib/db/client'
import { conflictOn } from '@/lib/db/conflict'
import type { BackendChange } from '@/lib/drivers/descriptor-input'
import { replaceBackendInput } from '@/lib/drivers/input'
import { driverById } from '@/lib/drivers/registry'
import { type SentWords, sentWords, stillSaid } from '@/lib/drivers/sent-words'
import { secretKeys } from '@/lib/drivers/settings'
import { HoldfastError } from '@/lib/errors'
import { publishChanged, publishWanted } from '@/lib/events/process-bus'
import { type SealedSecret, sealSecrets } from '@/lib/installation/service'
import { announceOperation } from '@/lib/operations/service'
import { pauseFor } from '@/lib/pause'
import { type Change, type ChangeOptions, inChange } from '@/lib/plans/change'
import { renewPools, requireFitForPools } from '@/lib/pools/of-backend'
import type { BackendBefore } from '@/lib/rollouts/schema'

type Reapply = (change: Change, actor: Actor, backend: { id: string; name: string }) => Promise<string[]>

/** A changed backend, and the operations that carry the change to the hosts that have it mounted. */
export interface BackendChanged {
  backend: BackendView
  operations: string[]
  /** What became of what was entered, a sentence each. */
  notes: string[]
}

export interface UpdateOptions extends ChangeOptions {
  reapply: Reapply
  /** The mount that is changed together with its backend: when nothing else uses that, it may become another storage. */
  together?: string
}

const UPDATE_ATTEMPTS = 5

/**
 * `config` replaces all that is stored but secrets: of these a blank or absent one stays, null clears. A change of config or secrets is carried to the mounts:
 * `reapply` (of the mounts) marks them and returns the operations that were started.
 * Throws `precondition_failed` when the generation is not `ifMatch`, `in_use` for what makes another storage of one that is used, and
 * `invalid_input` for a stored secret that is to go elsewhere and was not entered again.
 */
export async function updateBackend(
  actor: Actor,
  id: string,
  given: UpdateBackend,
  options: UpdateOptions,
): Promise<BackendChanged> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryUpdate(actor, id, given, options)
    } catch (error) {
      if (error !== OUTRUN) throw error
      // Somebody else was faster. Whoever named no version gets the change on top of theirs.
      if (options.ifMatch !== undefined || attempt === UPDATE_ATTEMPTS) throw changedMeanwhile(options.ifMatch)
      // What was faster is read only when it is on the disk, and on SQLite several share one COMMIT.
      await pauseFor(2 ** attempt)
    }
  }
}

/** The row changed between reading and writing. */
const OUTRUN = new HoldfastError('conflict', 'The backend was changed by somebody else at the same moment; try again.')

async function tryUpdate(
  actor: Actor,
  id: string,
  given: UpdateBackend,
  options: UpdateOptions,
): Promise<BackendChanged> {
  authorize(actor, 'backends.write')
  const found = await repository.load(id)
  if (!found) throw backendNotFound()
  const before = found.row
  requireGeneration(before, options.ifMatch)
  const stored = before.config as Record<string, unknown>
  // The older API does not look at an empty one either.
  const config = given.config && Object.keys(given.config).length > 0 ? given.config : null
  const change: BackendChange = config
    ? replaceBackendInput(before.driver, stored, config, stillSaid(before.sentWords, before.driver, stored).config)
    : { config: stored, secrets: {}, cleared: [], moved: [], notes: [] }
  const { notes } = change
  const sealing = config ? await sealChange(before, change) : { sealed: [], overrides: [] }
  const { sealed } = sealing
  const kept = await keptTest(given.tested, actor, {
    type: before.driver,
    config: change.config,
    entered: change.secrets,
    stored: given.tested === undefined ? [] : await keptSecrets(id, change),
  })
  const isReconfigured =
    sealed.length > 0 || change.cleared.length > 0 || !isDeepStrictEqual(plain(change.config), plain(stored))
  const name = given.name ?? before.name
  const words = config ? wordsAfter(before, config, change.config) : before.sentWords
  const isReworded = !isDeepStrictEqual(words, before.sentWords)
  const isPlain = !options.isTrial && options.plan === undefined
  if (isPlain && !isReconfigured && !isReworded && name === before.name)
    return { backend: await viewOf(found), operations: [], notes }
  const source = driverById(before.driver).describeSource(change.config)
  const target = { kind: 'backend', id, name } as const
  const at = new Date()
  const operations = await inChange({ action: 'update_backend', target, request: given }, options, async (tx, made) => {
    if (!isReconfigured && !isReworded && name === before.name) return []
    if (isReconfigured) await requireFit(tx, before, change, options.together)
    if (name !== before.name) await requireFreeName(tx, name, id)
    const isUpdated = await conflictOn(
      () => repository.update(tx, id, before.generation, { name, config: change.config, source }, at),
      () => `Backend '${name}' already exists`,
    )
    if (!isUpdated) throw OUTRUN
    if (isReworded) await repository.saveWords(tx, id, words as SentWords | null)
    if (isReconfigured) await repository.forgetObserved(tx, id)
    if (isReconfigured && kept) await repository.keepTest(tx, id, kept, at)
    await secretRows.replaceSecrets(tx, id, sealed, change.cleared)
    // A host that was given another address meanwhile would be left out of what the new secrets are sealed for. Looked for when the
    // rows of the secrets are ours: whoever gives a host another address writes them too, so both cannot be on their way.
    if (sealed.length > 0 && !isDeepStrictEqual(await secretRows.findConfigOverrides(id, { tx }), sealing.overrides))
      throw OUTRUN
    const started = isReconfigured ? await options.reapply(made, actor, { id, name }) : []
    if (isReconfigured) await renewUses(tx, id)
    await recordAudit(tx, actor, {
      action: 'backend.updated',
      target,
      change: {
        before: { name: before.name, config: stored },
        after: { name, config: change.config },
        secrets_set: sealed.map((secret) => secret.field),
        secrets_cleared: change.cleared,
      },
    })
    return started
  })
  publishChanged('backend', id)
  if (isReconfigured) publishWanted('backend', id)
  for (const operation of operations) announceOperation(operation)
  if (isReconfigured || isReworded) return { backend: await readBackend(id), operations, notes }
  const renamed = { ...before, name, source, generation: before.generation + 1, updatedAt: at }
  return { backend: await viewOf({ ...found, row: renamed }), operations, notes }
}

/** The words of a new config; the type is called as it was. */
function wordsAfter(
  { sentWords: stored, driver }: repository.BackendRecord,
  given: Record<string, unknown>,
  config: Record<string, unknown>,
): SentWords | null {
  const { type } = stillSaid(stored, driver, config)
  return sentWords({ ...(type === undefined ? {} : { type }), config: given }, driver, config)
}

/** Throws `in_use` where what lies on the backend could not go on, or would find itself on another storage. */
async function requireFit(
  tx: Db,
  before: repository.BackendRecord,
  { config, moved }: BackendChange,
  together: string | undefined,
): Promise<void> {
  await requireFitForPools(tx, before, config)
  if (moved.length > 0) await requireMovable(tx, before, moved, together)
}

/** Hosts that have it connected, or pools of it open, are to take over its new settings. */
async function renewUses(tx: Db, id: string): Promise<void> {
  await repository.renewConnections(tx, id)
  await renewPools(tx, id)
}

/** Another storage under the same name, while nothing uses it. Throws `in_use` with `used_by` otherwise. */
async function requireMovable(
  tx: Db,
  { id, name, driver }: repository.BackendRecord,
  moved: readonly string[],
  together: string | undefined,
): Promise<void> {
  const uses = (await repository.findUses(tx, id)).filter((use) => use.id !== together)
  const connections = await repository.findConnections(id, tx)
  if (uses.length + connections.length === 0) return
  const { fields, fixedAfterCreate } = driverById(driver)
  const users = [
    ...uses.map((use) => ({ kind: 'mount', id: use.id, name: use.name })),
    ...connections.map(({ hostId, host }) => ({ kind: 'host', id: hostId, name: host.name })),
  ]
  const words = users.map((user) => `${user.kind} '${user.name}'`).join(', ')
  const problems = moved.map((key) => ({
    field: `config.${key}`,
    message:
      `${fields[key]?.label ?? key} cannot change while backend '${name}' is used by ${words}. ${fixedAfterCreate[key as never] ?? ''}`.trim(),
  }))
  throw new HoldfastError('in_use', problems[0]?.message ?? '', { fields: problems, details: { used_by: users } })
}

/** Stored secrets that a change leaves as they are. */
async function keptSecrets(id: string, { secrets, cleared }: BackendChange): Promise<secretRows.SealedRow[]> {
  const stored = await secretRows.findSealed(id)
  return stored.filter(({ field }) => !Object.hasOwn(secrets, field) && !cleared.includes(field))
}

/**
 * Seals what was entered for everywhere the backend's secrets go, hosts with another address included. What was not entered again
 * must have been entered for all of that already: throws `invalid_input` otherwise.
 */
async function sealChange(
  { id, driver }: repository.BackendRecord,
  { config, secrets, cleared }: BackendChange,
): Promise<{ sealed: SealedSecret[]; overrides: Record<string, unknown>[] }> {
  if (secretKeys(driverById(driver)).length === 0) return { sealed: [], overrides: [] }
  const [stored, overrides] = await Promise.all([secretRows.findSealed(id), secretRows.findConfigOverrides(id)])
  const destinations = destinationsFor(driver, config, overrides)
  requireEntered(
    stored.filter(({ field }) => !Object.hasOwn(secrets, field) && !cleared.includes(field)),
    destinations,
  )
  return { sealed: await sealSecrets(id, secrets, destinations), overrides }
}

/**
 * Takes a backend back to what it was, secrets included, in the transaction of whoever undoes a change; one that is gone stays so.
 * Throws `conflict` when its name was given to another meanwhile.
 */
export async function restoreBackend(tx: Db, before: BackendBefore, at: Date): Promise<void> {
  await conflictOn(
    () => repository.restore(tx, before.id, before, at),
    () => `Another backend is called '${before.name}' now; rename that one first.`,
  )
}

/** As the database will hold it: no undefined. */
function plain(config: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(config))
}
