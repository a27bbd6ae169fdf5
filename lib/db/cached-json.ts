import { type Database, database, db } from '@/lib/db/client'

interface Entry {
  version: number
  text: Promise<string>
}

const MAX_ENTRIES = 32
const entriesOf = new WeakMap<Database, Map<string, Entry>>()

/**
 * SQLite counts commits of other connections, and the connection that reads never writes: the number is the same as long as
 * nothing in the database has changed, in this process or in another one. Null on PostgreSQL, which has no such count.
 */
export async function dataVersion(): Promise<number | null> {
  if (database().provider !== 'sqlite') return null
  const [row] = await db().$queryRaw<{ version: number }[]>`SELECT data_version AS version FROM pragma_data_version`
  return row ? Number(row.version) : null
}

/**
 * The JSON of a long list, built again only when something in the database has changed. `key` names the list and its query;
 * the caller has checked who asks, so the answer must be the same for everybody who may.
 */
export async function cachedJson(key: string, build: () => Promise<unknown>): Promise<string> {
  const version = await dataVersion()
  if (version === null) return JSON.stringify(await build())
  const entries = entriesOf.get(database()) ?? new Map<string, Entry>()
  entriesOf.set(database(), entries)
  const known = entries.get(key)
  if (known?.version === version) return known.text
  const text = build().then((value) => JSON.stringify(value))
  if (entries.size >= MAX_ENTRIES) entries.clear()
  entries.set(key, { version, text })
  text.catch(() => {
    if (entries.get(key)?.text === text) entries.delete(key)
  })
  return text
}
