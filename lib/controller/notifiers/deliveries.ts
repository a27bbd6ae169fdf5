import { whyMuted } from '@/lib/alerts/muted'
import { alertView, heldOf } from '@/lib/alerts/view'
import * as acknowledgements from '@/lib/attention/repository'
import { Severity } from '@/lib/attention/schema'
import * as repository from '@/lib/controller/notifiers/deliveries-repository'
import type { GuardedOutside } from '@/lib/controller/notifiers/outside'
import type { PrismaClient } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'
import type { Notice, NoticeEvent } from '@/lib/notifiers/contract/notice'
import { SendError } from '@/lib/notifiers/contract/sender'
import { decide, pauseAfter } from '@/lib/notifiers/decide'
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
const MOST_AT_ONCE = 500

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
    await Promise.all([...ofNotifier.values()].map((rows) => this.#deliverInOrder(rows, now)))
    if (due.length === MOST_AT_ONCE) this.poke()
  }

  async #deliverInOrder(rows: readonly repository.DueDelivery[], now: () => Date): Promise<void> {
    let isDown = false
    for (const row of rows) {
      if (this.#stop.signal.aborted || !this.#parts.isLeader()) return
      // Somebody waits for the answer to a test.
      if (isDown && row.event !== 'test') continue
      const outcome = await this.#deliverOne(row, now)
      isDown ||= outcome === 'failed'
      if (outcome !== 'nothing') this.#parts.bus.publish({ topic: 'notifier', id: row.notifierId, kind: 'changed' })
    }
  }

  async #deliverOne(row: repository.DueDelivery, now: () => Date): Promise<'done' | 'failed' | 'nothing'> {
    const { prisma } = this.#parts
    const decision = decide(await this.#situation(row, now()), now())
    if (decision.do === 'wait') {
      await repository.postpone(prisma, row, decision.until, decision.why)
      return 'nothing'
    }
    if (decision.do === 'skip') {
      await repository.end(prisma, row, 'skipped', decision.why, now())
      return 'done'
    }
    const claimed = await repository.claim(prisma, row, new Date(now().getTime() + CLAIM_MS))
    if (claimed === null) return 'nothing'
    try {
      const answer = await this.#send(row, now())
      // First, so that who waits for the end of a test sees how it is with the notifier.
      await repository.noteWell(prisma, row.notifierId, now())
      await repository.end(prisma, claimed, 'sent', answer, now())
      return 'done'
    } catch (error) {
      await this.#failed(row, claimed, error, now())
      return 'failed'
    }
  }

  async #situation(row: repository.DueDelivery, now: Date) {
    const { prisma } = this.#parts
    const { event, severity, attempts, alert } = row
    const earlier = alert === null ? { areWaiting: false, wereSent: false } : await repository.findEarlier(prisma, row)
    const { quiet_hours: quiet } = rulesOf(row.notifier.rules)
    const isQuiet = quiet !== null && !(quiet.critical_passes && alert?.severity === 'critical')
    const held = alert === null ? new Map() : await acknowledgements.findHeld(prisma, alert.causeId)
    return {
      event,
      severity,
      attempts,
      alert,
      held: alert && heldOf(alert, held, now),
      muted: alert && whyMuted(alert, now),
      quietUntil: isQuiet ? quietUntil(quiet, now) : null,
      earlier,
    }
  }

  async #send(row: repository.DueDelivery, now: Date): Promise<string> {
    const { outside, installation, open } = this.#parts
    const descriptor = findNotifier(row.notifier.type)
    if (descriptor === undefined) throw new SendError(`This version has no notifier of the type ${row.notifier.type}.`)
    const config = descriptor.config.safeParse(row.notifier.config)
    if (!config.success) throw new SendError('Its settings are not valid any more. Look at them and save them again.')
    const secrets = await open(row.notifier)
    const signal = AbortSignal.any([AbortSignal.timeout(this.#settings.attemptMs), this.#stop.signal])
    const context = { outside: outside.until(signal), signal, now, installation }
    return senderOf(descriptor.id).send(this.#noticeOf(row), { config: config.data, secrets }, context)
  }

  /** In the words that the alert has now: it may have waited. */
  #noticeOf({ id, event, severity, title, createdAt, alert: row }: repository.DueDelivery): Notice {
    const { publicUrl } = this.#parts
    const of = { id, event: event as NoticeEvent, at: createdAt }
    if (row === null)
      return { ...of, severity: Severity.parse(severity), title, url: `${publicUrl}/settings/notifiers`, alert: null }
    const view = alertView(row, { held: new Map(), windows: new Map() }, createdAt)
    return {
      ...of,
      severity: view.severity,
      title: view.title,
      url: `${publicUrl}/alerts/${view.id}`,
      alert: {
        id: view.id,
        causeId: view.cause_id,
        kind: view.kind,
        subject: view.subject,
        advice: view.advice,
        reach: view.reach,
        openedAt: row.openedAt ?? row.firstSeenAt,
        clearedAt: event === 'cleared' ? row.clearedAt : null,
      },
    }
  }

  async #failed(
    row: repository.DueDelivery,
    claimed: Pick<repository.DueDelivery, 'id' | 'attempts' | 'dueAt'>,
    error: unknown,
    now: Date,
  ): Promise<void> {
    const { prisma, log } = this.#parts
    const isKnown = error instanceof SendError || error instanceof HoldfastError
    const message = isKnown ? error.message : 'It could not be sent; the log of the controller says why.'
    if (!isKnown) log.error('a message met a failure that was not foreseen', { error, deliveryId: row.id })
    const wantedMs = error instanceof SendError ? error.retryAfterMs : undefined
    const pauseMs = pauseAfter(claimed.attempts, row.event, wantedMs)
    const about = { notifierId: row.notifierId, deliveryId: row.id, attempts: claimed.attempts, error: message }
    await repository.noteFailure(prisma, row.notifierId, now, message)
    if (pauseMs === null) {
      await repository.end(prisma, claimed, 'failed', message, now)
      if (row.event !== 'test') log.error('a message was given up', about)
    } else {
      await repository.tryAgain(prisma, claimed, new Date(now.getTime() + pauseMs), message)
      log.warn('a message was not taken', about)
    }
  }
}
