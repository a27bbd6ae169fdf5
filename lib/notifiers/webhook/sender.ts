import { createHmac } from 'node:crypto'
import { expectTaken } from '@/lib/notifiers/contract/http-answer'
import type { Notice } from '@/lib/notifiers/contract/notice'
import type { Sender } from '@/lib/notifiers/contract/sender'
import { details, headline } from '@/lib/notifiers/contract/words'
import type { WebhookConfig } from '@/lib/notifiers/webhook/descriptor'
import { reveal } from '@/lib/secret'

/** The body, in the words of the API. */
export function webhookBody(notice: Notice, installation: string) {
  const { id, event, at, severity, title, url, alert } = notice
  return {
    id,
    type: `alert.${event}`,
    timestamp: at.toISOString(),
    installation,
    data: {
      severity,
      title,
      text: [headline(notice), ...details(notice)].join('\n'),
      url,
      alert: alert && {
        id: alert.id,
        cause_id: alert.causeId,
        kind: alert.kind,
        subject: alert.subject,
        advice: alert.advice,
        reach: alert.reach,
        opened_at: alert.openedAt.toISOString(),
        cleared_at: alert.clearedAt?.toISOString() ?? null,
      },
    },
  }
}

/** `v1,<Base64>` over id, time and body, as https://www.standardwebhooks.com says. */
export function signature(key: string, id: string, seconds: number, body: string): string {
  const bytes = key.startsWith('whsec_') ? Buffer.from(key.slice('whsec_'.length), 'base64') : Buffer.from(key)
  return `v1,${createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`).digest('base64')}`
}

export const webhookSender: Sender<WebhookConfig, 'signing_key' | 'token'> = {
  async send(notice, { config, secrets }, { outside, now, installation }) {
    const body = JSON.stringify(webhookBody(notice, installation))
    // Of this attempt: a receiver refuses what is too old.
    const seconds = Math.floor(now.getTime() / 1_000)
    const key = secrets.signing_key && reveal(secrets.signing_key)
    const token = secrets.token && reveal(secrets.token)
    const answer = await outside.request({
      url: config.url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Holdfast',
        'webhook-id': notice.id,
        'webhook-timestamp': String(seconds),
        ...(key === undefined ? {} : { 'webhook-signature': signature(key, notice.id, seconds, body) }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
      ca: config.ca_certificate,
    })
    return expectTaken(answer, [key ?? '', token ?? ''])
  },
}
