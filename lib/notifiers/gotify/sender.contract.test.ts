import { expect, it } from 'vitest'
import { gotifyBody } from '@/lib/notifiers/gotify/sender'
import { describeNotifier, sendAs } from '@/testing/notifiers/describe-notifier'
import { sampleNotice } from '@/testing/notifiers/notices'
import { webReceiver } from '@/testing/notifiers/receivers'

describeNotifier('gotify', 'with the token of an application', async () => {
  const receiver = await webReceiver()
  const read = (text: string) => JSON.parse(text) as ReturnType<typeof gotifyBody>
  return {
    receiver,
    settings: { server: `http://localhost:${receiver.port}`, app_token: 'canary-token' },
    textOf: ({ body }) => `${read(body).title}\n${read(body).message}`,
    idOf: ({ body }) => read(body).extras['holdfast::alert'].id,
  }
})

it('signs in with a header, and is as urgent as what it tells', async () => {
  const receiver = await webReceiver()
  await sendAs('gotify', { server: `http://localhost:${receiver.port}/`, app_token: 'canary-token' }, sampleNotice())
  expect(receiver.arrived[0]).toMatchObject({ path: '/message', headers: { 'x-gotify-key': 'canary-token' } })
  await receiver.close()
  const priority = (over: Parameters<typeof sampleNotice>[0]) => gotifyBody(sampleNotice(over)).priority
  expect([priority({}), priority({ severity: 'warning' }), priority({ event: 'cleared' })]).toEqual([8, 5, 2])
})
