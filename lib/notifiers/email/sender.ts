import { isIP, connect as openSocket, type Socket } from 'node:net'
import type { Notice } from '@/lib/notifiers/contract/notice'
import { connectionWords, SendError, type Sender, said } from '@/lib/notifiers/contract/sender'
import { details, headline } from '@/lib/notifiers/contract/words'
import { type EmailConfig, recipientsIn } from '@/lib/notifiers/email/descriptor'
import { reveal } from '@/lib/secret'

const CONNECT_MS = 10_000
const ANSWER_MS = 20_000

export const emailSender: Sender<EmailConfig, 'password'> = {
  async send(notice, { config, secrets }, { outside, signal, installation }) {
    const { server, port, security, username, ca_certificate: ca } = config
    if (username !== undefined && secrets.password === undefined)
      throw new SendError('There is a user name, and no password is stored. Enter it.')
    // Only who sends mail pays for the library, in memory and at the start.
    const { createTransport } = await import('nodemailer')
    // To the address that was checked; the certificate has to be for the name.
    const connection = await connected(await outside.resolve(server), port, signal).catch((error: unknown) => {
      throw new SendError(wordsOf(error, server, port), { cause: error })
    })
    const transport = createTransport({
      host: server,
      port,
      connection,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      tls: {
        ...(isIP(server) === 0 ? { servername: server } : {}),
        minVersion: 'TLSv1.2',
        ...(ca === undefined ? {} : { ca }),
      },
      ...(username === undefined || secrets.password === undefined
        ? {}
        : { auth: { user: username, pass: reveal(secrets.password) } }),
      greetingTimeout: CONNECT_MS,
      socketTimeout: ANSWER_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    const stop = () => connection.destroy(late())
    signal.addEventListener('abort', stop)
    try {
      const { response, rejected } = await transport.sendMail(mailOf(notice, config, installation))
      const refused = rejected.map(String)
      return said(refused.length === 0 ? response : `${response} (refused for ${refused.join(', ')})`)
    } catch (error) {
      throw new SendError(wordsOf(error, server, port), { cause: error })
    } finally {
      signal.removeEventListener('abort', stop)
      transport.close()
      connection.destroy()
    }
  },
}

function late(): Error {
  return new Error('It did not answer in time.')
}

function connected(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = openSocket({ host, port, timeout: CONNECT_MS })
  const stop = () => socket.destroy(late())
  signal.addEventListener('abort', stop)
  return new Promise<Socket>((resolve, reject) => {
    socket.once('timeout', stop)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.removeAllListeners()
      resolve(socket)
    })
  }).finally(() => signal.removeEventListener('abort', stop))
}

function mailOf(notice: Notice, { from, to }: EmailConfig, installation: string) {
  const domain = `${installation}.holdfast.invalid`
  return {
    from: { name: 'Holdfast', address: from },
    to: recipientsIn(to),
    subject: headline(notice),
    text: `${[headline(notice), '', ...details(notice)].join('\n')}\n`,
    // The same in every attempt: mail programs show it once. All of an alert is one thread.
    messageId: `<${notice.id}@${domain}>`,
    ...(notice.alert === null ? {} : { references: `<${notice.alert.id}@${domain}>` }),
    date: notice.at,
    headers: { 'auto-submitted': 'auto-generated', 'x-holdfast-event': notice.event },
  }
}

/** What a server said is for people; it does not repeat a password. */
function wordsOf(error: unknown, server: string, port: number): string {
  const { code = '', response, message = '' } = error as { code?: string; response?: string; message?: string }
  if (code === 'EAUTH') return said(`The server refuses the user name or the password: ${response ?? message}`)
  if (response !== undefined) return said(`The server says: ${response}`)
  return said(`${server} port ${port}: ${connectionWords(message)}`)
}
