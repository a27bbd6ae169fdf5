import { expect, it } from 'vitest'
import { describeNotifier, sendAs } from '@/testing/notifiers/describe-notifier'
import { sampleNotice } from '@/testing/notifiers/notices'
import { mailReceiver, makeTls, type ReceivedMail } from '@/testing/notifiers/receivers'

const PASSWORD = 'canary-password'

function settingsFor(port: number, authority: string, security: 'starttls' | 'tls') {
  return {
    server: 'localhost',
    port,
    security,
    username: 'holdfast',
    password: PASSWORD,
    from: 'holdfast@example.com',
    to: 'ops@example.com, night@example.com',
    ca_certificate: authority,
  }
}

function header(mail: ReceivedMail, name: string): string {
  const [head = ''] = mail.text.replace(/\r\n[ \t]+/g, ' ').split('\r\n\r\n')
  return (
    head
      .split('\r\n')
      .find((line) => line.toLowerCase().startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? ''
  )
}

/** Subject and text as a mail program shows them. */
function shown(mail: ReceivedMail): string {
  const subject = header(mail, 'subject').replace(/=\?utf-8\?Q\?(.*?)\?= ?/gi, (_all, words: string) =>
    Buffer.from(
      words
        .replaceAll('_', ' ')
        .replace(/=([0-9A-F]{2})/g, (_hex, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
      'latin1',
    ).toString(),
  )
  const [, ...rest] = mail.text.split('\r\n\r\n')
  const body = rest
    .join('\r\n\r\n')
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_hex, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  return `${subject}\n${Buffer.from(body, 'latin1').toString()}`
}

for (const security of ['starttls', 'tls'] as const)
  describeNotifier('email', `by ${security}, signed in`, async () => {
    const tls = await makeTls()
    const receiver = await mailReceiver(tls, { isSecure: security === 'tls', password: PASSWORD })
    return {
      receiver,
      settings: settingsFor(receiver.port, tls.authority, security),
      textOf: shown,
      idOf: (mail) => header(mail, 'message-id'),
    }
  })

it('encrypts, signs in, names everybody, and makes one thread of an alert', async () => {
  const tls = await makeTls()
  const receiver = await mailReceiver(tls, { password: PASSWORD })
  const settings = settingsFor(receiver.port, tls.authority, 'starttls')
  await sendAs('email', settings, sampleNotice())
  const [mail] = receiver.arrived
  expect(mail).toMatchObject({
    from: 'holdfast@example.com',
    to: ['ops@example.com', 'night@example.com'],
    user: 'holdfast',
    isEncrypted: true,
  })
  expect(mail && header(mail, 'references')).toBe('<alr_01@test-installation.holdfast.invalid>')
  const failure = await sendAs('email', { ...settings, password: 'wrong' }, sampleNotice()).catch(
    (error: Error) => error,
  )
  expect(String(failure)).toContain('refuses the user name or the password')
  // Nobody vouches for it: nothing is told to it, and no password either.
  const { ca_certificate: _authority, ...unproven } = settings
  await expect(sendAs('email', unproven, sampleNotice())).rejects.toThrow(/certificate/)
  expect(receiver.arrived).toHaveLength(1)
  await receiver.close()
})
