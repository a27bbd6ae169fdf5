import { z } from 'zod'
import { CaCertificate, checked } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CA_FIELD, serverAddressProblem } from '@/lib/notifiers/contract/fields'

export const TelegramConfig = z.strictObject({
  chat_id: z
    .string()
    .trim()
    .regex(/^(?:-?\d{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31})$/, 'A chat is a number, such as -1001234567890, or @channel.'),
  server: checked(serverAddressProblem).default('https://api.telegram.org'),
  ca_certificate: CaCertificate,
})
export type TelegramConfig = z.infer<typeof TelegramConfig>

export const telegram = defineNotifier({
  id: 'telegram',
  title: 'Telegram',
  summary: 'a message of a bot of yours',
  config: TelegramConfig,
  secrets: z.strictObject({
    bot_token: z
      .string()
      .regex(/^\d{1,20}:[A-Za-z0-9_-]{10,100}$/, 'A token is a number, a colon and letters, as BotFather shows it.')
      .optional(),
  }),
  destination: { server: true, ca_certificate: true },
  needs: ['bot_token'],
  fields: {
    chat_id: {
      label: 'Chat',
      help: 'Number of the chat or group that the bot is in, or @channel.',
      placeholder: '-1001234567890',
      group: 'essential',
      control: 'text',
    },
    bot_token: { label: 'Token of the bot', group: 'credentials', control: 'password' },
    server: { label: 'Server', help: 'Of a Bot API server of your own.', group: 'advanced', control: 'text' },
    ca_certificate: CA_FIELD,
  },
  describeTarget: ({ chat_id }) => `chat ${chat_id}`,
})
