import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { BackendName } from '@/lib/backends/schema'
import { createBackend } from '@/lib/backends/service'
import { parseBackendInput } from '@/lib/drivers/input'
import { driverById } from '@/lib/drivers/registry'
import { type FieldProblem, HoldfastError } from '@/lib/errors'
import type { ImportEntry, StorageEntry } from '@/lib/imports/entry'
import { makeMount, planMount } from '@/lib/imports/import-mount'
import { accountKey, addKnown, everythingKnown, type Known, knownOf, sourceOf } from '@/lib/imports/known'
import { type ImportText, type ReadImports, readImports, textsOf } from '@/lib/imports/read-imports'
import type {
  ChosenRemote,
  ImportAction,
  ImportedRemote,
  ImportResult,
  ImportStorage,
  PlannedBackend,
} from '@/lib/imports/schema'

/**
 * Reads pasted texts of other systems and makes a backend, and a mount that is only written down, for each storage in them that is
 * known well enough. What cannot be taken is listed with the reason; one refusal does not stop the others. With `dry_run` nothing is
 * changed. Throws `invalid_input` when nothing of any text can be read, or when a chosen name is in none.
 */
export async function importStorage(actor: Actor, given: ImportStorage): Promise<ImportResult> {
  authorize(actor, 'backends.write')
  const { content = given.config ?? '', format } = given
  const texts = textsOf(given.files ?? [{ name: '', content, format }])
  const read = readImports(texts)
  if (read.isRefused) throw refuseTexts(given, texts, read)
  requireKnown(read.entries, given)
  const known = await everythingKnown(actor)
  const remotes: ImportedRemote[] = []
  for (const entry of read.entries) {
    remotes.push(await importEntry(actor, entry, given, known))
  }
  const actions = remotes.flatMap((remote) =>
    remote.backends.length > 0 ? remote.backends.map((planned) => planned.action) : [remote.action],
  )
  const mounts = remotes.flatMap((remote) => remote.backends.flatMap(({ mount }) => mount ?? []))
  const count = (action: ImportAction) => actions.filter((taken) => taken === action).length
  return {
    format: texts[0]?.format ?? 'rclone',
    files: texts.map((text, index) => ({
      name: text.name,
      format: text.format,
      is_refused: read.refusals[index] !== null,
    })),
    dry_run: given.dry_run,
    created: count('create'),
    skipped: count('skip'),
    refused: count('refuse'),
    mounts_created: mounts.filter(({ action }) => action === 'create').length,
    remotes,
    problems: read.problems.map(({ file = null, ...problem }) => ({ ...problem, file })),
  }
}

/** Each text that could not be read, with its line. */
function refuseTexts(given: ImportStorage, texts: readonly ImportText[], { refusals }: ReadImports): HoldfastError {
  const fields = refusals.flatMap((reason, index) => {
    if (reason === null) return []
    const where = given.files === undefined ? 'Line' : `${texts[index]?.name}, line`
    const field = given.files === undefined ? 'content' : `files.${index}.content`
    return [{ field, message: `${where} ${reason.line}: ${reason.message}` }]
  })
  return new HoldfastError('invalid_input', fields[0]?.message ?? 'Nothing could be read.', { fields })
}

function requireKnown(entries: ImportEntry[], { remotes = [], buckets = {} }: ImportStorage): void {
  const names = new Set(entries.map((entry) => entry.name))
  const message = 'There is no remote of this name in the text.'
  const fields: FieldProblem[] = [
    ...remotes.flatMap(({ name }, index) => (names.has(name) ? [] : [{ field: `remotes.${index}.name`, message }])),
    ...Object.keys(buckets).flatMap((name) => (names.has(name) ? [] : [{ field: `buckets.${name}`, message }])),
  ]
  const [first] = fields
  if (first) throw new HoldfastError('invalid_input', `${first.field}: ${first.message}`, { fields })
}

/** What people may see of it. */
function shownOf({ driver, settings }: StorageEntry): NonNullable<ImportedRemote['remote']> {
  const { config, rcloneRemotes } = driverById(driver)
  const keys = rcloneRemotes?.shown ?? Object.keys(config.shape).filter((key) => settings[key] !== undefined)
  return Object.fromEntries(
    keys.map((key) => {
      // What a field would not take may have a secret in it.
      const value = config.shape[key]?.safeParse(settings[key]).success ? settings[key] : null
      return [key, typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' ? value : null]
    }),
  )
}

/** The config field that names a bucket, where the text leaves it open: then each bucket is a backend of its own. */
function openField({ driver, settings }: StorageEntry): string | null {
  const field = driverById(driver).rcloneRemotes?.bucket.field
  return field !== undefined && settings[field] === undefined ? field : null
}

async function importEntry(
  actor: Actor,
  entry: ImportEntry,
  given: ImportStorage,
  known: Known,
): Promise<ImportedRemote> {
  const { line, name, type, problems, file = null, usedBy = [] } = entry
  const empty = {
    remote: null,
    driver: null,
    source: null,
    needs: [],
    suggested_buckets: [],
    existing: [],
    backends: [],
  }
  const row = { line, file, name, type, problems, used_by: [...usedBy], ...empty }
  if (entry.kind !== 'storage') {
    return { ...row, action: entry.kind === 'other' ? 'skip' : 'refuse', reason: entry.reason }
  }
  const named = [given.buckets?.[name] ?? []].flat()
  const suggested = [...new Set([...named, ...entry.buckets])]
  const there = knownOf(known, accountKey(entry.driver, entry.settings))
  const opens = openField(entry)
  const shown = {
    ...row,
    driver: entry.driver,
    remote: shownOf(entry),
    source: sourceOf(entry.driver, entry.settings),
    needs: [...(opens !== null && suggested.length === 0 ? [opens] : []), ...entry.needs],
    suggested_buckets: suggested,
    existing: there.flatMap(({ id, ...backend }) => (id === null ? [] : [{ id, ...backend }])),
  }
  const chosen = given.remotes?.filter((remote) => remote.name === name)
  if (chosen?.length === 0) return { ...shown, action: 'skip', reason: 'Not chosen.' }
  const wanted = wantedOf(chosen ?? [], opens === null ? null : suggested)
  if (wanted.length === 0) return { ...shown, ...withoutBucket(there, given.dry_run) }

  const backends: PlannedBackend[] = []
  for (const one of wanted) {
    const planned = plan(actor, entry, one, { given, known, isOneOfMany: wanted.length > 1 })
    backends.push(await carryOut(actor, entry, { planned, wanted: one, given }))
    if (planned.action !== 'create') continue
    known.names.add(planned.name)
    if (planned.mount) known.mountNames.add(planned.mount.name)
    const account = accountKey(entry.driver, configOf(entry, one))
    addKnown(known, account, { id: null, name: planned.name, bucket: planned.bucket })
  }
  const summary =
    backends.find(({ action }) => action === 'create') ?? backends.find(({ action }) => action === 'refuse')
  const { action, reason } = summary ?? backends[0] ?? { action: 'skip' as const, reason: null }
  return { ...shown, action, reason, backends }
}

interface Wanted extends Omit<ChosenRemote, 'name' | 'bucket'> {
  /** Null where the settings are complete without one. */
  bucket: string | null
}

/** An entry without a bucket stands for the buckets that the text names. */
function wantedOf(chosen: readonly ChosenRemote[], suggested: readonly string[] | null): Wanted[] {
  const given: readonly Omit<ChosenRemote, 'name'>[] = chosen.length > 0 ? chosen : [{}]
  return given.flatMap(({ bucket, config, ...names }): Wanted[] => {
    if (suggested === null) return [{ bucket: bucket ?? null, config, ...names }]
    const buckets = bucket ? [bucket] : suggested
    return buckets.map((one) => ({ bucket: one, config, ...(buckets.length === 1 ? names : {}) }))
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

function plan(
  actor: Actor,
  entry: StorageEntry,
  wanted: Wanted,
  { given, known, isOneOfMany }: { given: ImportStorage; known: Known; isOneOfMany: boolean },
): PlannedBackend {
  const bucket = wanted.bucket ?? bucketIn(entry)
  const both = `${entry.name} ${bucket}`.trim().slice(0, 100)
  const isFree = !isOneOfMany && !known.names.has(entry.name)
  const name = wanted.backend_name ?? (isFree ? entry.name : both)
  const planned = { bucket, name, backend_id: null, mount: null }
  if (wanted.bucket !== null && driverById(entry.driver).rcloneRemotes === undefined)
    return { ...planned, action: 'refuse', reason: 'A storage of this type has no buckets; leave "bucket" out.' }
  const config = configOf(entry, wanted)
  const same = knownOf(known, accountKey(entry.driver, config)).find((one) => one.bucket === bucket)
  if (same) {
    const what = bucket === '' ? 'this storage' : 'this bucket on this server with this key'
    return { ...planned, backend_id: same.id, action: 'skip', reason: `Backend '${same.name}' is ${what} already.` }
  }
  if (known.names.has(name)) {
    return { ...planned, action: 'refuse', reason: `Backend '${name}' already exists; give another "backend_name".` }
  }
  const lacking = entry.needs.filter((field) => config[field] === undefined || config[field] === '')
  if (lacking.length > 0) {
    const reason = `The text does not tell ${lacking.map((field) => `"${field}"`).join(' and ')}: enter it in "config" of this entry.`
    return { ...planned, action: given.dry_run ? 'create' : 'refuse', reason }
  }
  const problem = problemOf(name, entry.driver, config)
  if (problem !== null) return { ...planned, action: 'refuse', reason: problem }
  const mount = planMount(actor, entry, name, { given, chosen: wanted, known })
  return { ...planned, action: 'create', reason: null, mount }
}

function bucketIn({ driver, settings }: StorageEntry): string {
  const field = driverById(driver).rcloneRemotes?.bucket.field
  return field === undefined ? '' : String(settings[field] ?? '')
}

/** The flat config of the backend. */
function configOf({ driver, settings }: StorageEntry, { bucket, config }: Wanted): Record<string, unknown> {
  const own = bucket === null ? {} : driverById(driver).rcloneRemotes?.forBucket(settings, bucket)
  return { ...settings, ...own, ...config }
}

function problemOf(name: string, driver: string, config: Record<string, unknown>): string | null {
  const named = BackendName.safeParse(name)
  if (!named.success) return named.error.issues[0]?.message ?? 'The name cannot be used.'
  try {
    parseBackendInput(driver, config)
    return null
  } catch (error) {
    if (error instanceof HoldfastError) return error.fields?.[0]?.message ?? error.message
    throw error
  }
}

async function carryOut(
  actor: Actor,
  entry: StorageEntry,
  { planned, wanted, given }: { planned: PlannedBackend; wanted: Wanted; given: ImportStorage },
): Promise<PlannedBackend> {
  if (given.dry_run || planned.action !== 'create') return planned
  try {
    const config = configOf(entry, wanted)
    const { id } = await createBackend(actor, { name: planned.name, type: entry.driver, config })
    const made = { ...planned, backend_id: id }
    return { ...made, mount: await makeMount(actor, entry, made, given) }
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.status >= 500) throw error
    return { ...planned, action: 'refuse', reason: error.message }
  }
}
