import type { Db, Prisma } from '@/lib/db/client'
import { type IdKind, newId } from '@/lib/ids'

let counter = 0
/** Names are unique in the database, so every row gets its own. */
function nextName(kind: string): string {
  counter += 1
  return `${kind}-${counter}`
}

let latest = 0
/** Ids of one millisecond have no order; rows that are made one after the other sort so. */
function nextId(kind: IdKind): string {
  latest = Math.max(latest + 1, Date.now())
  return newId(kind, latest)
}

export function makeUser(db: Db, over: Partial<Prisma.UserUncheckedCreateInput> = {}) {
  const data = { id: nextId('user'), username: nextName('user'), passwordHash: 'not-a-hash', role: 'admin' } as const
  return db.user.create({ data: { ...data, ...over } })
}

export function makeHost(db: Db, over: Partial<Prisma.HostUncheckedCreateInput> = {}) {
  const data = { id: nextId('host'), name: nextName('host'), address: '127.0.0.1:7443', labels: {} }
  return db.host.create({ data: { ...data, ...over } })
}

export function makeBackend(db: Db, over: Partial<Prisma.BackendUncheckedCreateInput> = {}) {
  const name = nextName('backend')
  const data = {
    id: nextId('backend'),
    name,
    driver: 'local-dir',
    config: { path: `/srv/${name}` },
    source: `/srv/${name}`,
  }
  return db.backend.create({ data: { ...data, ...over } })
}

/** A mount of a new backend, unless `backendId` is given, on `hostIds`. */
export async function makeMount(
  db: Db,
  { hostIds = [], ...over }: Partial<Prisma.MountUncheckedCreateInput> & { hostIds?: string[] } = {},
) {
  const backendId = over.backendId ?? (await makeBackend(db)).id
  const name = nextName('mount')
  const data = { id: nextId('mount'), name, mountPoint: `/mnt/${name}` }
  return db.mount.create({
    data: { ...data, ...over, backendId, hosts: { create: hostIds.map((hostId) => ({ hostId })) } },
    include: { hosts: true },
  })
}
