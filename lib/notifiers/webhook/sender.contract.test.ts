import { expect, it } from 'vitest'
import { signature } from '@/lib/notifiers/webhook/sender'
import { describeNotifier, sendAs } from '@/testing/notifiers/describe-notifier'
import { sampleNotice } from '@/testing/notifiers/notices'
import { makeTls, webReceiver } from '@/testing/notifiers/receivers'

const SECRETS = { signing_key: 'a-signing-key-of-a-test', token: 'canary-token' }

describeNotifier('webhook', 'by TLS, signed', async () => {
  const tls = await makeTls()
  const receiver = await webReceiver(tls)
  return {
    receiver,
    settings: { url: `https://localhost:${receiver.port}/in`, ca_certificate: tls.authority, ...SECRETS },
    textOf: ({ body }) => (JSON.parse(body) as { data: { text: string } }).data.text,
    idOf: ({ headers }) => String(headers['webhook-id']),
  }
})

it('signs as Standard Webhooks says', () => {
  // The example of its libraries.
  const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const body = '{"test": 2432232314}'
  expect(signature(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, body)).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
})

it('sends the signature over exactly what arrives, and follows no redirect', async () => {
  const receiver = await webReceiver()
  const url = `http://localhost:${receiver.port}/in?x=1`
  await sendAs('webhook', { url, ...SECRETS }, sampleNotice())
  const [first] = receiver.arrived
  if (!first) throw new Error('nothing has arrived')
  const { headers, body, path } = first
  expect(path).toBe('/in?x=1')
  expect(headers.authorization).toBe('Bearer canary-token')
  const seconds = Number(headers['webhook-timestamp'])
  expect(Math.abs(Date.now() / 1_000 - seconds)).toBeLessThan(60)
  expect(headers['webhook-signature']).toBe(signature(SECRETS.signing_key, 'dlv_01', seconds, body))
  expect(JSON.parse(body)).toMatchObject({
    id: 'dlv_01',
    type: 'alert.opened',
    timestamp: '2026-11-30T12:00:00.000Z',
    data: { severity: 'critical', alert: { id: 'alr_01', subject: { id: 'bkd_01' }, cleared_at: null } },
  })
  await receiver.close()
  await expect(sendAs('webhook', { url }, sampleNotice())).rejects.toThrow(
    'cannot be reached: nothing listens there (ECONNREFUSED).',
  )
})

it('refuses a server whose certificate nobody vouches for', async () => {
  const receiver = await webReceiver(await makeTls())
  const url = `https://localhost:${receiver.port}/in`
  await expect(sendAs('webhook', { url, ...SECRETS }, sampleNotice())).rejects.toThrow(/cannot be reached: \w+/)
  expect(receiver.arrived).toEqual([])
  await receiver.close()
})
