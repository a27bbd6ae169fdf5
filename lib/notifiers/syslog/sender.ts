import { createSocket } from 'node:dgram'
import { connect as connectPlain, isIP, isIPv6, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { connectionWords, SendError, type Sender, said } from '@/lib/notifiers/contract/sender'
import type { SyslogConfig } from '@/lib/notifiers/syslog/descriptor'
import { datagram, framed, syslogLine } from '@/lib/notifiers/syslog/format'

/** A server that stays open has taken what it did not refuse by then. */
const CLOSE_MS = 2_000

export const syslogSender: Sender<SyslogConfig> = {
  async send(notice, { config }, { outside, signal, installation }) {
    const address = await outside.resolve(config.server)
    const line = syslogLine(notice, config, { host: hostname(), installation })
    try {
      if (config.transport === 'udp') await sendDatagram(datagram(line), address, config.port)
      else await sendStream(framed(line), address, config, signal)
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      throw new SendError(said(`${config.server} port ${config.port}: ${connectionWords(words)}`), { cause: error })
    }
    return config.transport === 'udp' ? 'Sent. UDP has no answer.' : 'Sent. Syslog has no answer.'
  },
}

function sendDatagram(bytes: Buffer, address: string, port: number): Promise<void> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  return new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.send(bytes, port, address, (error) => (error ? reject(error) : resolve()))
  }).finally(() => socket.close())
}

/** Done when the other side has closed too, or has had the time to: what it had not taken would come back as an error. */
function sendStream(bytes: Buffer, host: string, config: SyslogConfig, signal: AbortSignal): Promise<void> {
  const { port, transport, server, ca_certificate: ca } = config
  const named = isIP(server) === 0 ? { servername: server } : {}
  const socket: Socket =
    transport === 'tls'
      ? connectTls({ host, port, ...named, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
      : connectPlain({ host, port })
  const stop = () => socket.destroy(new Error('It did not answer in time.'))
  signal.addEventListener('abort', stop)
  let grace: NodeJS.Timeout | undefined
  return new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => socket.end(bytes))
    socket.once('finish', () => {
      grace = setTimeout(resolve, CLOSE_MS)
    })
    // Whatever it says is not for us, and has to be read for the end to come.
    socket.resume()
    socket.once('close', (hadError) => {
      if (!hadError) resolve()
    })
  }).finally(() => {
    clearTimeout(grace)
    signal.removeEventListener('abort', stop)
    socket.destroy()
  })
}
