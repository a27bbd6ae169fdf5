import { expectTaken } from '@/lib/notifiers/contract/http-answer'
import type { Notice } from '@/lib/notifiers/contract/notice'
import { SendError, type Sender } from '@/lib/notifiers/contract/sender'
import { details, headline } from '@/lib/notifiers/contract/words'
import type { GotifyConfig } from '@/lib/notifiers/gotify/descriptor'
import { reveal } from '@/lib/secret'

/** From 8 on, apps make a sound and stay on the screen; from 4 on a sound. */
const PRIORITIES = { critical: 8, warning: 5, drift: 3 } as const
const QUIET = 2

export function gotifyBody(notice: Notice) {
  const isBad = notice.event !== 'cleared' && notice.event !== 'test'
  return {
    title: headline(notice),
    message: details(notice).join('\n'),
    priority: isBad ? PRIORITIES[notice.severity] : QUIET,
    extras: {
      'client::display': { contentType: 'text/plain' },
      'client::notification': { click: { url: notice.url } },
      'holdfast::alert': { id: notice.id, alert: notice.alert?.id ?? null },
    },
  }
}

export const gotifySender: Sender<GotifyConfig, 'app_token'> = {
  async send(notice, { config, secrets }, { outside }) {
    if (secrets.app_token === undefined) throw new SendError('No token of an application is stored. Enter it.')
    const token = reveal(secrets.app_token)
    const answer = await outside.request({
      url: `${config.server.replace(/\/+$/, '')}/message`,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Holdfast', 'x-gotify-key': token },
      body: JSON.stringify(gotifyBody(notice)),
      ca: config.ca_certificate,
    })
    return expectTaken(answer, [token])
  },
}
