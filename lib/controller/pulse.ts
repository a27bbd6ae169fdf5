import { hostname } from 'node:os'
import type { Prisma, PrismaClient } from '@/lib/db/client'
import { PULSE_PREFIX, type Pulse } from '@/lib/health/schema'
import type { Log } from '@/lib/log'
import { watchProcess } from '@/lib/process-figures'

export interface PulseParts {
  prisma: PrismaClient
  /** Its own among all controllers. */
  holder: string
  version: string
  log: Log
  /** What it knows of itself at this moment. */
  facts(): Pick<Pulse, 'is_leader' | 'ended' | 'sweep' | 'certificates' | 'sealing_keys' | 'relay'>
}

const EVERY_MS = 10_000

/** Writes down every few seconds how this controller does, so that the web process can show it. */
export class ControllerPulse {
  readonly #parts: PulseParts
  readonly #process: ReturnType<typeof watchProcess>
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: PulseParts, everyMs = EVERY_MS) {
    this.#parts = parts
    this.#everyMs = everyMs
    this.#process = watchProcess(parts.version)
  }

  start(): void {
    void this.beat()
    this.#timer = setInterval(() => void this.beat(), this.#everyMs)
  }

  /** One row, written again. A failure is logged: a database that takes no write shows by the silence. */
  beat(): Promise<void> {
    this.#writing = this.#writing
      .then(() => this.#write())
      .catch((error: unknown) => this.#parts.log.warn('how this controller does was not stored', { error }))
    return this.#writing
  }

  /** Takes its row back: who has stopped in order is not missed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#process.stop()
    await this.#writing
    await this.#parts.prisma.setting.deleteMany({ where: { key: this.#key } }).catch(() => undefined)
  }

  get #key(): string {
    return `${PULSE_PREFIX}${this.#parts.holder}`
  }

  async #write(): Promise<void> {
    const pulse: Pulse = {
      at: new Date().toISOString(),
      every_ms: this.#everyMs,
      machine: hostname(),
      process: this.#process.read(),
      ...this.#parts.facts(),
    }
    const value: Prisma.InputJsonValue = pulse
    const key = this.#key
    await this.#parts.prisma.setting.upsert({ where: { key }, create: { key, value }, update: { value } })
  }
}
