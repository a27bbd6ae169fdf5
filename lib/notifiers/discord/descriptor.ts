import { z } from 'zod'
import { checked } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { webAddressProblem } from '@/lib/notifiers/contract/fields'

export const DiscordConfig = z.strictObject({
  /** What people call it; the address itself is a secret. */
  channel: z.string().trim().min(1, 'Name the channel.').max(100),
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
    channel: {
      label: 'Channel',
      help: 'How people call it here. Where it really goes is decided by the webhook.',
      placeholder: '#storage',
      group: 'essential',
      control: 'text',
    },
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
