import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { destinationsFor, requireEntered } from '@/lib/backends/destinations'
import { keptTest } from '@/lib/backends/kept-test'
import * as repository from '@/lib/backends/repository'
import type { BackendView, CreateBackend, ListBackends, UpdateBackend } from '@/lib/backends/schema'
import { backendView } from '@/lib/backends/view'
import { cachedJson } from '@/lib/db/cached-json'
import type { Db } from '@/lib/db/client'
import { conflictOn, taken } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { type BackendChange, type InputOptions, parseBackendInput, replaceBackendInput } from '@/lib/drivers/input'
import { driverById, isDriverId, secretKeys } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { publishChanged, publishWanted } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import { type SealedSecret, sealSecrets } from '@/lib/installation/service'
import { announceOperation } from '@/lib/operations/service'
import { type Change, type ChangeOptions, inChange, PlanReady } from '@/lib/plans/change'
import type { BackendBefore } from '@/lib/rollouts/schema'

type Reapply = (change: Change, actor: Actor, backend: { id: string; name: string }) => Promise<string[]>

/** A changed backend, and the operations that carry the change to the hosts that have it mounted. */
export interface BackendChanged {
  backend: BackendView
  operations: string[]
}

export interface UpdateOptions extends ChangeOptions {
  reapply: Reapply
  /** The mount that is changed together with its backend: when nothing else uses that, it may become another storage. */
  together?: string
}

/** As `listBackends`, as the JSON that goes over the wire. */
export function listBackendsJson(actor: Actor, query: z.infer<typeof ListBackends>): Promise<string> {
  authorize(actor, 'backends.read')
  return cachedJson(`backends ${JSON.stringify(query)}`, () => listBackends(actor, query))
}

export async function listBackends(
  actor: Actor,
  query: z.infer<typeof ListBackends>,
): Promise<{ data: BackendView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'backends.read')
  const ids = query.search === undefined ? undefined : await idsMatching(query.search)
  const filter = { driver: query.type, status: query.status, ids }
  const [rows, secrets, mounts, connections] = await Promise.all([
    repository.findPage(filter, query.cursor, query.limit + 1),
    repository.findSecrets(),
    repository.countMounts(),
    repository.findConnections(),
  ])
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  const isWhole = query.cursor === undefined && rows.length <= query.limit
  const total = isWhole ? rows.length : await repository.count(filter)
  const secretsOf = Map.groupBy(secrets, (secret) => secret.backendId)
  const connectionsOf = Map.groupBy(connections, (connection) => connection.backendId)
  return {
    data: page.map((row) =>
      backendView(row, secretsOf.get(row.id) ?? [], mounts.get(row.id) ?? 0, connectionsOf.get(row.id)),
    ),
    total,
    ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}),
  }
}

/** Compared here and not in the database: the two engines disagree about case. */
async function idsMatching(search: string): Promise<string[]> {
  const wanted = search.toLowerCase()
  const names = await repository.findNames()
  return names.filter((row) => `${row.name} ${row.source}`.toLowerCase().includes(wanted)).map((row) => row.id)
}

export async function getBackend(actor: Actor, id: string): Promise<BackendView> {
  authorize(actor, 'backends.read')
  return readBackend(id)
}

async function readBackend(id: string): Promise<BackendView> {
  const found = await repository.load(id)
  if (!found) throw backendNotFound()
  return viewOf(found)
}

async function viewOf({ row, secrets, mountCount }: repository.LoadedBackend): Promise<BackendView> {
  const connections = canConnect(row.driver) ? await repository.findConnections(row.id) : []
  const hosts = hasOwnOnEachHost(row.driver) ? await repository.findHostUsage(row.id) : undefined
  return backendView(row, secrets, mountCount, connections, hosts)
}

function hasOwnOnEachHost(driver: string): boolean {
  return isDriverId(driver) && driverById(driver).scope === 'host'
}

/** A backend with its secrets sealed, to be written in a transaction of whoever makes it. */
export interface PreparedBackend {
  view: BackendView
  /** Throws `conflict` for a name that is taken. */
  write(tx: Db): Promise<void>
}

/** Throws `invalid_input` per field. */
export async function prepareBackend(
  actor: Actor,
  given: CreateBackend,
  options: InputOptions = {},
): Promise<PreparedBackend> {
  authorize(actor, 'backends.write')
  const { config, secrets } = parseBackendInput(given.type, given.config, options)
  const kept = await keptTest(given.tested, actor, { type: given.type, config, entered: secrets, stored: [] })
  const id = newId('backend')
  const sealed = await sealSecrets(id, secrets, destinationsFor(given.type, config))
  const at = new Date()
  const source = driverById(given.type).describeSource(config)
  const write = async (tx: Db) => {
    await requireFreeName(tx, given.name, id)
    await conflictOn(
      () => repository.insert(tx, { id, name: given.name, driver: given.type, config, source }, at),
      () => `Backend '${given.name}' already exists`,
    )
    await repository.insertSecrets(tx, id, sealed)
    if (kept) await repository.keepTest(tx, id, kept, at)
    await recordAudit(tx, actor, {
      action: 'backend.created',
      target: { kind: 'backend', id, name: given.name },
      change: { type: given.type, config, secrets: sealed.map((secret) => secret.field) },
    })
  }
  const row = {
    ...UNSEEN,
    id,
    name: given.name,
    driver: given.type,
    config: config as repository.BackendRecord['config'],
    source,
  }
  const view = backendView({ ...row, ...kept, generation: 1, createdAt: at, updatedAt: at }, shown(id, sealed, at), 0)
  return { view, write }
}

/**
 * Saves a backend without testing it. The secrets in `config` are sealed for the controller.
 * Throws `invalid_input` per field, `conflict` for a name that is taken.
 */
export async function createBackend(actor: Actor, given: CreateBackend): Promise<BackendView> {
  const { view, write } = await prepareBackend(actor, given)
  await inTransaction(write)
  publishChanged('backend', view.id)
  return view
}

/** What is known of a backend that nobody has looked at. */
const UNSEEN = {
  observedStatus: 'unknown',
  observedAt: null,
  observedError: null,
  observedOn: null,
  observedProblem: null,
  observedValues: null,
  observedSaid: null,
  lastTestAt: null,
  lastTestOperation: null,
  totalBytes: null,
  usedBytes: null,
  availableBytes: null,
  fileCount: null,
  usageAt: null,
  usageOn: null,
} as const

function shown(backendId: string, sealed: readonly SealedSecret[], updatedAt: Date): repository.SecretRecord[] {
  return sealed.map(({ field, fingerprint }) => ({ backendId, field, fingerprint, updatedAt }))
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
  const change: BackendChange = given.config
    ? replaceBackendInput(before.driver, stored, given.config)
    : { config: stored, secrets: {}, cleared: [], moved: [] }
  const sealing = given.config ? await sealChange(before, change) : { sealed: [], overrides: [] }
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
  const isPlain = !options.isTrial && options.plan === undefined
  if (isPlain && !isReconfigured && name === before.name) return { backend: await viewOf(found), operations: [] }
  const source = driverById(before.driver).describeSource(change.config)
  const target = { kind: 'backend', id, name } as const
  const at = new Date()
  const operations = await inChange({ action: 'update_backend', target, request: given }, options, async (tx, made) => {
    if (!isReconfigured && name === before.name) return []
    if (change.moved.length > 0) await requireMovable(tx, before, change.moved, options.together)
    if (name !== before.name) await requireFreeName(tx, name, id)
    const isUpdated = await conflictOn(
      () => repository.update(tx, id, before.generation, { name, config: change.config, source }, at),
      () => `Backend '${name}' already exists`,
    )
    if (!isUpdated) throw OUTRUN
    if (isReconfigured) await repository.forgetObserved(tx, id)
    if (isReconfigured && kept) await repository.keepTest(tx, id, kept, at)
    await repository.replaceSecrets(tx, id, sealed, change.cleared)
    // A host that was given another address meanwhile would be left out of what the new secrets are sealed for. Looked for when the
    // rows of the secrets are ours: whoever gives a host another address writes them too, so both cannot be on their way.
    if (sealed.length > 0 && !isDeepStrictEqual(await repository.findConfigOverrides(id, { tx }), sealing.overrides))
      throw OUTRUN
    const started = isReconfigured ? await options.reapply(made, actor, { id, name }) : []
    if (isReconfigured) await repository.renewConnections(tx, id)
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
  if (isReconfigured || name === before.name) return { backend: await readBackend(id), operations }
  const renamed = { ...before, name, source, generation: before.generation + 1, updatedAt: at }
  return { backend: await viewOf({ ...found, row: renamed }), operations }
}

/** Throws `conflict` that says which backend has the name. One that is made at the same moment is for the index to find. */
export async function requireFreeName(tx: Db, name: string, id: string): Promise<void> {
  const holder = await repository.findNamed(tx, name, id)
  if (holder) throw taken('name', `Backend '${name}' already exists`, { kind: 'backend', ...holder })
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
async function keptSecrets(id: string, { secrets, cleared }: BackendChange): Promise<repository.SealedRow[]> {
  const stored = await repository.findSealed(id)
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
  const [stored, overrides] = await Promise.all([repository.findSealed(id), repository.findConfigOverrides(id)])
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

function requireGeneration(row: repository.BackendRecord, ifMatch: number | undefined): void {
  if (ifMatch !== undefined && ifMatch !== row.generation) throw changedMeanwhile(ifMatch)
}

function changedMeanwhile(ifMatch: number | undefined): HoldfastError {
  return ifMatch === undefined
    ? new HoldfastError('conflict', 'The backend was changed by somebody else at the same moment; try again.')
    : new HoldfastError('precondition_failed', 'The backend was changed since you read it.')
}

/** Throws `in_use` with `used_by` while a mount needs it, or while it is connected on a host. */
export async function deleteBackend(actor: Actor, id: string, options: ChangeOptions = {}): Promise<void> {
  authorize(actor, 'backends.write')
  const { name } = await readBackend(id)
  const target = { kind: 'backend', id, name } as const
  const remove = () =>
    inChange({ action: 'delete_backend', target, request: null }, options, async (tx) => {
      const row = await repository.findById(id, tx)
      if (!row) throw backendNotFound()
      requireGeneration(row, options.ifMatch)
      requireUnused(row.name, await repository.findUses(tx, id))
      requireDisconnected(row.name, await repository.findConnections(id, tx))
      await repository.remove(tx, id)
      await recordAudit(tx, actor, {
        action: 'backend.deleted',
        target,
        change: { type: row.driver, source: row.source },
      })
    })
  try {
    await remove()
  } catch (error) {
    if (error instanceof HoldfastError || error instanceof PlanReady) throw error
    // A mount that was made at the same moment: the database refused, and the second look names it.
    await remove()
  }
  publishChanged('backend', id)
}

function requireUnused(name: string, uses: { id: string; name: string; deletedAt: Date | null }[]): void {
  if (uses.length === 0) return
  const leaving = uses.filter((use) => use.deletedAt !== null)
  const words = uses.length === 1 ? `mount '${uses[0]?.name}'` : `${uses.length} mounts`
  const detail =
    leaving.length === uses.length
      ? `Backend '${name}' is still being unmounted (${words}); try again when that has finished.`
      : `Backend '${name}' is used by ${words}.`
  throw new HoldfastError('in_use', detail, {
    details: { used_by: uses.map((use) => ({ kind: 'mount', id: use.id, name: use.name })) },
  })
}

function requireDisconnected(name: string, connections: readonly repository.ConnectionRecord[]): void {
  if (connections.length === 0) return
  const words = connections.map(({ host }) => `'${host.name}'`).join(', ')
  throw new HoldfastError('in_use', `Backend '${name}' is connected on host ${words}; disconnect it there first.`, {
    details: { used_by: connections.map(({ hostId, host }) => ({ kind: 'host', id: hostId, name: host.name })) },
  })
}

function canConnect(driver: string): boolean {
  return isDriverId(driver) && driverById(driver).capabilities.includes('connect')
}

export function backendNotFound(): HoldfastError {
  return new HoldfastError('not_found', 'Backend not found')
}
