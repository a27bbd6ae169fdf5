import type { Sender } from '@/lib/notifiers/contract/sender'
import { discordSender } from '@/lib/notifiers/discord/sender'
import { emailSender } from '@/lib/notifiers/email/sender'
import { gotifySender } from '@/lib/notifiers/gotify/sender'
import { ntfySender } from '@/lib/notifiers/ntfy/sender'
import type { NotifierType } from '@/lib/notifiers/registry'
import { slackSender } from '@/lib/notifiers/slack/sender'
import { syslogSender } from '@/lib/notifiers/syslog/sender'
import { telegramSender } from '@/lib/notifiers/telegram/sender'
import { webhookSender } from '@/lib/notifiers/webhook/sender'

/** As the loop of the controller calls them: with what the descriptor of the same type has parsed. */
export type AnySender = Sender<Record<string, unknown>, string>

/** The half of each type that runs in the controller; the compiler asks for every one. */
const SENDERS = {
  email: emailSender,
  webhook: webhookSender,
  slack: slackSender,
  discord: discordSender,
  telegram: telegramSender,
  ntfy: ntfySender,
  gotify: gotifySender,
  syslog: syslogSender,
} satisfies Record<
  NotifierType,
  // biome-ignore lint/suspicious/noExplicitAny: each has the config of its own type.
  Sender<any, any>
>

export function senderOf(type: NotifierType): AnySender {
  return SENDERS[type] as unknown as AnySender
}
