import { z } from 'zod'
import { takenApart } from '@/lib/drivers/input'
import { type ImportEntry, MAX_STORAGES, type ReadImport, refusedImport, showable, TOO_MANY } from '@/lib/imports/entry'
import { configFrom, driverFor, withBucketByPath } from '@/lib/wolfstack/translate'

const Text = z.string().max(1024).nullish()

/** A record of storage.json. What is not here is kept by WolfStack for itself. */
const Record = z.object({
  id: Text,
  name: Text,
  type: z.string().max(64),
  source: z.string().max(1024).optional(),
  mount_point: Text,
  enabled: z.boolean().optional(),
  global: z.boolean().optional(),
  auto_mount: z.boolean().optional(),
  s3_config: z
    .object({
      access_key_id: z.string().max(1024).optional(),
      secret_access_key: Text,
      region: Text,
      endpoint: Text,
      provider: Text,
      bucket: Text,
    })
    .nullish(),
  s3_bucket: Text,
  nfs_options: Text,
  smb_config: z.object({ username: Text, password: Text, domain: Text }).nullish(),
  smb_options: Text,
})
type Record = z.infer<typeof Record>

/** The `mounts` of WolfStack's storage.json (or the list itself, as its API answers). Never throws. */
export function readWolfstack(json: unknown): ReadImport {
  const list = Array.isArray(json) ? json : (json as { mounts?: unknown; data?: unknown } | null)?.mounts
  if (!Array.isArray(list)) return refusedImport('This JSON has no list "mounts", as storage.json of WolfStack has it.')
  if (list.length > MAX_STORAGES) return refusedImport(TOO_MANY)
  return { entries: list.map(entryOf), problems: [], isRefused: false }
}

function entryOf(given: unknown, index: number): ImportEntry {
  const parsed = Record.safeParse(given)
  const named = (given ?? {}) as { name?: unknown; type?: unknown }
  const name = showable(named.name) || `mount ${index + 1}`
  const shared = { line: null, name, type: showable(named.type) || null, problems: [] }
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') || 'the record'
    return { ...shared, kind: 'refused', reason: `Check "${field}": it is not as WolfStack writes it.` }
  }
  const { data } = parsed
  const driver = driverFor(data.type)
  if (driver === null) return { ...shared, kind: 'other', reason: `There is no storage type for "${shared.type}".` }
  const { name: _name, type: _type, id: _id, enabled: _enabled, mount_point, ...record } = data
  const said = takenApart(driver, configFrom(driver, record)).flat
  const settings = withBucketByPath(driver, said)
  return {
    ...shared,
    kind: 'storage',
    driver,
    settings,
    buckets: [],
    needs: needsOf(data, settings),
    place: { mountPoint: mount_point || null, readOnly: false, isGlobal: data.global === true },
  }
}

/** Secrets that are eight bullets, or not there. */
function needsOf(record: Record, settings: Readonly<globalThis.Record<string, unknown>>): string[] {
  const wanted = [
    ...(record.s3_config ? ['access_key_id', 'secret_access_key'] : []),
    ...(record.smb_config?.username ? ['password'] : []),
  ]
  return wanted.filter((field) => !settings[field])
}
