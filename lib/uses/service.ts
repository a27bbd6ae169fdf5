import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Permission } from '@/lib/auth/permissions'
import { serversOf } from '@/lib/drivers/servers'
import { HoldfastError } from '@/lib/errors'
import { storedEngine } from '@/lib/pools/engine'
import type { AskedKind } from '@/lib/uses/kinds'
import { hostNode, nodesOf, serverNode } from '@/lib/uses/nodes'
import { reach } from '@/lib/uses/reach'
import * as repository from '@/lib/uses/repository'
import type { AskUses, UsesNode, UsesView } from '@/lib/uses/schema'

/** In each direction. */
const MOST = 5_000

/** Who may not read a noun does not hear of it here either. A server is a part of backends. */
const PERMISSION_OF: Readonly<Record<AskedKind, Permission>> = {
  server: 'backends.read',
  host: 'hosts.read',
  backend: 'backends.read',
  mount: 'mounts.read',
  pool: 'pools.read',
  volume: 'volumes.read',
  workload: 'workloads.read',
}

/** What is asked about, and what uses it in one step where the database has no such edge. */
interface Asked {
  of: UsesNode
  users: readonly repository.Edge[]
}

/** What something needs, and what needs it, over all steps. Throws `not_found`, also for what the actor may not read. */
export async function usesOf(actor: Actor, asked: AskUses): Promise<UsesView> {
  authorize(actor, 'api.read')
  const mayRead = ({ kind }: UsesNode) => actor.permissions.has(PERMISSION_OF[kind])
  const { of, users } = await askedOf(asked)
  if (of === undefined || !mayRead(of)) throw new HoldfastError('not_found', nothingCalled(asked))
  const known = (ids: readonly string[]) => users.filter(({ used }) => ids.includes(used))
  const [down, up] = await Promise.all([
    reach(of.id, (ids) => repository.findUsed(ids), 'used', MOST),
    reach(of.id, async (ids) => [...known(ids), ...(await repository.findUsers(ids))], 'user', MOST),
  ])
  const [needs, neededBy] = await Promise.all([nodesOf([...down.ids]), nodesOf([...up.ids])])
  const shown = { needs: needs.filter(mayRead), neededBy: neededBy.filter(mayRead) }
  const told = new Set([of, ...shown.needs, ...shown.neededBy].map((node) => node.id))
  const edges = [...down.edges, ...up.edges].filter(({ user, used }) => told.has(user) && told.has(used))
  const isCut = down.isCut || up.isCut
  return { of, needs: shown.needs, needed_by: shown.neededBy, edges, breaks: breaksOf(shown.neededBy), is_cut: isCut }
}

function nothingCalled({ server }: AskUses): string {
  if (server === undefined) return 'There is no backend, mount, pool, volume, workload or host with this id.'
  return 'No backend has a server of this name or address. Names are compared as they are written in backends.'
}

function breaksOf(nodes: readonly UsesNode[]): UsesView['breaks'] {
  const workloads = nodes.filter(({ kind }) => kind === 'workload')
  const count = (runs: boolean | null) => workloads.filter((node) => node.runs === runs).length
  return { running: count(true), stopped: count(false), unknown: count(null) }
}

async function askedOf({ of: id = '', server }: AskUses): Promise<{ of: UsesNode | undefined } & Omit<Asked, 'of'>> {
  if (server !== undefined) return askedServer(server.toLowerCase())
  const host = await repository.findHost(id)
  if (host !== null) return askedHost(host)
  const [of] = await nodesOf([id])
  return { of, users: [] }
}

/** A server is lost with every backend that has it among its own: of some, such as Ceph, others may answer instead. */
async function askedServer(name: string) {
  const backends = await backendsOf([name])
  if (backends.length === 0) return { of: undefined, users: [] }
  const of = serverNode(name)
  return { of, users: backends.map((user) => ({ user, used: of.id })) }
}

/** With a host goes what runs there, the volumes that lie on its own disks, and the backends whose server it is. */
async function askedHost(host: NonNullable<Awaited<ReturnType<typeof repository.findHost>>>): Promise<Asked> {
  const [workloads, volumes, backends] = await Promise.all([
    repository.findRunningOn(host.id),
    repository.findVolumesOn(host.id),
    backendsOf([host.name.toLowerCase(), nameIn(host.address)]),
  ])
  const own = volumes.filter(({ pool }) => storedEngine(pool.backend, pool.settings)?.sharing === 'own')
  const users = [...workloads, ...own].map(({ id }) => id)
  return { of: hostNode(host), users: [...users, ...backends].map((user) => ({ user, used: host.id })) }
}

/** Of `host:port`, in small letters; an IPv6 address loses its brackets. */
function nameIn(address: string): string {
  return address
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

async function backendsOf(servers: readonly string[]): Promise<string[]> {
  const all = await repository.findBackendConfigs()
  return all.flatMap(({ id, driver, config }) =>
    serversOf(driver, config as Record<string, unknown>).some((name) => servers.includes(name)) ? [id] : [],
  )
}
