import * as repository from '@/lib/controller/notifiers/heartbeat-repository'
import type { GuardedOutside } from '@/lib/controller/notifiers/outside'
import type { PrismaClient } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import { find, type HeartbeatRow } from '@/lib/heartbeat/repository'
import { HEARTBEAT_ID } from '@/lib/heartbeat/schema'
import type { Log } from '@/lib/log'
import { expectTaken } from '@/lib/notifiers/contract/http-answer'
import { SendError } from '@/lib/notifiers/contract/sender'
import { reveal, type Secret } from '@/lib/secret'

export interface HeartbeatSettings {
  /** Between two looks at whether a ping is due, in milliseconds. */
  everyMs: number
  /** One ping, in milliseconds. */
  attemptMs: number
}

const DEFAULTS: HeartbeatSettings = { everyMs: 10_000, attemptMs: 10_000 }

const MINUTE_MS = 60_000
/** After a ping that was not taken, or while Holdfast is not well: whoever waits outside has some patience. */
const AGAIN_MS = 30_000

export interface HeartbeatParts {
  prisma: PrismaClient
  bus: Bus
  log: Log
  outside: GuardedOutside
  /** The address, which nobody else can open. */
  open(sealed: string): Promise<Secret>
  /** What is wrong with this controller, a sentence; null: it is well. */
  unwell(now: Date): string | null
  isLeader(): boolean
}

/**
 * Dead-man's switch: pings an outside address while this controller leads and is well, so that somebody is told when nothing here can tell
 * any more. That the database takes writes is proved by the write that each ping begins with.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts
  readonly #settings: HeartbeatSettings
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #unsubscribe = () => {}
  #beating: Promise<void> | undefined
  /** Somebody waits; the ping that is under way may be about something else. */
  #isWanted = false

  constructor(parts: HeartbeatParts, settings: Partial<HeartbeatSettings> = {}) {
    this.#parts = parts
    this.#settings = { ...DEFAULTS, ...settings }
  }

  start(): void {
    this.#unsubscribe = this.#parts.bus.subscribe(({ topic, id, kind }) => {
      if (topic === 'notifier' && id === HEARTBEAT_ID && kind === 'wanted') this.#poke()
    })
    this.#timer = setInterval(() => this.#poke(), this.#settings.everyMs)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#unsubscribe()
    this.#stop.abort()
    await this.#beating
  }

  #poke(): void {
    this.#isWanted = true
    this.#beating ??= this.#run().finally(() => {
      this.#beating = undefined
    })
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#stop.signal.aborted) {
      this.#isWanted = false
      await this.beat().catch((error: unknown) => this.#parts.log.error('no ping could be sent', { error }))
    }
  }

  /** Pings once if it is due and all is well, or if somebody asks for it. */
  async beat(now = new Date()): Promise<void> {
    const { prisma, bus, log, unwell, isLeader } = this.#parts
    if (!isLeader()) return
    const row = await find(prisma)
    if (row === null || (!row.isAsked && (!row.enabled || row.dueAt > now))) return
    const again = new Date(now.getTime() + Math.min(AGAIN_MS, row.everyMinutes * MINUTE_MS))
    const why = row.isAsked ? null : unwell(now)
    if (why !== null) {
      const isNews = (await repository.withhold(prisma, row, why, now, again)) && row.withheld !== why
      if (isNews) log.warn('no ping is sent outside', { why })
    } else {
      const next = new Date(now.getTime() + row.everyMinutes * MINUTE_MS)
      if (!(await repository.claim(prisma, row, next))) return
      await this.#ping(row, now, again)
    }
    bus.publish({ topic: 'notifier', id: HEARTBEAT_ID, kind: 'changed' })
  }

  async #ping(row: HeartbeatRow, now: Date, again: Date): Promise<void> {
    const { prisma, log, outside, open } = this.#parts
    try {
      const url = reveal(await open(row.sealed))
      const signal = AbortSignal.any([AbortSignal.timeout(this.#settings.attemptMs), this.#stop.signal])
      const answer = await outside.until(signal).request({
        url,
        method: 'GET',
        headers: { 'user-agent': 'Holdfast' },
        ...(row.caCertificate === null ? {} : { ca: row.caCertificate }),
      })
      const { pathname, search } = new URL(url)
      const secrets = [url, `${pathname}${search}`, pathname].filter((part) => part.length > 1)
      await repository.noteTaken(prisma, row, expectTaken(answer, secrets), now)
    } catch (error) {
      const isKnown = error instanceof SendError || error instanceof HoldfastError
      const words = isKnown ? error.message : 'It could not be pinged; the log of the controller says why.'
      if (!isKnown) log.error('a ping met a failure that was not foreseen', { error })
      log.warn('a ping was not taken', { target: row.target, error: words })
      await repository.noteFailure(prisma, row, words, now, again)
    }
  }
}
