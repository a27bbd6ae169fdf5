import { createSocket } from 'node:dgram'
import { createServer as createWeb, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createSecureWeb } from 'node:https'
import { type AddressInfo, createServer as createPlain, type Server, type Socket } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { SMTPServer } from 'smtp-server'
import { createTestAuthority } from '@/testing/certificates'

/** Real servers on loopback that take messages. */
export interface Receiver<T> {
  port: number
  arrived: T[]
  /** How it answers from now on. */
  mode: 'takes' | 'refuses' | 'hangs'
  close(): Promise<void>
}

export interface ReceivedRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Tls {
  authority: string
  certificate: string
  key: string
}

export async function makeTls(): Promise<Tls> {
  const authority = await createTestAuthority('Test receivers')
  const { certificate, key } = await authority.issue({ names: [{ type: 'dns', value: 'localhost' }] })
  return { authority: authority.certificate, certificate, key }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

function closing(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
}

/** A web server; it repeats what it was sent when it refuses, as some do. */
export async function webReceiver(tls?: Tls): Promise<Receiver<ReceivedRequest>> {
  const arrived: ReceivedRequest[] = []
  const answer: RequestListener = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const { method = '', url: path = '', headers } = request
    if (receiver.mode === 'hangs') return
    if (receiver.mode === 'takes') arrived.push({ method, path, headers, body })
    response.statusCode = receiver.mode === 'takes' ? 200 : 403
    response.end(receiver.mode === 'takes' ? '{"ok":true}' : `not for ${path} ${JSON.stringify(headers)} ${body}`)
  }
  const server = tls ? createSecureWeb({ cert: tls.certificate, key: tls.key }, answer) : createWeb(answer)
  const close = closing(server)
  const receiver: Receiver<ReceivedRequest> = { port: await listening(server), arrived, mode: 'takes', close }
  return receiver
}

export interface ReceivedMail {
  from: string
  to: string[]
  user: string
  isEncrypted: boolean
  text: string
}

/** A mail server with STARTTLS, or TLS from the start, that wants a sign-in. */
export async function mailReceiver(
  tls: Tls,
  { isSecure = false, password }: { isSecure?: boolean; password: string },
): Promise<Receiver<ReceivedMail>> {
  const arrived: ReceivedMail[] = []
  const smtp = new SMTPServer({
    secure: isSecure,
    cert: tls.certificate,
    key: tls.key,
    authMethods: ['PLAIN', 'LOGIN'],
    logger: false,
    onAuth: ({ username, password: given }, _session, done) =>
      given === password ? done(null, { user: username }) : done(new Error(`535 not ${given}`)),
    onData(stream, { envelope, user, secure }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (receiver.mode === 'hangs') return
        if (receiver.mode === 'refuses') {
          done(Object.assign(new Error('No room for this mailbox'), { responseCode: 452 }))
          return
        }
        arrived.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          user: String(user),
          isEncrypted: secure,
          text: Buffer.concat(chunks).toString(),
        })
        done(null, 'Taken')
      })
    },
  })
  smtp.on('error', () => {})
  const close = closing(smtp.server)
  const receiver: Receiver<ReceivedMail> = { port: await listening(smtp.server), arrived, mode: 'takes', close }
  return receiver
}

/** A log server. By TCP and TLS it takes frames with their length before them. */
export async function syslogReceiver(transport: 'udp' | 'tcp' | 'tls', tls: Tls): Promise<Receiver<string>> {
  const arrived: string[] = []
  if (transport === 'udp') {
    const socket = createSocket('udp4')
    socket.on('message', (bytes) => arrived.push(bytes.toString()))
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const close = () => new Promise<void>((resolve) => socket.close(() => resolve()))
    return { port: socket.address().port, arrived, mode: 'takes', close }
  }
  const take = (socket: Socket) => {
    const chunks: Buffer[] = []
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => arrived.push(...unframed(Buffer.concat(chunks))))
  }
  const server = transport === 'tcp' ? createPlain(take) : createTls({ cert: tls.certificate, key: tls.key }, take)
  // Before any of it is read: what a TLS server refuses, it refuses at the connection.
  server.on('connection', (socket: Socket) => {
    if (receiver.mode === 'refuses') socket.resetAndDestroy()
  })
  const close = closing(server)
  const receiver: Receiver<string> = { port: await listening(server), arrived, mode: 'takes', close }
  return receiver
}

function unframed(bytes: Buffer): string[] {
  const found: string[] = []
  let at = 0
  while (at < bytes.length) {
    const blank = bytes.indexOf(' ', at)
    const length = Number(bytes.subarray(at, blank).toString())
    if (blank < 0 || !Number.isInteger(length)) throw new Error('no length stands before this frame')
    found.push(bytes.subarray(blank + 1, blank + 1 + length).toString())
    at = blank + 1 + length
  }
  return found
}
