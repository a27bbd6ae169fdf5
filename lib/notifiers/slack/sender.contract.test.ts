import { expect, it } from 'vitest'
import { slackBody } from '@/lib/notifiers/slack/sender'
import { describeNotifier } from '@/testing/notifiers/describe-notifier'
import { sampleNotice } from '@/testing/notifiers/notices'
import { webReceiver } from '@/testing/notifiers/receivers'

interface Body {
  text: string
  attachments: { text: string; footer: string; color: string }[]
}

const shown = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

describeNotifier('slack', 'by an incoming webhook', async () => {
  const receiver = await webReceiver()
  const read = (text: string) => JSON.parse(text) as Body
  return {
    receiver,
    settings: { channel: '#storage', url: `http://localhost:${receiver.port}/services/T0/B0/canary-part` },
    textOf: ({ body }) => shown([read(body).text, read(body).attachments[0]?.text].join('\n')),
    idOf: ({ body }) => read(body).attachments[0]?.footer,
  }
})

it('takes no name for markup, and is green when it is over', () => {
  const notice = sampleNotice({ title: '<!channel> & <https://evil.example|here>' })
  const body = slackBody(notice)
  expect(body.text).toBe('Critical: &lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;')
  expect(body.mrkdwn).toBe(false)
  const over = slackBody(sampleNotice({ event: 'cleared' }))
  expect(over.attachments[0]?.color).not.toBe(body.attachments[0]?.color)
})
