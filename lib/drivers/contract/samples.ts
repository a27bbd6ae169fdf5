import type { StepId } from '@/lib/drivers/contract/steps'
import { tcpTitle } from '@/lib/drivers/contract/test-run'
import type { Connection } from '@/lib/drivers/contract/values'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'

/**
 * What tests and the demo know of a storage type, in its folder as `samples.ts`. The product never imports it. Each type is found by
 * its id, see `testing/drivers/samples.ts`.
 */
export interface DriverSamples {
  /** Of the demo: at least one. Config and secrets side by side, as a form sends them. */
  backends: readonly SampleBackend[]
  simulated: Simulated
  /** Of a type that talks to servers. */
  network?: NetworkSample
  /** Of a type that has secrets. */
  secrets?: SecretSample
}

export interface SampleBackend {
  name: string
  config: Record<string, unknown>
  /** Bytes; null where the real storage could not say (S3). */
  size: { total: number; used: number } | null
}

// ---- simulated hosts ---------------------------------------------------------------------------------------------------

export interface Layer {
  id: StepId
  title: string
  /** Why a real test leaves it out. */
  skipped?: string
}

/** Where a failure shows, and as which problem. */
export interface Met {
  at: StepId
  problem: ProblemId
}

/** How a type is tested and how it fails, in the order and the words of its driver. */
export interface Simulated {
  /** 0 where there is none. */
  port: number
  /** With `protocol` or `target` among them: there a storage fails that answers, but with an error. */
  layers: readonly Layer[]
  /** It answers nothing. */
  dead: Met
  /** It does not let the host in: a wrong secret, or an export for others. */
  denied: Met
  /** What a person may choose from. */
  choices: Readonly<Record<string, readonly string[]>>
  /** Options that the kernel shows besides those of every mount. */
  inForce?(config: Readonly<Record<string, unknown>>): readonly string[]
  /** What stands on a host where it is connected. */
  connection?(backendId: string, config: Readonly<Record<string, unknown>>): Pick<Connection, 'summary' | 'details'>
}

export const TOOL_LAYER: Layer = { id: 'tools', title: 'Programs on the host' }
export const CAPACITY_LAYER: Layer = { id: 'capacity', title: 'Capacity' }
export const MOUNT_LAYERS: readonly Layer[] = [
  { id: 'mount', title: 'Mount' },
  { id: 'write', title: 'Write, read back, delete' },
  CAPACITY_LAYER,
  { id: 'unmount', title: 'Unmount' },
]
export const TIMED_OUT: Met = { at: 'tcp', problem: 'network.timed_out' }

/** From the programs to the first word of a server. */
export function serverLayers(port: number, protocol: string): Layer[] {
  return [
    TOOL_LAYER,
    { id: 'name', title: 'Server name' },
    { id: 'tcp', title: tcpTitle(port) },
    { id: 'protocol', title: protocol },
  ]
}

// ---- for tests of every type -------------------------------------------------------------------------------------------

export interface NetworkSample {
  /** A backend at this server, flat. */
  at(server: string, port: number): { config: Record<string, unknown>; secrets?: Record<string, string> }
  /** What its programs print on a host that has them, by command. */
  tools: Readonly<Record<string, string>>
  /** Discoveries that ask the host alone. */
  asksNobody?: readonly string[]
}

/** For what a stored secret goes with. */
export interface SecretSample {
  /** Without the secret. */
  config: Record<string, unknown>
  secrets: Readonly<Record<string, string>>
  /** Another value of every setting. */
  others: Readonly<Record<string, unknown>>
  /** What another value of a setting needs beside it to be valid. */
  companions?: Readonly<Record<string, Record<string, unknown>>>
  /** The keys that decide about the destination, of these settings. */
  decides: readonly string[]
}

/** Looks like one, and is none. */
export function sampleCertificate(letter: string): string {
  return `-----BEGIN CERTIFICATE-----\n${letter.repeat(400)}\n-----END CERTIFICATE-----\n`
}

export const TB = 1e12
export const GB = 1e9
