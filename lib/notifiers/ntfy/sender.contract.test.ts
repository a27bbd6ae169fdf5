import { expect, it } from 'vitest'
import { ntfyBody } from '@/lib/notifiers/ntfy/sender'
import { describeNotifier, sendAs } from '@/testing/notifiers/describe-notifier'
import { sampleNotice } from '@/testing/notifiers/notices'
import { webReceiver } from '@/testing/notifiers/receivers'

describeNotifier('ntfy', 'with a token', async () => {
  const receiver = await webReceiver()
  const read = (text: string) => JSON.parse(text) as ReturnType<typeof ntfyBody>
  return {
    receiver,
    settings: { server: `http://localhost:${receiver.port}`, topic: 'storage', token: 'canary-token' },
    textOf: ({ body }) => `${read(body).title}\n${read(body).message}\n${read(body).click}`,
    idOf: ({ body }) => read(body).tags[1],
  }
})

it('signs in, and is as urgent as what it tells', async () => {
  const receiver = await webReceiver()
  const settings = { server: `http://localhost:${receiver.port}/`, topic: 'storage', token: 'canary-token' }
  await sendAs('ntfy', settings, sampleNotice())
  expect(receiver.arrived[0]).toMatchObject({ path: '/', headers: { authorization: 'Bearer canary-token' } })
  await receiver.close()
  const priority = (over: Parameters<typeof sampleNotice>[0]) => ntfyBody(sampleNotice(over), 'storage').priority
  expect([priority({}), priority({ severity: 'warning' }), priority({ event: 'cleared' })]).toEqual([5, 4, 3])
})
