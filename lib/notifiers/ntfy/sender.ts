import { expectTaken } from '@/lib/notifiers/contract/http-answer'
import type { Notice } from '@/lib/notifiers/contract/notice'
import type { Sender } from '@/lib/notifiers/contract/sender'
import { details, headline } from '@/lib/notifiers/contract/words'
import type { NtfyConfig } from '@/lib/notifiers/ntfy/descriptor'
import { reveal } from '@/lib/secret'

/** 5 wakes people, 3 is as all others are. */
const PRIORITIES = { critical: 5, warning: 4, drift: 3 } as const
const USUAL = 3

/** Published as JSON, since titles in headers have no letters beyond ASCII. */
export function ntfyBody(notice: Notice, topic: string) {
  const isBad = notice.event !== 'cleared' && notice.event !== 'test'
  return {
    topic,
    title: headline(notice),
    message: details(notice).join('\n'),
    priority: isBad ? PRIORITIES[notice.severity] : USUAL,
    tags: [isBad ? 'rotating_light' : 'white_check_mark', notice.id],
    click: notice.url,
  }
}

export const ntfySender: Sender<NtfyConfig, 'token'> = {
  async send(notice, { config, secrets }, { outside }) {
    const token = secrets.token && reveal(secrets.token)
    const answer = await outside.request({
      url: `${config.server.replace(/\/+$/, '')}/`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Holdfast',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(ntfyBody(notice, config.topic)),
      ca: config.ca_certificate,
    })
    return expectTaken(answer, [token ?? ''])
  },
}
