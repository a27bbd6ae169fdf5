import { expect, it } from 'vitest'
import { discordBody } from '@/lib/notifiers/discord/sender'
import { describeNotifier } from '@/testing/notifiers/describe-notifier'
import { sampleNotice } from '@/testing/notifiers/notices'
import { webReceiver } from '@/testing/notifiers/receivers'

interface Body {
  embeds: { title: string; description: string; footer: { text: string } }[]
}

describeNotifier('discord', 'by a webhook', async () => {
  const receiver = await webReceiver()
  const embed = (text: string) => (JSON.parse(text) as Body).embeds[0]
  return {
    receiver,
    settings: { channel: '#storage', url: `http://localhost:${receiver.port}/api/webhooks/1/canary-part` },
    textOf: ({ body }) => [embed(body)?.title, embed(body)?.description.replaceAll('\\', '')].join('\n'),
    idOf: ({ body }) => embed(body)?.footer.text,
  }
})

it('calls nobody, takes no name for markup, and keeps to the limits', () => {
  const alert = sampleNotice().alert
  const notice = sampleNotice({
    alert: alert && { ...alert, advice: '@everyone **now** [x](y)' },
    title: 'x'.repeat(400),
  })
  const [embed] = discordBody(notice).embeds
  expect(discordBody(notice).allowed_mentions).toEqual({ parse: [] })
  expect(embed?.description).toContain('@everyone \\*\\*now\\*\\* \\[x\\]\\(y\\)')
  expect(embed?.title).toHaveLength(256)
})
