import { z } from 'zod'
import { CaCertificate, checked } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CA_FIELD, CHANNEL_FIELD, ChannelName, webAddressProblem } from '@/lib/notifiers/contract/fields'

export const SlackConfig = z.strictObject({
  channel: ChannelName,
  ca_certificate: CaCertificate,
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
    channel: CHANNEL_FIELD,
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
