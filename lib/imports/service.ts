import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { BackendName, type BackendView } from '@/lib/backends/schema'
import { createBackend, listBackends } from '@/lib/backends/service'
import { parseBackendInput } from '@/lib/drivers/input'
import { type AnyDescriptor, driverById, isDriverId } from '@/lib/drivers/registry'
import { type FieldProblem, HoldfastError } from '@/lib/errors'
import { type ReadRemote, readRemotes } from '@/lib/imports/rclone-remotes'
import type {
  ChosenRemote,
  ImportAction,
  ImportedRemote,
  ImportRclone,
  ImportResult,
  PlannedBackend,
} from '@/lib/imports/schema'

type Storage = Extract<ReadRemote, { kind: 'storage' }>

/** The backends there are, and those that this import has planned so far. */
interface Known {
  names: Set<string>
  byAccount: Map<string, { id: string | null; name: string; bucket: string }[]>
}

/**
 * Reads a pasted rclone.conf and makes a backend for each chosen S3 remote whose bucket is known. What cannot be taken is
 * listed with its line and the reason; one refusal does not stop the others. With `dry_run` nothing is changed.
 * Throws `invalid_input` when the whole text is refused, or when a chosen remote is not in it.
 */
export async function importRclone(actor: Actor, given: ImportRclone): Promise<ImportResult> {
  authorize(actor, 'backends.write')
  const read = readRemotes(given.content ?? given.config ?? '')
  const [whole] = read.problems
  if (read.isRefused && whole) throw refuseText(`Line ${whole.line}: ${whole.message}`)
  requireKnown(read.remotes, given.remotes ?? [])
  const known = await knownBackends(actor)
  const remotes: ImportedRemote[] = []
  for (const remote of read.remotes) {
    remotes.push(await importRemote(actor, remote, given, known))
  }
  const actions = remotes.flatMap((remote) =>
    remote.backends.length > 0 ? remote.backends.map((planned) => planned.action) : [remote.action],
  )
  const count = (action: ImportAction) => actions.filter((taken) => taken === action).length
  return {
    dry_run: given.dry_run,
    created: count('create'),
    skipped: count('skip'),
    refused: count('refuse'),
    remotes,
    problems: read.problems,
  }
}

function refuseText(message: string): HoldfastError {
  return new HoldfastError('invalid_input', message, { fields: [{ field: 'content', message }] })
}

function requireKnown(remotes: ReadRemote[], chosen: readonly ChosenRemote[]): void {
  const names = new Set(remotes.map((remote) => remote.name))
  const fields: FieldProblem[] = chosen.flatMap(({ name }, index) =>
    names.has(name)
      ? []
      : [{ field: `remotes.${index}.name`, message: 'There is no remote of this name in the text.' }],
  )
  const [first] = fields
  if (first) throw new HoldfastError('invalid_input', `${first.field}: ${first.message}`, { fields })
}

async function knownBackends(actor: Actor): Promise<Known> {
  const known: Known = { names: new Set(), byAccount: new Map() }
  let cursor: string | undefined
  do {
    const page = await listBackends(actor, { limit: 5000, cursor })
    for (const backend of page.data) remember(known, backend)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return known
}

function remember(known: Known, backend: BackendView): void {
  known.names.add(backend.name)
  const remotes = isDriverId(backend.type) ? driverById(backend.type).rcloneRemotes : undefined
  if (remotes === undefined) return
  const bucket = String(backend.config[remotes.bucket.field])
  addToAccount(known, accountKey(backend.type, backend.config), { id: backend.id, name: backend.name, bucket })
}

function accountKey(driver: string, config: Readonly<Record<string, unknown>>): string {
  return `${driver} ${driverById(driver).rcloneRemotes?.accountOf(config)}`
}

/** What people may see of a remote. */
function shownOf({ rcloneRemotes }: AnyDescriptor, { settings }: Storage): NonNullable<ImportedRemote['remote']> {
  return Object.fromEntries((rcloneRemotes?.shown ?? []).map((key) => [key, settings[key] ?? null]))
}

function addToAccount(known: Known, account: string, entry: { id: string | null; name: string; bucket: string }): void {
  const before = known.byAccount.get(account)
  if (before) before.push(entry)
  else known.byAccount.set(account, [entry])
}

async function importRemote(
  actor: Actor,
  read: ReadRemote,
  given: ImportRclone,
  known: Known,
): Promise<ImportedRemote> {
  const { line, name, type, problems } = read
  const row = { line, name, type, problems, remote: null, suggested_buckets: [], existing: [], backends: [] }
  if (read.kind !== 'storage') return { ...row, action: read.kind === 'other' ? 'skip' : 'refuse', reason: read.reason }

  const { buckets: suggested } = read
  const account = accountKey(read.driver, read.settings)
  const there = known.byAccount.get(account) ?? []
  const shown = {
    ...row,
    remote: shownOf(driverById(read.driver), read),
    suggested_buckets: [...suggested],
    existing: there.flatMap(({ id, ...entry }) => (id === null ? [] : [{ id, ...entry }])),
  }
  const entries = given.remotes?.filter((entry) => entry.name === name)
  if (entries?.length === 0) return { ...shown, action: 'skip', reason: 'Not chosen.' }
  const wanted = withBuckets(entries ?? [], suggested)
  if (wanted.length === 0) return { ...shown, ...withoutBucket(there, given.dry_run) }

  const backends: PlannedBackend[] = []
  for (const entry of wanted) {
    const planned = plan(read, entry, wanted.length > 1, known)
    backends.push(await carryOut(actor, read, planned, given.dry_run))
    if (planned.action !== 'create') continue
    known.names.add(planned.name)
    addToAccount(known, account, { id: null, name: planned.name, bucket: planned.bucket })
  }
  const summary =
    backends.find(({ action }) => action === 'create') ?? backends.find(({ action }) => action === 'refuse')
  const { action, reason } = summary ?? backends[0] ?? { action: 'skip' as const, reason: null }
  return { ...shown, action, reason, backends }
}

interface Wanted {
  bucket: string
  backendName: string | undefined
}

/** An entry without a bucket stands for the buckets that aliases name. */
function withBuckets(entries: readonly ChosenRemote[], suggested: readonly string[]): Wanted[] {
  const given: readonly Pick<ChosenRemote, 'bucket' | 'backend_name'>[] = entries.length > 0 ? entries : [{}]
  return given.flatMap(({ bucket, backend_name }) => {
    const buckets = bucket ? [bucket] : suggested
    return buckets.map((name) => ({ bucket: name, backendName: buckets.length === 1 ? backend_name : undefined }))
  })
}

/** A preview asks for the bucket; without an answer there is nothing to make. */
function withoutBucket(there: readonly { name: string; bucket: string }[], isDryRun: boolean) {
  const [first] = there
  if (first) {
    const reason = `Backend '${first.name}' uses this server and key already (bucket '${first.bucket}'). Name another bucket to add it.`
    return { action: 'skip' as const, reason }
  }
  if (isDryRun) return { action: 'create' as const, reason: 'Name the bucket: a remote does not say it.' }
  const reason = 'A remote does not say its bucket. Name it in "remotes", as {"name": "…", "bucket": "…"}.'
  return { action: 'refuse' as const, reason }
}

function plan(remote: Storage, wanted: Wanted, isOneOfMany: boolean, known: Known): PlannedBackend {
  const { name: remoteName, driver, settings } = remote
  const { bucket, backendName } = wanted
  const both = `${remoteName} ${bucket}`.slice(0, 100)
  const isFree = !isOneOfMany && !known.names.has(remoteName)
  const name = backendName ?? (isFree ? remoteName : both)
  const planned = { bucket, name, backend_id: null }
  const same = known.byAccount.get(accountKey(driver, settings))?.find((entry) => entry.bucket === bucket)
  if (same) {
    const reason = `Backend '${same.name}' is this bucket on this server with this key already.`
    return { ...planned, backend_id: same.id, action: 'skip', reason }
  }
  if (known.names.has(name)) {
    return { ...planned, action: 'refuse', reason: `Backend '${name}' already exists; give another "backend_name".` }
  }
  const problem = problemOf(name, remote, bucket)
  return problem === null
    ? { ...planned, action: 'create', reason: null }
    : { ...planned, action: 'refuse', reason: problem }
}

/** The flat config of the backend for one bucket. */
function configOf({ driver, settings }: Storage, bucket: string): Record<string, unknown> {
  return { ...settings, ...driverById(driver).rcloneRemotes?.forBucket(settings, bucket) }
}

function problemOf(name: string, remote: Storage, bucket: string): string | null {
  const named = BackendName.safeParse(name)
  if (!named.success) return named.error.issues[0]?.message ?? 'The name cannot be used.'
  try {
    parseBackendInput(remote.driver, configOf(remote, bucket))
    return null
  } catch (error) {
    if (error instanceof HoldfastError) return error.fields?.[0]?.message ?? error.message
    throw error
  }
}

async function carryOut(
  actor: Actor,
  remote: Storage,
  planned: PlannedBackend,
  isDryRun: boolean,
): Promise<PlannedBackend> {
  if (isDryRun || planned.action !== 'create') return planned
  try {
    const config = configOf(remote, planned.bucket)
    const { id } = await createBackend(actor, { name: planned.name, type: remote.driver, config })
    return { ...planned, backend_id: id }
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.status >= 500) throw error
    return { ...planned, action: 'refuse', reason: error.message }
  }
}
