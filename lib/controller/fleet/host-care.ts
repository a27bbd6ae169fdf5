import pLimit from 'p-limit'
import type { AgentClient } from '@/lib/agent-client/client'
import { CLOCK_WARNING_MS, span } from '@/lib/agent-protocol/clock'
import type { FleetCa } from '@/lib/controller/fleet/fleet-ca'
import type { DirectoryHost, HostDirectory } from '@/lib/controller/fleet/host-directory'
import { saveCertificate, saveHostInfo } from '@/lib/controller/fleet/hosts-repository'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'

const INFO_EVERY_MS = 10 * 60_000
const RENEWAL_CHECK_MS = 60 * 60_000
/** Half of the 30 days that a host's certificate lives. */
const RENEW_BEFORE_MS = 15 * 86_400_000

export interface CareParts {
  prisma: PrismaClient
  bus: Bus
  client: AgentClient
  directory: HostDirectory
  ca: FleetCa
  log: Log
  owns(hostId: string): boolean
}

/** What a host needs now and then: its facts read again, its certificate renewed in time. */
export class HostCare {
  readonly #parts: CareParts
  readonly #limiter = pLimit(16)
  readonly #timers: NodeJS.Timeout[] = []

  constructor(parts: CareParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timers.push(
      setInterval(() => this.#each((host) => this.refreshInfo(host)), INFO_EVERY_MS),
      setInterval(() => this.#each((host) => this.renewIfDue(host)), RENEWAL_CHECK_MS),
    )
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  /** A host has come online. Its failures are logged, not thrown. */
  cameUp(host: DirectoryHost): void {
    this.#later(host, async () => {
      await this.refreshInfo(host)
      await this.renewIfDue(host)
    })
  }

  /** Reads and stores the host's facts. */
  async refreshInfo(host: DirectoryHost): Promise<void> {
    const { client, prisma, bus } = this.#parts
    const askedAt = Date.now()
    const info = await client.call(host, 'info', {})
    const skewMs = Math.round(Date.parse(info.now) - (askedAt + Date.now()) / 2)
    if (Math.abs(skewMs) >= CLOCK_WARNING_MS) {
      this.#parts.log.warn('the clocks of this controller and a host do not agree; set both by NTP', {
        hostId: host.hostId,
        controller: new Date().toISOString(),
        host: info.now,
        difference: span(skewMs),
      })
    }
    await retryContention(() => saveHostInfo(prisma, host.hostId, info, skewMs))
    bus.publish({ topic: 'host', id: host.hostId, kind: 'changed' })
  }

  async renewIfDue(host: DirectoryHost, now = Date.now()): Promise<void> {
    const { certificateNotAfter } = host
    if (certificateNotAfter !== null && certificateNotAfter.getTime() - now > RENEW_BEFORE_MS) return
    await this.renew(host)
  }

  /** The host makes a new key; this certifies it. The old certificate is good until the host has put the new one to use. */
  async renew(host: DirectoryHost): Promise<void> {
    const { client, ca, prisma, bus, log } = this.#parts
    const { csr } = await client.call(host, 'requestCertificate', {})
    const issued = await ca.issueHost(host.hostId, csr)
    await client.call(host, 'installCertificate', { certificate: issued.certificate, authorities: ca.authorities })
    await retryContention(() => saveCertificate(prisma, host.hostId, issued.serial, issued.notAfter))
    host.certificateSerial = issued.serial
    host.certificateNotAfter = issued.notAfter
    log.info('a host certificate was renewed', { hostId: host.hostId, notAfter: issued.notAfter })
    bus.publish({ topic: 'host', id: host.hostId, kind: 'changed' })
  }

  #each(work: (host: DirectoryHost) => Promise<void>): void {
    const { directory, owns } = this.#parts
    for (const host of directory.all())
      if (host.status === 'online' && owns(host.hostId)) this.#later(host, () => work(host))
  }

  #later(host: DirectoryHost, work: () => Promise<void>): void {
    this.#limiter(work).catch((error) => {
      const code = error instanceof HoldfastError ? error.code : 'internal'
      this.#parts.log.warn('a host could not be looked after', { hostId: host.hostId, code, error })
    })
  }
}
