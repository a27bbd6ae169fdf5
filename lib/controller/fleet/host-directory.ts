import type { AgentTarget } from '@/lib/agent-client/client'
import { type FleetHost, findFleet } from '@/lib/controller/fleet/hosts-repository'
import type { PrismaClient } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'

export interface DirectoryHost extends AgentTarget {
  name: string
  status: FleetHost['status']
  certificateSerial: string | null
  certificateNotAfter: Date | null
}

export interface DirectoryEvents {
  /** A host that was not there, or has moved to another address. */
  onAdded(host: DirectoryHost): void
  /** Deleted or revoked: nothing may reach it any more. */
  onRemoved(hostId: string): void
}

/** The hosts of the fleet in memory. The database decides; `refresh` is called on news and, in case news was lost, every 20 s. */
export class HostDirectory {
  readonly #prisma: PrismaClient
  readonly #hosts = new Map<string, DirectoryHost>()
  readonly #isTracked: (hostId: string) => boolean
  #events: DirectoryEvents = { onAdded() {}, onRemoved() {} }
  #refreshing: Promise<void> | undefined
  #again = false

  /** `isTracked`: this process finds out by itself whether the host is online; of others the database tells. */
  constructor(prisma: PrismaClient, isTracked: (hostId: string) => boolean) {
    this.#prisma = prisma
    this.#isTracked = isTracked
  }

  observe(events: DirectoryEvents): void {
    this.#events = events
  }

  get(hostId: string): DirectoryHost | undefined {
    return this.#hosts.get(hostId)
  }

  /** Throws `host_unreachable` for one that is not in the fleet any more. */
  require(hostId: string): DirectoryHost {
    const host = this.#hosts.get(hostId)
    if (!host) throw new HoldfastError('host_unreachable', 'This host has been revoked or deleted.')
    return host
  }

  all(): DirectoryHost[] {
    return [...this.#hosts.values()]
  }

  /** Reads the database; calls that come while it is being read share one more reading. */
  async refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true
      return this.#refreshing
    }
    this.#refreshing = (async () => {
      do {
        this.#again = false
        this.#take(await findFleet(this.#prisma))
      } while (this.#again)
    })()
    try {
      await this.#refreshing
    } finally {
      this.#refreshing = undefined
    }
  }

  #take(rows: FleetHost[]): void {
    const seen = new Set<string>()
    for (const { id, ...row } of rows) {
      seen.add(id)
      const known = this.#hosts.get(id)
      if (!known) {
        const host: DirectoryHost = { hostId: id, ...row }
        this.#hosts.set(id, host)
        this.#events.onAdded(host)
        continue
      }
      const hasMoved = known.address !== row.address
      Object.assign(known, this.#isTracked(id) ? { ...row, status: known.status } : row)
      if (hasMoved) {
        this.#events.onRemoved(id)
        this.#events.onAdded(known)
      }
    }
    for (const id of [...this.#hosts.keys()]) {
      if (seen.has(id)) continue
      this.#hosts.delete(id)
      this.#events.onRemoved(id)
    }
  }
}
