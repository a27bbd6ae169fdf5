import { z } from 'zod'
import { checked } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CHANNEL_FIELD, ChannelName, webAddressProblem } from '@/lib/notifiers/contract/fields'

export const DiscordConfig = z.strictObject({
  channel: ChannelName,
})
export type DiscordConfig = z.infer<typeof DiscordConfig>

export const discord = defineNotifier({
  id: 'discord',
  title: 'Discord',
  summary: 'a message to a channel of Discord',
  config: DiscordConfig,
  secrets: z.strictObject({ url: checked(webAddressProblem).optional() }),
  needs: ['url'],
  fields: {
    channel: CHANNEL_FIELD,
    url: {
      label: 'Webhook URL',
      help: 'Of a webhook of the channel. Who knows it can write there, so it is kept as a secret.',
      placeholder: 'https://discord.com/api/webhooks/…',
      group: 'essential',
      control: 'password',
    },
  },
  describeTarget: ({ channel }) => channel,
})
