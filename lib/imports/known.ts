import 'server-only'
import type { Actor } from '@/lib/auth/actor'
import type { BackendView } from '@/lib/backends/schema'
import { listBackends } from '@/lib/backends/service'
import { parseBackendInput } from '@/lib/drivers/input'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { everyPage } from '@/lib/every-page'
import { listMounts } from '@/lib/mounts/service'

interface KnownBackend {
  /** Null for one that this import has only planned. */
  id: string | null
  name: string
  bucket: string
}

/** The backends and mounts there are, and those that this import has planned so far. */
export interface Known {
  names: Set<string>
  /** By server and key, or by source where a type has no accounts. */
  byAccount: Map<string, KnownBackend[]>
  mountNames: Set<string>
}

export async function everythingKnown(actor: Actor): Promise<Known> {
  const known: Known = { names: new Set(), byAccount: new Map(), mountNames: new Set() }
  for (const backend of await everyPage((cursor) => listBackends(actor, { limit: 5000, cursor })))
    remember(known, backend)
  if (actor.permissions.has('mounts.read')) {
    for (const { name } of await everyPage((cursor) => listMounts(actor, { limit: 5000, cursor })))
      known.mountNames.add(name)
  }
  return known
}

function remember(known: Known, backend: BackendView): void {
  known.names.add(backend.name)
  if (!isDriverId(backend.driver)) return
  const field = driverById(backend.driver).rcloneRemotes?.bucket.field
  const bucket = field === undefined ? '' : String(backend.config[field])
  addKnown(known, accountKey(backend.driver, backend.config), { id: backend.id, name: backend.name, bucket })
}

/** The same for storages that are the same account on the same server, or, without accounts, the same source; null for one that is not complete. */
export function accountKey(driver: string, config: Readonly<Record<string, unknown>>): string | null {
  const { rcloneRemotes } = driverById(driver)
  if (rcloneRemotes !== undefined) return `${driver} ${rcloneRemotes.accountOf(config)}`
  const source = sourceOf(driver, config)
  return source === null ? null : `${driver} ${source}`
}

/** A storage in one line; null for one that is not complete. */
export function sourceOf(driver: string, config: Readonly<Record<string, unknown>>): string | null {
  try {
    return driverById(driver).describeSource(parseBackendInput(driver, { ...config }).config)
  } catch (error) {
    if (error instanceof HoldfastError) return null
    throw error
  }
}

/** Backends of this account. */
export function knownOf(known: Known, account: string | null): readonly KnownBackend[] {
  return account === null ? [] : (known.byAccount.get(account) ?? [])
}

export function addKnown(known: Known, account: string | null, entry: KnownBackend): void {
  if (account === null) return
  const before = known.byAccount.get(account)
  if (before) before.push(entry)
  else known.byAccount.set(account, [entry])
}
