import { expectTaken } from '@/lib/notifiers/contract/http-answer'
import type { Notice } from '@/lib/notifiers/contract/notice'
import { SendError, type Sender } from '@/lib/notifiers/contract/sender'
import { details, headline } from '@/lib/notifiers/contract/words'
import type { DiscordConfig } from '@/lib/notifiers/discord/descriptor'
import { reveal } from '@/lib/secret'

const COLOURS = { critical: 0xc62828, warning: 0xb26a00, drift: 0x1565c0 } as const
const OVER = 0x2e7d32
/** Limits of an embed. */
const TITLE_LENGTH = 256
const TEXT_LENGTH = 4_000

/** Markdown that a name could hold; links stay links. */
function escaped(text: string): string {
  return /^https?:\/\//.test(text) ? text : text.replace(/[\\*_~`|>#[\]()-]/g, '\\$&')
}

export function discordBody(notice: Notice) {
  return {
    embeds: [
      {
        // Not read as markup: only the description is.
        title: headline(notice).slice(0, TITLE_LENGTH),
        description: details(notice).map(escaped).join('\n').slice(0, TEXT_LENGTH),
        color: notice.event === 'cleared' ? OVER : COLOURS[notice.severity],
        timestamp: notice.at.toISOString(),
        footer: { text: notice.id },
      },
    ],
    // A name such as @everyone calls nobody.
    allowed_mentions: { parse: [] },
  }
}

export const discordSender: Sender<DiscordConfig, 'url'> = {
  async send(notice, { secrets }, { outside }) {
    if (secrets.url === undefined) throw new SendError('No webhook URL is stored. Enter it.')
    const url = new URL(reveal(secrets.url))
    // Only then does it answer with what it has made, or why it has not.
    url.searchParams.set('wait', 'true')
    const answer = await outside.request({
      url: url.href,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Holdfast' },
      body: JSON.stringify(discordBody(notice)),
    })
    return expectTaken(answer, [reveal(secrets.url), url.href, url.pathname])
  },
}
