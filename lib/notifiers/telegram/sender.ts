import { expectTaken } from '@/lib/notifiers/contract/http-answer'
import { SendError, type Sender } from '@/lib/notifiers/contract/sender'
import { details, headline } from '@/lib/notifiers/contract/words'
import type { TelegramConfig } from '@/lib/notifiers/telegram/descriptor'
import { reveal } from '@/lib/secret'

const LONGEST = 4_096

export const telegramSender: Sender<TelegramConfig, 'bot_token'> = {
  async send(notice, { config, secrets }, { outside }) {
    if (secrets.bot_token === undefined) throw new SendError('No token of a bot is stored. Enter it.')
    const token = reveal(secrets.bot_token)
    const answer = await outside.request({
      url: `${config.server.replace(/\/+$/, '')}/bot${token}/sendMessage`,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Holdfast' },
      // Without a parse_mode nothing in it is markup.
      body: JSON.stringify({
        chat_id: config.chat_id,
        text: [headline(notice), ...details(notice)].join('\n').slice(0, LONGEST),
        link_preview_options: { is_disabled: true },
        // Good news wakes nobody.
        disable_notification: notice.event === 'cleared',
      }),
      ca: config.ca_certificate,
    })
    return expectTaken(answer, [token])
  },
}
