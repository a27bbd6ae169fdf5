import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { destinationsFor } from '@/lib/backends/destinations'
import { keptTest } from '@/lib/backends/kept-test'
import * as repository from '@/lib/backends/repository'
import type { BackendView, CreateBackend, ListBackends } from '@/lib/backends/schema'
import * as secretRows from '@/lib/backends/secret-repository'
import { backendView } from '@/lib/backends/view'
import { cachedJson } from '@/lib/db/cached-json'
import type { Db } from '@/lib/db/client'
import { conflictOn, taken } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import type { InputOptions } from '@/lib/drivers/descriptor-input'
import { parseBackendInput } from '@/lib/drivers/input'
import { ALL_TYPES, driverById, isDriverId } from '@/lib/drivers/registry'
import { sentWords } from '@/lib/drivers/sent-words'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import { type SealedSecret, sealSecrets } from '@/lib/installation/service'
import { type ChangeOptions, inChange, PlanReady } from '@/lib/plans/change'
import { requireNoPools } from '@/lib/pools/of-backend'
import { requireNoRepositories } from '@/lib/repositories/of-backend'

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
  const filter = { drivers: query.type?.map(driverNamed), statuses: query.status, ids }
  const [rows, secrets, mounts, templates, connections] = await Promise.all([
    repository.findPage(filter, query.cursor, query.limit + 1),
    secretRows.findSecrets(),
    repository.countMounts(),
    repository.countTemplates(),
    repository.findConnections(),
  ])
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  const isWhole = query.cursor === undefined && rows.length <= query.limit
  const total = isWhole ? rows.length : await repository.count(filter)
  const secretsOf = Map.groupBy(secrets, (secret) => secret.backendId)
  const connectionsOf = Map.groupBy(connections, (connection) => connection.backendId)
  const countsOf = (id: string) => ({
    mounts: mounts.get(id) ?? 0,
    templates: templates.get(id) ?? (templates.has(id) ? null : 0),
  })
  return {
    data: page.map((row) => backendView(row, secretsOf.get(row.id) ?? [], countsOf(row.id), connectionsOf.get(row.id))),
    total,
    ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}),
  }
}

/** A word of an older API is one of our types; what is no type at all finds nothing. */
function driverNamed(word: string): string {
  return ALL_TYPES.find(({ olderTypes }) => olderTypes?.includes(word))?.id ?? word
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

/** Asks for no permission: for services that have. Throws `not_found`. */
export async function readBackend(id: string): Promise<BackendView> {
  const found = await repository.load(id)
  if (!found) throw backendNotFound()
  return viewOf(found)
}

export async function viewOf({
  row,
  secrets,
  mountCount,
  templateCount,
}: repository.LoadedBackend): Promise<BackendView> {
  const connections = canConnect(row.driver) ? await repository.findConnections(row.id) : []
  const hosts = hasOwnOnEachHost(row.driver) ? await repository.findHostUsage(row.id) : undefined
  return backendView(row, secrets, { mounts: mountCount, templates: templateCount }, connections, hosts)
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
  const { id: driver, describeSource } = driverById(given.type)
  const { config, secrets } = parseBackendInput(driver, given.config, options)
  const words = sentWords(given, driver, config)
  const kept = await keptTest(given.tested, actor, { type: driver, config, entered: secrets, stored: [] })
  const id = newId('backend')
  const sealed = await sealSecrets(id, secrets, destinationsFor(driver, config))
  const at = new Date()
  const source = describeSource(config)
  const write = async (tx: Db) => {
    await requireFreeName(tx, given.name, id)
    await conflictOn(
      () => repository.insert(tx, { id, name: given.name, driver, config, source }, at),
      () => `Backend '${given.name}' already exists`,
    )
    if (words) await repository.saveWords(tx, id, words)
    await secretRows.insertSecrets(tx, id, sealed)
    if (kept) await repository.keepTest(tx, id, kept, at)
    await recordAudit(tx, actor, {
      action: 'backend.created',
      target: { kind: 'backend', id, name: given.name },
      change: { type: driver, config, secrets: sealed.map((secret) => secret.field) },
    })
  }
  const row = {
    ...UNSEEN,
    id,
    name: given.name,
    driver,
    config: config as repository.BackendRecord['config'],
    sentWords: words,
    source,
  }
  const view = backendView({ ...row, ...kept, generation: 1, createdAt: at, updatedAt: at }, shown(id, sealed, at), {
    mounts: 0,
    templates: 0,
  })
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
  totalInodes: null,
  usedInodes: null,
  inodesOn: null,
} as const

function shown(backendId: string, sealed: readonly SealedSecret[], updatedAt: Date): secretRows.SecretRecord[] {
  return sealed.map(({ field, fingerprint }) => ({ backendId, field, fingerprint, updatedAt }))
}

/** Throws `conflict` that says which backend has the name. One that is made at the same moment is for the index to find. */
export async function requireFreeName(tx: Db, name: string, id: string): Promise<void> {
  const holder = await repository.findNamed(tx, name, id)
  if (holder) throw taken('name', `Backend '${name}' already exists`, { kind: 'backend', ...holder })
}

export function requireGeneration(row: repository.BackendRecord, ifMatch: number | undefined): void {
  if (ifMatch !== undefined && ifMatch !== row.generation) throw changedMeanwhile(ifMatch)
}

export function changedMeanwhile(ifMatch: number | undefined): HoldfastError {
  return ifMatch === undefined
    ? new HoldfastError('conflict', 'The backend was changed by somebody else at the same moment; try again.')
    : new HoldfastError('precondition_failed', 'The backend was changed since you read it.')
}

/** Throws `in_use` with `used_by` while a pool or a mount needs it, or while it is connected on a host. */
export async function deleteBackend(actor: Actor, id: string, options: ChangeOptions = {}): Promise<void> {
  authorize(actor, 'backends.write')
  const { name } = await readBackend(id)
  const target = { kind: 'backend', id, name } as const
  const remove = () =>
    inChange({ action: 'delete_backend', target, request: null }, options, async (tx) => {
      const row = await repository.findById(id, tx)
      if (!row) throw backendNotFound()
      requireGeneration(row, options.ifMatch)
      await requireNoPools(tx, row)
      await requireNoRepositories(tx, row)
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
