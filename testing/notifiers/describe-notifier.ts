import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GuardedOutside } from '@/lib/controller/notifiers/outside'
import { parseInput } from '@/lib/drivers/descriptor-input'
import type { Notice } from '@/lib/notifiers/contract/notice'
import { SendError } from '@/lib/notifiers/contract/sender'
import { type NotifierType, notifierByType } from '@/lib/notifiers/registry'
import { senderOf } from '@/lib/notifiers/senders'
import { Secret } from '@/lib/secret'
import { sampleNotice } from '@/testing/notifiers/notices'
import type { Receiver } from '@/testing/notifiers/receivers'
import { waitFor } from '@/testing/wait'

export interface NotifierRig<T> {
  receiver: Receiver<T>
  /** As a form sends it, secrets included. */
  settings: Record<string, unknown>
  /** All that a person or a program reads of a message. */
  textOf(arrived: T): string
  /** What is the same in each attempt at a message; absent: the form has no place for it. */
  idOf?(arrived: T): string | undefined
  /** Nobody can tell whether it arrived. */
  isDeaf?: true
}

/** Sends one message as the controller does, with what a form holds. */
export function sendAs(
  type: NotifierType,
  settings: Record<string, unknown>,
  notice: Notice,
  { opened = ['127.0.0.0/8'], ms = 5_000 }: { opened?: string[]; ms?: number } = {},
): Promise<string> {
  const { config, secrets } = parseInput(notifierByType(type), settings)
  const signal = AbortSignal.timeout(ms)
  // The receivers listen on IPv4 alone.
  const outside = new GuardedOutside({ opened, lookup: async () => ['127.0.0.1'] })
  const wrapped = Object.entries(secrets).map(([key, value]) => [key, new Secret(value)])
  return senderOf(type).send(
    notice,
    { config, secrets: Object.fromEntries(wrapped) },
    { outside: outside.until(signal), signal, now: new Date(), installation: 'test-installation' },
  )
}

/** What every type of notifier keeps to, over a real server. */
export function describeNotifier<T>(type: NotifierType, name: string, start: () => Promise<NotifierRig<T>>): void {
  describe(`${type}: ${name}`, () => {
    let rig: NotifierRig<T>
    const secretsOf = () => {
      const keys = Object.keys(notifierByType(type).secrets.shape)
      return keys.flatMap((key) => (typeof rig.settings[key] === 'string' ? [String(rig.settings[key])] : []))
    }
    const nextArrived = async (count: number) => {
      await waitFor('the message', () => rig.receiver.arrived.length >= count)
      expect(rig.receiver.arrived).toHaveLength(count)
      return rig.receiver.arrived.at(-1) as T
    }
    beforeAll(async () => {
      rig = await start()
    })
    afterAll(() => rig.receiver.close())

    it('hands over what is wrong, what to do and where to read more, and that it is over', async () => {
      const { receiver, settings, textOf, idOf } = rig
      receiver.arrived.length = 0
      const notice = sampleNotice()
      expect(await sendAs(type, settings, notice)).not.toBe('')
      const opened = await nextArrived(1)
      for (const words of [notice.title, 'Critical', 'Check that the server runs.', 'db-1', notice.url])
        expect(textOf(opened)).toContain(words)
      const cleared = { id: 'dlv_02', event: 'cleared' } as const
      await sendAs(type, settings, sampleNotice(cleared))
      const over = await nextArrived(2)
      expect(textOf(over)).toContain(`Over: ${notice.title}`)
      await sendAs(type, settings, sampleNotice(cleared))
      const again = await nextArrived(3)
      if (idOf) {
        expect(idOf(again)).toBe(idOf(over))
        expect(idOf(opened)).not.toBe(idOf(over))
        expect(idOf(opened)).toContain('dlv_01')
      }
      for (const event of ['worse', 'reminder', 'test'] as const)
        await sendAs(type, settings, sampleNotice({ event, alert: event === 'test' ? null : notice.alert }))
      expect(textOf(await nextArrived(6))).toContain('Test: ')
    })

    it('says what a receiver answers that does not take it, and no secret', async () => {
      if (rig.isDeaf) return
      rig.receiver.mode = 'refuses'
      const failure = await sendAs(type, rig.settings, sampleNotice()).catch((error: unknown) => error)
      rig.receiver.mode = 'takes'
      expect(failure).toBeInstanceOf(SendError)
      for (const secret of secretsOf()) expect((failure as Error).message).not.toContain(secret)
      expect((failure as Error).message.length).toBeLessThan(400)
    })

    it('ends in time with one that does not answer', async () => {
      if (rig.isDeaf) return
      rig.receiver.mode = 'hangs'
      const startedAt = performance.now()
      const failure = await sendAs(type, rig.settings, sampleNotice(), { ms: 300 }).catch((error: unknown) => error)
      rig.receiver.mode = 'takes'
      if (type !== 'syslog') expect(failure).toBeInstanceOf(SendError)
      expect(performance.now() - startedAt).toBeLessThan(5_000)
    })

    it('sends nothing to this machine unless that is opened, whatever it is called', async () => {
      const before = rig.receiver.arrived.length
      await expect(sendAs(type, rig.settings, sampleNotice(), { opened: [] })).rejects.toThrow(
        /127\.0\.0\.1: this machine itself\. Nothing is sent there/,
      )
      expect(rig.receiver.arrived).toHaveLength(before)
    })

    it('has a line for lists without its secrets', () => {
      const descriptor = notifierByType(type)
      const target = descriptor.describeTarget(parseInput(descriptor, rig.settings).config)
      expect(target).not.toBe('')
      for (const secret of secretsOf()) expect(target).not.toContain(secret)
    })
  })
}
