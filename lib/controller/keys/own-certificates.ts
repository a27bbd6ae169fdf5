import { hostname } from 'node:os'
import type { ClientIdentity } from '@/lib/agent-client/client'
import type { FleetCa, KeyPair } from '@/lib/controller/fleet/fleet-ca'

export interface FleetAddress {
  fleetHost: string
  fleetUrl: string
  /** Of the relay, for web processes on other machines. */
  relay?: { host: string; url?: string | undefined }
}

/** Half of its life is over. */
function isDue(pair: KeyPair): boolean {
  return pair.notAfter.getTime() - Date.now() < 3.5 * 86_400_000
}

/** What the controller shows of itself: to agents that it calls, and to hosts that call its fleet port. */
export class OwnCertificates {
  readonly #ca: FleetCa
  readonly #address: FleetAddress
  #client: KeyPair
  #port: KeyPair

  static async issue(ca: FleetCa, address: FleetAddress): Promise<OwnCertificates> {
    return new OwnCertificates(ca, address, await ca.issueController(), await ca.issueFleetPort(fleetNames(address)))
  }

  private constructor(ca: FleetCa, address: FleetAddress, client: KeyPair, port: KeyPair) {
    this.#ca = ca
    this.#address = address
    this.#client = client
    this.#port = port
  }

  get identity(): ClientIdentity {
    const { key, certificate } = this.#client
    return { installationId: this.#ca.installationId, authorities: this.#ca.authorities, key, certificate }
  }

  /** Until when both hold. */
  get notAfter(): { client: Date; port: Date } {
    return { client: this.#client.notAfter, port: this.#port.notAfter }
  }

  get port(): KeyPair {
    return this.#port
  }

  /** New ones when half of their life is over, or at once; says which. */
  async renew(force: boolean): Promise<{ client: boolean; port: boolean }> {
    const renewed = { client: force || isDue(this.#client), port: force || isDue(this.#port) }
    if (renewed.client) this.#client = await this.#ca.issueController()
    if (renewed.port) this.#port = await this.#ca.issueFleetPort(fleetNames(this.#address))
    return renewed
  }
}

/** Names under which hosts call the fleet port, and web processes the relay. */
function fleetNames({ fleetUrl, fleetHost, relay }: FleetAddress): string[] {
  const names = ['localhost', '127.0.0.1']
  for (const url of [fleetUrl, relay?.url]) if (url !== undefined) names.push(bareHost(url))
  for (const host of [fleetHost, relay?.host ?? fleetHost]) {
    names.push(host === '0.0.0.0' || host === '::' ? hostname() : host)
  }
  return [...new Set(names)]
}

function bareHost(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}
