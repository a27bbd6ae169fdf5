import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize, systemActor } from '@/lib/auth/actor'
import { hashOpaqueToken, newOpaqueToken } from '@/lib/auth/opaque-token'
import { badField } from '@/lib/bad-field'
import { cachedJson } from '@/lib/db/cached-json'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged, publishWanted } from '@/lib/events/process-bus'
import { agentUpdateFor, type OfferedPackage } from '@/lib/hosts/agent-update'
import * as repository from '@/lib/hosts/repository'
import type {
  EnrollHost,
  HostRow,
  HostView,
  InstallTools,
  JoinInstructions,
  ListHosts,
  UpdateHost,
} from '@/lib/hosts/schema'
import { hostRow, hostView, missingTools } from '@/lib/hosts/view'
import { newId } from '@/lib/ids'
import { fleetDoor } from '@/lib/installation/service'
import { type Settled, settleMembership } from '@/lib/mounts/membership'
import { addMounts, isAway, isSilent, type MountCounts, NO_MOUNTS } from '@/lib/mounts/state'
import { labelsOf } from '@/lib/mounts/targets'
import type { OperationKind, OperationPayload } from '@/lib/operations/schema'
import { announceOperation, startOperation } from '@/lib/operations/service'

/** As `listHosts`, as the JSON that goes over the wire. */
export function listHostsJson(actor: Actor, query: z.infer<typeof ListHosts>): Promise<string> {
  authorize(actor, 'hosts.read')
  return cachedJson(`hosts ${JSON.stringify(query)}`, () => listHosts(actor, query))
}

export async function listHosts(
  actor: Actor,
  query: z.infer<typeof ListHosts>,
): Promise<{ data: HostRow[]; total: number; nextCursor?: string }> {
  authorize(actor, 'hosts.read')
  const filter = { statuses: query.status, ids: await idsMatching(query) }
  const [rows, total, mounts] = await Promise.all([
    repository.findPage(filter, query.cursor, query.limit + 1),
    repository.count(filter),
    repository.countMounts(),
  ])
  const page = await withLocalFault(rows.slice(0, query.limit))
  const mountsOf = Map.groupBy(mounts, ({ hostId }) => hostId)
  const last = page.at(-1)
  return {
    data: page.map((row) => hostRow(row, mountCounts(row, mountsOf.get(row.id)))),
    total,
    ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}),
  }
}

/** Of this machine the supervisor knows better than the controller, which only gets no answer. */
async function withLocalFault(rows: repository.HostRecord[]): Promise<repository.HostRecord[]> {
  if (!rows.some((row) => row.isLocal && row.observedStatus !== 'online')) return rows
  const fault = await repository.findLocalAgentFault()
  if (fault === null) return rows
  return rows.map((row) => (row.isLocal && row.observedStatus !== 'online' ? { ...row, observedError: fault } : row))
}

/** Compared here and not in the database: the two engines disagree about case, and about what is within JSON. */
async function idsMatching({ search, label }: z.infer<typeof ListHosts>): Promise<string[] | undefined> {
  if (search === undefined && label === undefined) return undefined
  const wanted = search?.toLowerCase() ?? ''
  const byKey = [...Map.groupBy(label ?? [], (entry) => entry.slice(0, entry.indexOf('='))).values()]
  const hosts = await repository.findNames()
  return hosts
    .filter((host) => {
      if (!`${host.name} ${host.address}`.toLowerCase().includes(wanted)) return false
      const has = new Set(Object.entries(labelsOf(host.labels)).map(([key, value]) => `${key}=${value}`))
      return byKey.every((alternatives) => alternatives.some((entry) => has.has(entry)))
    })
    .map((host) => host.id)
}

function mountCounts(
  host: repository.HostRecord,
  groups: Awaited<ReturnType<typeof repository.countMounts>> = [],
): MountCounts {
  const away = { isAway: isAway(host, host.observedAt) }
  return groups.reduce((counts, { desiredState, observedState, observedProven, attempts, _count }) => {
    const rows = { ...away, desired: desiredState, seen: observedState, proven: observedProven, attempts }
    const { observedError: wrong } = _count
    const withWrong = addMounts(counts, { ...rows, hasError: true, number: wrong })
    return addMounts(withWrong, { ...rows, hasError: false, number: _count._all - wrong })
  }, NO_MOUNTS)
}

export async function getHost(actor: Actor, id: string): Promise<HostView> {
  authorize(actor, 'hosts.read')
  return readHost(id)
}

/** For services that have authorised the caller. Throws `not_found`. */
export async function requireHost(id: string): Promise<void> {
  if (!(await repository.findById(id))) throw notFound()
}

async function readHost(id: string): Promise<HostView> {
  const [row, mounts, door] = await Promise.all([
    repository.findById(id),
    repository.countMounts(id),
    fleetDoor().catch(() => null),
  ])
  if (!row) throw notFound()
  const [shown = row] = await withLocalFault([row])
  return hostView(shown, mountCounts(shown, mounts), (info) =>
    agentUpdateFor(row, info, door?.agentPackage ?? null, (offered) => fetchCommand(door?.url ?? '', offered)),
  )
}

export async function updateHost(
  actor: Actor,
  id: string,
  given: z.infer<typeof UpdateHost>,
  ifMatch?: number,
): Promise<HostView> {
  authorize(actor, 'hosts.admin')
  const settled = await inTransaction(async (tx) => {
    const before = await repository.findById(id, tx)
    if (!before) throw notFound()
    const change = {
      ...(given.name === undefined ? {} : { name: given.name }),
      ...(given.address === undefined ? {} : { address: given.address }),
      ...(given.labels === undefined ? {} : { labels: given.labels }),
    }
    const isUpdated = await conflictOn(
      () => repository.update(tx, id, change, ifMatch),
      () => `Host '${given.name}' already exists`,
    )
    if (!isUpdated) throw new HoldfastError('precondition_failed', 'The host was changed since you read it.')
    await recordAudit(tx, actor, {
      action: 'host.updated',
      target: { kind: 'host', id, name: before.name },
      change: { before: { name: before.name, address: before.address, labels: before.labels }, after: change },
    })
    return given.labels === undefined ? [] : settleMembership(tx, { hostId: id })
  })
  tellSettled(settled)
  publishWanted('host', id)
  return readHost(id)
}

/**
 * The controller cuts the connection and never renews the certificate. What is mounted there stays as it is: Holdfast can no
 * longer reach it.
 */
export async function revokeHost(actor: Actor, id: string): Promise<HostView> {
  authorize(actor, 'hosts.admin')
  const settled = await inTransaction(async (tx) => {
    const host = await repository.findById(id, tx)
    if (!host) throw notFound()
    if (host.revokedAt !== null) return []
    await repository.update(tx, id, { revokedAt: new Date() })
    await repository.dropConnections(tx, id)
    await recordAudit(tx, actor, { action: 'host.revoked', target: { kind: 'host', id, name: host.name } })
    return settleMembership(tx, { hostId: id })
  })
  tellSettled(settled)
  publishWanted('host', id)
  return readHost(id)
}

/** Only a revoked host can be deleted, so that nobody deletes one that still mounts. */
export async function deleteHost(actor: Actor, id: string): Promise<void> {
  authorize(actor, 'hosts.admin')
  await inTransaction(async (tx) => {
    const host = await repository.findById(id, tx)
    if (!host) throw notFound()
    if (host.revokedAt === null) throw new HoldfastError('conflict', 'Revoke the host first; then it can be deleted.')
    await repository.remove(tx, id)
    await recordAudit(tx, actor, { action: 'host.deleted', target: { kind: 'host', id, name: host.name } })
  })
  publishWanted('host', id)
  publishChanged('host', id)
}

/** Read the host's facts and state again. Returns the operation's id. */
export async function refreshHost(actor: Actor, id: string): Promise<string> {
  authorize(actor, 'hosts.refresh')
  return startOnHost(actor, id, 'host.refresh', 'host.refreshed', { hostId: id })
}

/** Asks what else is mounted on the host or stands in its fstab. Returns the operation's id. */
export async function lookForMounts(
  actor: Actor,
  id: string,
  permission: 'hosts.refresh' | 'mounts.write' = 'hosts.refresh',
): Promise<string> {
  authorize(actor, permission)
  return startOnHost(actor, id, 'host.existing_mounts', 'host.mounts_listed', { hostId: id })
}

/** Installs the packages that bring these commands, on the host, with its own package manager. Returns the operation's id. */
export async function installTools(actor: Actor, id: string, given: z.infer<typeof InstallTools>): Promise<string> {
  authorize(actor, 'hosts.admin')
  return startOnHost(actor, id, 'host.install_tools', 'host.tools_requested', { hostId: id, commands: given.commands })
}

/** Replaces the agent of this host by the one that the controller has. Returns the operation's id. */
export async function updateAgent(actor: Actor, id: string): Promise<string> {
  authorize(actor, 'hosts.admin')
  if ((await repository.findById(id))?.isLocal) {
    throw new HoldfastError(
      'conflict',
      'The agent of this machine comes with Holdfast: update that, and start it again.',
    )
  }
  return startOnHost(actor, id, 'host.update_agent', 'host.agent_update_requested', { hostId: id })
}

async function startOnHost<K extends OperationKind>(
  actor: Actor,
  hostId: string,
  kind: K,
  action: string,
  payload: OperationPayload<K>,
): Promise<string> {
  const operation = await inTransaction(async (tx) => {
    const host = await repository.findById(hostId, tx)
    if (!host) throw notFound()
    if (host.revokedAt !== null) throw new HoldfastError('conflict', `Host '${host.name}' was revoked.`)
    const target = { kind: 'host', id: hostId, name: host.name }
    const started = await startOperation(tx, actor, { kind, target, payload, hostIds: [hostId] })
    await recordAudit(tx, actor, { action, target, change: { ...payload, operation: started } })
    return started
  })
  announceOperation(operation)
  return operation
}

/**
 * The host to ask about a storage type: the one that is named, otherwise one that answers, first of all one with all the
 * tools of the type, and this machine's before others.
 * Throws `invalid_input` for an unknown or revoked one and `host_unreachable` when there is none.
 */
export async function chooseHost(hostId: string | undefined, driver: string): Promise<{ id: string; name: string }> {
  const usable = await repository.findUsable()
  if (hostId !== undefined) {
    const named = usable.find((host) => host.id === hostId)
    if (named) return named
    const message = 'There is no such host, or it was revoked; choose another one.'
    throw badField('host_id', message)
  }
  // One that nobody has asked since the start may well answer.
  const likely = usable.filter((host) => !isSilent(host.observedStatus))
  const rank = (host: (typeof likely)[number]) =>
    (host.observedStatus === 'online' ? 0 : 4) +
    (missingTools(host.observedInfo, driver).length > 0 ? 2 : 0) +
    (host.isLocal ? 0 : 1)
  const chosen = likely.toSorted((a, b) => rank(a) - rank(b))[0]
  if (chosen) return chosen
  throw new HoldfastError('host_unreachable', 'No host is online. Add a host, or start its agent, and try again.')
}

/** Mounts that this host has got or lost. The controller carries it out on the host. */
function tellSettled(settled: readonly Settled[]): void {
  for (const { mountId } of settled) publishChanged('mount', mountId)
}

function notFound(): HoldfastError {
  return new HoldfastError('not_found', 'Host not found')
}

// ---- joining -----------------------------------------------------------------------------------------------------------

const TOKEN_LASTS_MS = 15 * 60_000

/** A join token, for one host and a quarter of an hour, and the command that uses it. The answer is the only place that has it. */
export async function enrollHost(
  actor: Actor,
  given: z.infer<typeof EnrollHost>,
  now = new Date(),
): Promise<JoinInstructions> {
  authorize(actor, 'hosts.admin')
  const { url, caFingerprint, agentPackage } = await fleetDoor()
  const token = newOpaqueToken('hfj')
  const id = newId('joinToken')
  const expiresAt = new Date(now.getTime() + TOKEN_LASTS_MS)
  await inTransaction(async (tx) => {
    await repository.insertJoinToken(tx, {
      id,
      tokenHash: hashOpaqueToken(token),
      hostName: given.name ?? null,
      labels: given.labels ?? null,
      createdBy: actor.name,
      expiresAt,
    })
    await recordAudit(tx, actor, {
      action: 'host.invited',
      target: { kind: 'join_token', id, name: given.name ?? 'any host' },
      change: { labels: given.labels ?? {}, expires_at: expiresAt },
    })
  })
  const join = `holdfast-agent join ${url} ${token} --ca ${caFingerprint}`
  return {
    token_id: id,
    token,
    command: join,
    install_command: agentPackage && `${fetchCommand(url, agentPackage)} && \\\n  ${join}`,
    url,
    ca_fingerprint: caFingerprint,
    expires_at: expiresAt.toISOString(),
  }
}

/** The checksum makes the download safe: nothing that it does not match is unpacked, whoever answered. */
function fetchCommand(url: string, { file, sha256 }: Pick<OfferedPackage, 'file' | 'sha256'>): string {
  return [
    'cd "$(mktemp -d)"',
    `curl -fsSkO ${url}/v1/agent/${file}`,
    `echo "${sha256}  ${file}" | sha256sum -c --quiet`,
    `tar -xzf ${file}`,
    './holdfast-agent/holdfast-agent install',
  ].join(' && \\\n  ')
}

/** For the supervisor: is there a host of this id? */
export async function isHost(id: string): Promise<boolean> {
  return (await repository.findById(id)) !== null
}

/** For the supervisor, at every start: why the agent of this machine does not run, in a sentence; null when it does. */
export async function setLocalAgentFault(fault: string | null): Promise<void> {
  await inTransaction((tx) => repository.writeLocalAgentFault(tx, fault))
}

/**
 * For the supervisor, at every start: this host is the machine that it runs on, and its agent listens at `address`. A host that
 * it was under an earlier identity is that no more.
 */
export async function markLocalHost(id: string, address: string): Promise<void> {
  await inTransaction(async (tx) => {
    const host = await repository.findById(id, tx)
    if (!host) throw notFound()
    await repository.unmarkLocal(tx, id)
    if (host.isLocal && host.address === address) return
    await repository.update(tx, id, { isLocal: true, address })
    const target = { kind: 'host', id, name: host.name }
    await recordAudit(tx, systemActor('supervisor'), {
      action: 'host.updated',
      target,
      change: { is_local: true, address },
    })
  })
}
