import { expect, it } from 'vitest'
import { describeNotifier, sendAs } from '@/testing/notifiers/describe-notifier'
import { sampleNotice } from '@/testing/notifiers/notices'
import { webReceiver } from '@/testing/notifiers/receivers'

const TOKEN = '123456:canary-token-of-a-test'

describeNotifier('telegram', 'by a bot', async () => {
  const receiver = await webReceiver()
  return {
    receiver,
    settings: { server: `http://localhost:${receiver.port}`, chat_id: '-100123', bot_token: TOKEN },
    textOf: ({ body }) => (JSON.parse(body) as { text: string }).text,
  }
})

it('asks the method of the bot for a message to the chat, quietly when it is over', async () => {
  const receiver = await webReceiver()
  const settings = { server: `http://localhost:${receiver.port}/`, chat_id: '@storage', bot_token: TOKEN }
  await sendAs('telegram', settings, sampleNotice({ event: 'cleared' }))
  expect(receiver.arrived[0]?.path).toBe(`/bot${TOKEN}/sendMessage`)
  expect(JSON.parse(receiver.arrived[0]?.body ?? '')).toMatchObject({ chat_id: '@storage', disable_notification: true })
  await receiver.close()
})
