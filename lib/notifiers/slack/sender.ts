import { expectTaken } from '@/lib/notifiers/contract/http-answer'
import type { Notice } from '@/lib/notifiers/contract/notice'
import { SendError, type Sender } from '@/lib/notifiers/contract/sender'
import { details, headline } from '@/lib/notifiers/contract/words'
import type { SlackConfig } from '@/lib/notifiers/slack/descriptor'
import { reveal } from '@/lib/secret'

const COLOURS = { critical: '#c62828', warning: '#b26a00', drift: '#1565c0' } as const
const OVER = '#2e7d32'

/** These three letters alone have a meaning in it. */
function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/** Attachments are what Slack, Mattermost and Rocket.Chat all understand. */
export function slackBody(notice: Notice) {
  const title = escaped(headline(notice))
  return {
    text: title,
    attachments: [
      {
        color: notice.event === 'cleared' ? OVER : COLOURS[notice.severity],
        fallback: title,
        text: details(notice).map(escaped).join('\n'),
        // Names of things are not to be read as markup.
        mrkdwn_in: [],
        footer: notice.id,
      },
    ],
    mrkdwn: false,
  }
}

export const slackSender: Sender<SlackConfig, 'url'> = {
  async send(notice, { config, secrets }, { outside }) {
    if (secrets.url === undefined) throw new SendError('No webhook URL is stored. Enter it.')
    const url = reveal(secrets.url)
    const answer = await outside.request({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Holdfast' },
      body: JSON.stringify(slackBody(notice)),
      ca: config.ca_certificate,
    })
    return expectTaken(answer, [url, new URL(url).pathname])
  },
}
