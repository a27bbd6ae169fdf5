import type { DirectoryHost, HostDirectory } from '@/lib/controller/fleet/host-directory'
import type { Epoch } from '@/lib/controller/leadership/epoch'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import type { Reconciler } from '@/lib/controller/resources/reconcile'
import type { PrismaClient } from '@/lib/db/client'
import type { Bus } from '@/lib/events/bus'
import type { ChangeEvent } from '@/lib/events/schema'
import type { Log } from '@/lib/log'

/** The operation that comes with a wish goes first. */
const AFTER_OPERATION_MS = 1_000

export interface NewsParts {
  prisma: PrismaClient
  bus: Bus
  directory: HostDirectory
  kinds: ResourceKinds
  epoch: Epoch
  reconciler: Reconciler
  log: Log
  isLeader(): boolean
}

/**
 * What the leader does about news, its own and that of other processes. A controller that does not lead passes on what it finds out
 * about its hosts.
 */
export class News {
  readonly #parts: NewsParts

  constructor(parts: NewsParts) {
    this.#parts = parts
  }

  /** Another process has said this. */
  hear({ topic, id, kind }: ChangeEvent): void {
    const { kinds, prisma, epoch, isLeader } = this.#parts
    if (topic === 'host') void this.refreshDirectory()
    if (kind !== 'wanted' || !isLeader()) return
    if (topic === 'host') this.#isBack(id)
    if (topic === 'setting') void epoch.confirmed()
    for (const of of kinds.all()) if (of.topic === topic) void this.#pokeHosts(of.desired.hostsOf(prisma, id))
  }

  /** A host has come online, or its agent was started again. */
  cameUp(hostId: string): void {
    if (this.#parts.isLeader()) this.#isBack(hostId)
    else this.#passOn(hostId)
  }

  /** Something of this host may need work. */
  hostNeedsLook(hostId: string): void {
    if (this.#parts.isLeader()) this.#parts.reconciler.poke(hostId)
    else this.#passOn(hostId)
  }

  async enrolled(hostId: string): Promise<void> {
    this.#parts.bus.publish({ topic: 'host', id: hostId, kind: 'changed' })
    await this.refreshDirectory()
  }

  async refreshDirectory(): Promise<void> {
    const { directory, log } = this.#parts
    await directory.refresh().catch((error) => log.error('the list of hosts could not be read', { error }))
  }

  #isBack(hostId: DirectoryHost['hostId']): void {
    this.#parts.epoch.cameUp(hostId)
    this.#parts.reconciler.isBack(hostId)
  }

  #passOn(hostId: string): void {
    this.#parts.bus.publish({ topic: 'host', id: hostId, kind: 'wanted' })
  }

  async #pokeHosts(hostIds: Promise<string[]>): Promise<void> {
    try {
      for (const hostId of await hostIds) this.#parts.reconciler.poke(hostId, AFTER_OPERATION_MS)
    } catch (error) {
      this.#parts.log.error('the hosts of a change could not be read', { error })
    }
  }
}
