import type { z } from 'zod'
import type { ActivityMessage, UsageMessage, WireBackend } from '@/lib/agent-protocol/messages'
import type { Usage } from '@/lib/drivers/contract/values'

/**
 * How a simulated storage behaves. `dead`: answers nothing. `denied`: does not let the host in. `readOnly`: refuses to be written.
 * `full`: no space left. `slow`: everything takes ten times as long. `broken`: answers, but with an error.
 */
export type Condition = 'healthy' | 'dead' | 'denied' | 'readOnly' | 'full' | 'slow' | 'broken'

export interface Waiting {
  files: number
  bytes: number | null
  cacheBytes?: number
}

const DEFAULT_USAGE: Usage = {
  totalBytes: 1_000_000_000,
  usedBytes: 250_000_000,
  availableBytes: 750_000_000,
  fileCount: null,
}

export interface SimulatedStoragesOptions {
  /** What a healthy storage holds; asked again whenever a host looks. Default: 1 GB, a quarter of it used. */
  usage?: (backend: WireBackend, hostId: string) => Usage
  /** How fast a mount of it is on a host. Default: hosts do not tell. */
  activity?: (backend: WireBackend, hostId: string) => z.infer<typeof ActivityMessage>
  /** What waits for it on a host when nothing else is set for it. Default: hosts do not tell. */
  waits?: (backend: WireBackend, hostId: string) => Waiting | undefined
  /** Hosts look at every question, as real ones do when usage moves; without it only when something has changed. */
  isMoving?: boolean
  /** Milliseconds that one step of an operation takes. Default 0. */
  stepMs?: number
}

/** A backend's server, portal, endpoint or directory: what fails when its storage fails. */
export function addressOf({ config }: Pick<WireBackend, 'config'>): string {
  for (const key of ['server', 'endpoint', 'base_url', 'portal', 'monitors', 'path', 'data_dir']) {
    const value = config[key]
    const text = Array.isArray(value) ? String(value[0]) : value
    if (typeof text === 'string' && text !== '') return withoutScheme(text)
  }
  return 'storage'
}

function withoutScheme(text: string): string {
  return text.replace(/^[a-z]+:\/\/([^/]+).*$/, '$1')
}

/** The storages that simulated hosts share, and what is the matter with them. */
export class SimulatedStorages {
  readonly isMoving: boolean
  /** Of what moves, hosts look again after so long. 0: at every question. */
  measureEveryMs = 0
  readonly stepMs: number
  readonly #usage: (backend: WireBackend, hostId: string) => Usage
  readonly #activity: SimulatedStoragesOptions['activity']
  readonly #waits: SimulatedStoragesOptions['waits']
  readonly #conditions = new Map<string, Condition>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #listeners = new Set<(address: string) => void>()

  constructor(options: SimulatedStoragesOptions = {}) {
    this.isMoving = options.isMoving ?? false
    this.stepMs = options.stepMs ?? 0
    this.#usage = options.usage ?? (() => DEFAULT_USAGE)
    this.#activity = options.activity
    this.#waits = options.waits
  }

  /** For every host, or as one host alone sees it. */
  set(address: string, condition: Condition, hostId?: string): void {
    const key = keyOf(address, hostId)
    if (condition === 'healthy') this.#conditions.delete(key)
    else this.#conditions.set(key, condition)
    this.#tell(address)
  }

  conditionOf(backend: WireBackend, hostId: string): Condition {
    const address = addressOf(backend)
    return this.#conditions.get(keyOf(address, hostId)) ?? this.#conditions.get(keyOf(address)) ?? 'healthy'
  }

  /** Writes that hosts could not bring to the storage yet. */
  setWaiting(address: string, waiting: Waiting | null): void {
    if (waiting === null) this.#waiting.delete(address)
    else this.#waiting.set(address, waiting)
    this.#tell(address)
  }

  waitingFor(backend: WireBackend): Waiting | undefined {
    return this.#waiting.get(addressOf(backend))
  }

  usageOf(backend: WireBackend, hostId: string): Usage {
    const condition = this.conditionOf(backend, hostId)
    const usage = this.#usage(backend, hostId)
    const waiting = this.waitingFor(backend)
    const seen =
      condition === 'full' && usage.totalBytes !== null
        ? { ...usage, usedBytes: usage.totalBytes, availableBytes: 0 }
        : usage
    return waiting === undefined ? seen : { ...seen, pending: waiting }
  }

  /** As a mount on a host tells it. */
  mountUsageOf(backend: WireBackend, hostId: string): z.infer<typeof UsageMessage> {
    const activity = this.#activity?.(backend, hostId)
    const pending = this.#waits?.(backend, hostId)
    const usage = { ...(pending && { pending }), ...this.usageOf(backend, hostId) }
    return activity === undefined ? usage : { ...usage, activity }
  }

  /** Called with the address of every storage that changes. Returns how to stop that. */
  observe(listener: (address: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(address: string): void {
    for (const listener of this.#listeners) listener(address)
  }
}

function keyOf(address: string, hostId = ''): string {
  return `${hostId} ${address}`
}
