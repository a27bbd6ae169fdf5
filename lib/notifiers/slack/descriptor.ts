import { z } from 'zod'
import { certificateProblem, checked, optionalText } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CA_FIELD, webAddressProblem } from '@/lib/notifiers/contract/fields'

export const SlackConfig = z.strictObject({
  /** What people call it; the address itself is a secret. */
  channel: z.string().trim().min(1, 'Name the channel.').max(100),
  ca_certificate: optionalText(certificateProblem, (value) => `${value.trim()}\n`),
})
export type SlackConfig = z.infer<typeof SlackConfig>

export const slack = defineNotifier({
  id: 'slack',
  title: 'Slack or compatible',
  summary: 'a message to a channel of Slack, Mattermost or Rocket.Chat',
  config: SlackConfig,
  secrets: z.strictObject({ url: checked(webAddressProblem).optional() }),
  needs: ['url'],
  fields: {
    channel: {
      label: 'Channel',
      help: 'How people call it here. Where it really goes is decided by the webhook.',
      placeholder: '#storage',
      group: 'essential',
      control: 'text',
    },
    url: {
      label: 'Webhook URL',
      help: 'Of an incoming webhook. Who knows it can write there, so it is kept as a secret.',
      placeholder: 'https://hooks.slack.com/services/…',
      group: 'essential',
      control: 'password',
    },
    ca_certificate: CA_FIELD,
  },
  describeTarget: ({ channel }) => channel,
})
