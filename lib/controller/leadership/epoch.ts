import pLimit from 'p-limit'
import type { AgentClient } from '@/lib/agent-client/client'
import type { DirectoryHost, HostDirectory } from '@/lib/controller/fleet/host-directory'
import {
  addLeft,
  deleteConfirmation,
  deleteRestored,
  findLead,
  readConfirmation,
  readLeft,
  readRestored,
  writeRestored,
} from '@/lib/controller/leadership/epoch-repository'
import type { Leadership } from '@/lib/controller/leadership/leadership'
import { KeyedLocks } from '@/lib/controller/limits'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import { newId } from '@/lib/ids'
import type { Log } from '@/lib/log'
import { atMost } from '@/lib/pause'
import {
  type Comparison,
  compareHost,
  isAhead,
  type ShownStanding,
  type WantedResource,
} from '@/lib/restores/differences'
import { RESTORED_SENTENCE, type RestoredState } from '@/lib/restores/schema'

export interface EpochSettings {
  /** For one host, in milliseconds. */
  askMs: number
  /** The first command of a new leader waits so long for hosts that do not answer, in milliseconds. */
  firstRoundMs: number
  /** How often hosts are asked again, and while the database is behind a confirmation is looked for, in milliseconds. */
  refreshMs: number
}

export const EPOCH_DEFAULTS: EpochSettings = { askMs: 5_000, firstRoundMs: 5_000, refreshMs: 10_000 }

const HOSTS_AT_ONCE = 64
const UNMOUNT_TTL_MS = 60_000

export interface EpochParts {
  prisma: PrismaClient
  bus: Bus
  client: Pick<AgentClient, 'call' | 'send'>
  directory: Pick<HostDirectory, 'get' | 'require' | 'all'>
  leadership: Pick<Leadership, 'fence' | 'isLeader' | 'raiseFence'>
  kinds: ResourceKinds
  log: Log
  audit(tx: Db, record: { action: string; change: Record<string, unknown> }): Promise<void>
  /** The hosts follow this database again: everything that is wanted can be sent. */
  onFollowed(): void
}

function lostLead(): HoldfastError {
  return new HoldfastError(
    'unavailable',
    'This controller has lost the lead, or taken it anew; the command is sent again.',
  )
}

/**
 * Keeps a database that was restored from a backup from changing hosts which know more than it does.
 *
 * Epochs (the fence of the lead) and generations only grow in the database, and hosts learn them from commands. A host that was
 * told a higher one than the database knows therefore proves that the database has lost something. A controller that has merely
 * lost the lead is not taken for that: it goes by the lease in the database, where the new leader's fence is the higher one.
 *
 * Each new leader asks every host before its first command. When one is ahead, every command is refused, what differs is written
 * down for the console, and only an administrator's word lifts epoch and generations above what the hosts were told.
 */
export class Epoch {
  readonly #parts: EpochParts
  readonly #settings: EpochSettings
  readonly #limiter = pLimit(HOSTS_AT_ONCE)
  readonly #asking = new Map<string, Promise<void>>()
  readonly #compared = new Map<string, Comparison | 'older agent'>()
  readonly #writing = new KeyedLocks()
  #state: RestoredState | null = null
  #firstRound: Promise<void> = Promise.resolve()
  /** The fence of the lead in which hosts were compared. */
  #comparedFor: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(parts: EpochParts, settings: Partial<EpochSettings> = {}) {
    this.#parts = parts
    this.#settings = { ...EPOCH_DEFAULTS, ...settings }
  }

  start(): void {
    this.#timer = setInterval(() => void this.#refresh(), this.#settings.refreshMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** May nothing be changed on hosts now? A new leader knows when it has asked them. */
  async isHeld(): Promise<boolean> {
    this.begin()
    await this.#firstRound
    return this.#state !== null
  }

  /** Compares all hosts, once in each lead: what was found out in an earlier one may be of another database. */
  begin(): void {
    const { leadership } = this.#parts
    if (!leadership.isLeader() || leadership.fence() === this.#comparedFor) return
    this.#comparedFor = leadership.fence()
    this.#compared.clear()
    this.#asking.clear()
    this.#firstRound = this.#compareAll().catch((error: unknown) =>
      this.#parts.log.error('hosts could not be compared with the database', { error }),
    )
  }

  /** A host has come online: it is compared now and not only when there is something to send. */
  cameUp(hostId: string): void {
    if (!this.#parts.leadership.isLeader()) return
    this.begin()
    this.#compare(hostId).catch((error: unknown) =>
      this.#parts.log.debug('a host could not be compared with the database', { hostId, error }),
    )
  }

  /** A host was deleted or revoked. */
  forget(hostId: string): void {
    this.#compared.delete(hostId)
    this.#asking.delete(hostId)
  }

  /**
   * The fence for a command to this host. Throws `unavailable` without the lead, and `conflict` while the database is behind its
   * hosts; as `client.call` when the host could not be asked.
   */
  async fence(hostId: string): Promise<number> {
    const { leadership } = this.#parts
    leadership.fence()
    this.begin()
    await this.#firstRound
    this.#refuseWhenHeld()
    await this.#compare(hostId)
    this.#refuseWhenHeld()
    return leadership.fence()
  }

  /** The web process has written a confirmation. */
  async confirmed(): Promise<void> {
    try {
      await this.#writing.run('state', () => this.#follow())
    } catch (error) {
      this.#parts.log.error('the confirmed state could not be taken', { error })
    }
  }

  #refuseWhenHeld(): void {
    if (this.#state !== null) {
      throw new HoldfastError('conflict', RESTORED_SENTENCE, { details: { reason: 'restored' } })
    }
  }

  async #compareAll(): Promise<void> {
    const { prisma, directory } = this.#parts
    this.#state = await readRestored(prisma)
    // One that comes with a backup, or that an earlier leader did not get to, was not given for what is found now.
    await deleteConfirmation(prisma)
    const online = directory.all().filter(({ status }) => status === 'online')
    const round = Promise.allSettled(online.map(({ hostId }) => this.#compare(hostId)))
    await atMost(this.#settings.firstRoundMs, round)
    if (this.#state !== null) await this.#store(this.#parts.leadership.fence())
  }

  /** Hosts that could not be asked when it was their time are asked again, and while the database is behind all of them. */
  async #refresh(): Promise<void> {
    const { directory, leadership } = this.#parts
    if (!leadership.isLeader()) return
    if (this.#state !== null) await this.confirmed()
    const online = directory.all().filter(({ status }) => status === 'online')
    const ask = (host: DirectoryHost) =>
      this.#state === null ? this.#compare(host.hostId) : this.#limiter(() => this.#ask(host))
    await Promise.allSettled(online.map(ask))
  }

  /** Once in the time of a lead; callers that come meanwhile share the answer. */
  #compare(hostId: string): Promise<void> {
    if (this.#compared.has(hostId)) return Promise.resolve()
    const asking = this.#asking.get(hostId) ?? this.#limiter(() => this.#ask(this.#parts.directory.require(hostId)))
    this.#asking.set(hostId, asking)
    const done = () => {
      if (this.#asking.get(hostId) === asking) this.#asking.delete(hostId)
    }
    asking.then(done, done)
    return asking
  }

  async #ask(host: DirectoryHost): Promise<void> {
    let comparison = await this.#comparisonOf(host)
    if (comparison !== 'older agent' && comparison.differences.unknown.length > 0) {
      // It may have been removed while the host answered; what it still lists now has no row for good.
      const before = new Set(comparison.differences.unknown.map(({ id }) => id))
      comparison = await this.#comparisonOf(host, (id) => before.has(id))
    }
    if (this.#parts.directory.get(host.hostId) !== host) return
    this.#compared.set(host.hostId, comparison)
    if (comparison === 'older agent') return
    if (comparison.isBehind || this.#state !== null) await this.#store(comparison.epoch)
  }

  async #comparisonOf(host: DirectoryHost, mayBeUnknown = (_id: string) => true): Promise<Comparison | 'older agent'> {
    const { prisma, leadership } = this.#parts
    const standing = await this.#standingOf(host)
    if (standing === null) return 'older agent'
    // All after the host was asked, since they only grow; the epoch first, because wishes are lifted together with it.
    const lead = await findLead(prisma)
    if (lead?.fence !== leadership.fence()) throw lostLead()
    const rows = await this.#wantedOn(host.hostId)
    const left = (await readLeft(prisma)).get(host.hostId) ?? new Set()
    const known = new Set(rows.map(({ id }) => id))
    const resources = standing.resources.filter(({ id }) => known.has(id) || mayBeUnknown(id))
    return compareHost({ id: host.hostId, name: host.name }, { ...standing, resources }, rows, {
      epoch: lead.fence,
      left,
    })
  }

  async #wantedOn(hostId: string): Promise<WantedResource[]> {
    const rows: WantedResource[] = []
    for (const kind of this.#parts.kinds.all()) rows.push(...(await kind.restore.wanted(this.#parts.prisma, hostId)))
    return rows
  }

  async #standingOf(host: DirectoryHost): Promise<ShownStanding | null> {
    const { client, kinds } = this.#parts
    try {
      const { resources, ...standing } = await client.call(host, 'standing', {}, { timeoutMs: this.#settings.askMs })
      const shown = kinds.all().flatMap(({ name, restore }) => {
        const list: readonly unknown[] = resources[name] ?? []
        return list.map((seen) => ({ kind: name, ...restore.shown(seen) }))
      })
      return { ...standing, resources: shown }
    } catch (error) {
      // From before this question was known: it refuses what is out of date, and cannot say why.
      if (error instanceof HoldfastError && error.code === 'unsupported') return null
      throw error
    }
  }

  /** Writes down what was found in the time of this epoch. */
  #store(epoch: number): Promise<void> {
    return this.#writing.run('state', async () => {
      const { prisma, bus, log, audit, leadership } = this.#parts
      // An administrator has gone on meanwhile.
      if (epoch !== leadership.fence()) return
      const before = this.#state
      const state = this.#describe(before, epoch)
      this.#state = state
      if (before !== null && JSON.stringify(before) === JSON.stringify(state)) return
      await retryContention(() =>
        prisma.$transaction(async (tx) => {
          const stored = await readRestored(tx)
          await writeRestored(tx, state)
          if (stored === null) {
            const { highest_epoch, hosts } = state
            const change = { epoch, highest_epoch, hosts: hosts.map(({ host_name }) => host_name) }
            await audit(tx, { action: 'installation.restore_found', change })
          }
        }),
      )
      if (before === null) log.warn('the database is behind its hosts: it was restored from a backup', { ...state })
      bus.publish({ topic: 'setting', id: 'restored', kind: 'changed' })
    })
  }

  #describe(before: RestoredState | null, epoch: number): RestoredState {
    const compared = [...this.#compared.values()].filter((comparison) => comparison !== 'older agent')
    const hosts = compared
      .filter(({ isBehind, differences: { unknown, newer, missing } }) => {
        return isBehind || unknown.length + newer.length + missing.length > 0
      })
      .map(({ differences }) => differences)
      .toSorted((a, b) => a.host_name.localeCompare(b.host_name))
    const found = {
      epoch,
      highest_epoch: Math.max(epoch, ...hosts.map((host) => host.epoch).filter((told) => isAhead(told, epoch))),
      compared_hosts: compared.length,
      total_hosts: this.#parts.directory.all().length,
      hosts,
    }
    const isSame = before !== null && JSON.stringify(before.hosts) === JSON.stringify(hosts)
    return {
      found_at: before?.found_at ?? new Date().toISOString(),
      revision: isSame ? before.revision : (before?.revision ?? 0) + 1,
      ...found,
    }
  }

  /** Takes an epoch above all that hosts were told, with the wishes of the database above what they carried out. */
  async #follow(): Promise<void> {
    const { prisma, bus, log, audit, leadership, onFollowed } = this.#parts
    const confirmation = await readConfirmation(prisma)
    const state = this.#state
    if (confirmation === null || state === null || !leadership.isLeader()) return
    if (confirmation.revision !== state.revision) {
      // More has been found since, and must be seen first.
      await deleteConfirmation(prisma)
      return bus.publish({ topic: 'setting', id: 'restored', kind: 'changed' })
    }
    const compared = [...this.#compared].flatMap(([hostId, comparison]) =>
      comparison === 'older agent' ? [] : [{ hostId, ...comparison }],
    )
    const fence = await leadership.raiseFence(state.highest_epoch, async (tx, taken) => {
      const raised = await this.#raise(tx, compared)
      await addLeft(tx, state.hosts)
      await deleteRestored(tx)
      const change = { before: { epoch: state.epoch }, after: { epoch: taken, newer_changes_overruled: raised } }
      await audit(tx, { action: 'installation.epoch_taken', change })
    })
    this.#state = null
    log.warn('the hosts follow the restored database from here on', { fence, confirmedBy: confirmation.by })
    bus.publish({ topic: 'setting', id: 'restored', kind: 'changed' })
    onFollowed()
    if (confirmation.unknown_mounts === 'unmount') {
      for (const { hostId, unknown } of compared) void this.#remove(hostId, unknown, fence)
    }
  }

  /**
   * Lifts the wishes of the database above what hosts have carried out, so that these hosts take them. Returns how many rows that
   * were.
   */
  async #raise(tx: Db, hosts: readonly { hostId: string; ahead: Comparison['ahead'] }[]): Promise<number> {
    const ahead = hosts.flatMap(({ hostId, ahead: ofHost }) => ofHost.map((resource) => ({ hostId, ...resource })))
    for (const { name, restore } of this.#parts.kinds.all()) {
      const ofKind = ahead.filter(({ kind }) => kind === name)
      if (ofKind.length > 0) await restore.raise(tx, ofKind)
    }
    return ahead.length
  }

  /** Takes away what the database does not know, as an administrator has decided. What is in use stays. Never throws. */
  async #remove(hostId: string, unknown: Comparison['unknown'], fence: number): Promise<void> {
    const { prisma, client, directory, kinds, log, audit } = this.#parts
    for (const { kind, id, mountPoint, generation } of unknown) {
      const removal = kinds.get(kind).restore.removal?.(id)
      if (!removal) continue
      const about = { host_id: hostId, mount_id: id, mount_point: mountPoint }
      const envelope = { operationId: newId('operation'), resourceId: id, generation: generation + 1, fence }
      try {
        const body = { ...envelope, ttlMs: UNMOUNT_TTL_MS, ...removal.document }
        const outcome = await client.send(directory.require(hostId), removal.verb, body).then(
          (answer) => ({ removed: (answer as { removed?: boolean }).removed === true }),
          (error: unknown) => ({ removed: false, reason: toHoldfastError(error).message }),
        )
        const change = { ...about, ...outcome }
        log.info('a mount that the database does not know was to be unmounted', change)
        await retryContention(() =>
          prisma.$transaction((tx) => audit(tx, { action: 'installation.unknown_unmounted', change })),
        )
      } catch (error) {
        log.error('an unmount was not written down', { ...about, error })
      }
    }
  }
}
