import { whyMuted } from '@/lib/alerts/muted'
import { heldOf } from '@/lib/alerts/view'
import * as acknowledgements from '@/lib/attention/repository'
import * as repository from '@/lib/controller/notifiers/deliveries-repository'
import { noticeOf } from '@/lib/controller/notifiers/notice-of'
import type { GuardedOutside } from '@/lib/controller/notifiers/outside'
import { Pace } from '@/lib/controller/notifiers/pace'
import type { PrismaClient } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import { newId } from '@/lib/ids'
import type { Log } from '@/lib/log'
import { SendError } from '@/lib/notifiers/contract/sender'
import { type Decision, decide, pauseAfter } from '@/lib/notifiers/decide'
import { gather } from '@/lib/notifiers/gather'
import { quietUntil } from '@/lib/notifiers/quiet-hours'
import { findNotifier } from '@/lib/notifiers/registry'
import { queueReminders } from '@/lib/notifiers/reminders'
import { rulesOf } from '@/lib/notifiers/schema'
import { senderOf } from '@/lib/notifiers/senders'
import type { Secret } from '@/lib/secret'

export interface DeliverySettings {
  /** Between two looks at what is due, in milliseconds. What is queued here is sent at once. */
  everyMs: number
  /** One attempt, in milliseconds. */
  attemptMs: number
}

const DEFAULTS: DeliverySettings = { everyMs: 15_000, attemptMs: 30_000 }

/** An attempt is over long before: what is still claimed then belonged to a controller that is gone. */
const CLAIM_MS = 2 * 60_000
/** More than hosts that a power cut takes: they are to go in one message. */
const MOST_AT_ONCE = 2_000

export interface DeliveryParts {
  prisma: PrismaClient
  bus: Bus
  log: Log
  outside: GuardedOutside
  /** Opens the secrets of a notifier, to send them where its settings say. */
  open(notifier: repository.DueDelivery['notifier']): Promise<Record<string, Secret>>
  installation: string
  /** Where people reach the console. */
  publicUrl: string
  isLeader(): boolean
}

/**
 * Sends what is queued for notifiers, on the controller that leads. All of it is in the database: one that starts, or takes over, goes on
 * where the last one was. Each message has an id that goes along with every attempt, since an attempt that was cut off may have arrived.
 */
export class Deliveries {
  readonly #parts: DeliveryParts
  readonly #settings: DeliverySettings
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #wake: () => void = () => {}
  #isWanted = false
  #unsubscribe = () => {}

  constructor(parts: DeliveryParts, settings: Partial<DeliverySettings> = {}) {
    this.#parts = parts
    this.#settings = { ...DEFAULTS, ...settings }
  }

  start(): void {
    this.#unsubscribe = this.#parts.bus.subscribe(({ topic, kind }) => {
      if (topic === 'notifier' && kind === 'wanted') this.poke()
    })
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort()
    this.#wake()
    await this.#running
  }

  /** There is something to be sent. */
  poke(): void {
    this.#isWanted = true
    this.#wake()
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#pause()
      if (this.#stop.signal.aborted) return
      this.#isWanted = false
      await this.deliver().catch((error: unknown) => this.#parts.log.error('messages could not be sent', { error }))
    }
  }

  #pause(): Promise<void> {
    if (this.#isWanted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#settings.everyMs)
      timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Sends once what is due; notifiers beside one another, the messages of one in order, up to the first that is not taken. */
  async deliver(now = () => new Date()): Promise<void> {
    const { prisma, isLeader } = this.#parts
    if (!isLeader()) return
    await queueReminders(prisma, now())
    const due = await repository.findDue(prisma, now(), MOST_AT_ONCE)
    const ofNotifier = Map.groupBy(due, ({ notifierId }) => notifierId)
    await Promise.all([...ofNotifier].map(([id, rows]) => this.#deliverInOrder(id, rows, now)))
    if (due.length === MOST_AT_ONCE) this.poke()
  }

  async #deliverInOrder(notifierId: string, rows: readonly repository.DueDelivery[], now: () => Date): Promise<void> {
    const [first] = rows
    if (first === undefined) return
    const { bus, isLeader } = this.#parts
    const pace = new Pace(first.notifier)
    let isDown = false
    for (const message of await this.#messagesIn(rows, pace, now())) {
      if (this.#stop.signal.aborted || !isLeader()) return
      // Somebody waits for the answer to a test.
      if (isDown && !isTest(message)) continue
      const outcome = await this.#deliverOne(message, pace, now)
      isDown ||= outcome === 'failed'
      if (outcome !== 'nothing') bus.publish({ topic: 'notifier', id: notifierId, kind: 'changed' })
    }
  }

  /** Tests first. What was tried as one message goes as one again; of the rest, much at once is gathered. */
  async #messagesIn(rows: readonly repository.DueDelivery[], pace: Pace, now: Date): Promise<repository.Message[]> {
    const { prisma } = this.#parts
    const tried = new Set(rows.flatMap(({ message }) => message ?? []))
    const again = await Promise.all(
      [...tried].map(async (id) => repository.messageOf(id, await repository.findMessage(prisma, id))),
    )
    const tests = rows.filter(({ event }) => event === 'test')
    const rest = rows.filter(({ event, message }) => event !== 'test' && message === null)
    const together = pace.isGathering ? await this.#gathered(rest, pace.left(now), now) : []
    const inOne = new Set(together.flat())
    const single = (row: repository.DueDelivery) => repository.messageOf(row.id, [row])
    return [
      ...tests.map(single),
      ...again,
      ...together.map((some) => repository.messageOf(newId('delivery'), some)),
      ...rest.filter((row) => !inOne.has(row)).map(single),
    ].filter((message) => message !== null)
  }

  async #gathered(
    rows: readonly repository.DueDelivery[],
    mayGo: number,
    now: Date,
  ): Promise<repository.DueDelivery[][]> {
    const fresh = rows.filter(({ attempts }) => attempts === 0)
    // Most of the time there is little: no need to ask what becomes of it.
    if (gather(fresh, mayGo).length === 0) return []
    const decisions = await this.#decide(fresh, now)
    return gather(
      fresh.filter((_, at) => decisions[at]?.do === 'send'),
      mayGo,
    )
  }

  async #deliverOne(message: repository.Message, pace: Pace, now: () => Date): Promise<'done' | 'failed' | 'nothing'> {
    const { prisma } = this.#parts
    const [row] = message.rows
    const decisions = await this.#decide(message.rows, now())
    // What may have arrived in part is told as a whole.
    const decision = decisions.find((one) => one.do === 'send') ?? decisions[0]
    const wait = decision?.do === 'send' && !isTest(message) ? waitOf(pace, now()) : decision
    const asRead = repository.asRead(message, now())
    if (wait?.do === 'wait') {
      await repository.postpone(prisma, asRead, wait.until, wait.why)
      return 'nothing'
    }
    if (wait?.do === 'skip') {
      await repository.end(prisma, asRead, { status: 'skipped', answer: wait.why }, now())
      return 'done'
    }
    const claim = await repository.claim(prisma, message, now(), new Date(now().getTime() + CLAIM_MS))
    if (claim === null) return 'nothing'
    try {
      const answer = await this.#send(claim.message, now())
      // First, so that who waits for the end of a test sees how it is with the notifier.
      await repository.noteWell(prisma, row.notifierId, now(), isTest(message) ? null : pace.sent(now()))
      await repository.end(prisma, claim.where, { status: 'sent', answer }, now())
      return 'done'
    } catch (error) {
      await this.#failed(claim, error, now())
      return 'failed'
    }
  }

  /** What becomes of each, in the same order. */
  async #decide(rows: readonly repository.DueDelivery[], now: Date): Promise<Decision[]> {
    const { prisma } = this.#parts
    const about = rows.filter(({ alert }) => alert !== null)
    const causeIds = about.flatMap(({ alert }) => alert?.causeId ?? [])
    const [earlier, held] = await Promise.all([
      repository.findEarlier(prisma, about),
      acknowledgements.findHeld(prisma, causeIds),
    ])
    return rows.map((row) => {
      const { event, severity, attempts, alert } = row
      const { quiet_hours: quiet } = rulesOf(row.notifier.rules)
      const isQuiet = quiet !== null && !(quiet.critical_passes && alert?.severity === 'critical')
      const situation = {
        event,
        severity,
        attempts,
        alert,
        held: alert && heldOf(alert, held, now),
        muted: alert && whyMuted(alert, now),
        quietUntil: isQuiet ? quietUntil(quiet, now) : null,
        earlier: earlier(row),
      }
      return decide(situation, now)
    })
  }

  async #send(message: repository.Message, now: Date): Promise<string> {
    const { outside, installation, open, publicUrl } = this.#parts
    const { notifier } = message.rows[0]
    const descriptor = findNotifier(notifier.type)
    if (descriptor === undefined) throw new SendError(`This version has no notifier of the type ${notifier.type}.`)
    const config = descriptor.config.safeParse(notifier.config)
    if (!config.success) throw new SendError('Its settings are not valid any more. Look at them and save them again.')
    const secrets = await open(notifier)
    const signal = AbortSignal.any([AbortSignal.timeout(this.#settings.attemptMs), this.#stop.signal])
    const context = { outside: outside.until(signal), signal, now, installation }
    return senderOf(descriptor.id).send(noticeOf(message, publicUrl), { config: config.data, secrets }, context)
  }

  async #failed({ message, attempts, where }: repository.Claim, error: unknown, now: Date): Promise<void> {
    const { prisma, log } = this.#parts
    const [{ notifierId, event }] = message.rows
    const isKnown = error instanceof SendError || error instanceof HoldfastError
    const words = isKnown ? error.message : 'It could not be sent; the log of the controller says why.'
    if (!isKnown) log.error('a message met a failure that was not foreseen', { error, messageId: message.id })
    const wantedMs = error instanceof SendError ? error.retryAfterMs : undefined
    const pauseMs = pauseAfter(attempts, event, wantedMs)
    const about = { notifierId, messageId: message.id, attempts, error: words }
    await repository.noteFailure(prisma, notifierId, now, words)
    if (pauseMs === null) {
      await repository.end(prisma, where, { status: 'failed', answer: words }, now)
      if (event !== 'test') log.error('a message was given up', about)
    } else {
      await repository.postpone(prisma, where, new Date(now.getTime() + pauseMs), words)
      log.warn('a message was not taken', about)
    }
  }
}

function isTest({ rows: [{ event }] }: repository.Message): boolean {
  return event === 'test'
}

/** What goes over the limit of the notifier waits, and goes together. */
function waitOf(pace: Pace, now: Date): Decision {
  const until = pace.waitsUntil(now)
  return until === null ? { do: 'send' } : { do: 'wait', until, why: 'It has sent as many as it may in an hour.' }
}
