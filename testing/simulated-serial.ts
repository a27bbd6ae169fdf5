import { type Duplex, duplexPair } from 'node:stream'
import { HoldfastError } from '@/lib/errors'

const GREETING = '\r\nDebian GNU/Linux 13 simulated ttyS0\r\n\r\nsimulated login: '
/** What the libvirt of a simulated host has written down. */
export const SERIAL_LOG = `[    0.000000] Linux version 6.12.0 (simulated)\r\n[    1.204113] Run /sbin/init as init process\r\n${GREETING}`

/** The serial port of a simulated machine: it greets, and says again what is typed. One reader at a time, as libvirt has it. */
export class SimulatedSerial {
  /** What was typed, all together. */
  typed = ''
  #reader: Duplex | null = null

  connect(): Duplex {
    if (this.#reader !== null) {
      throw new HoldfastError('busy', 'Somebody reads this serial console already: one at a time can.')
    }
    const [ours, theirs] = duplexPair()
    this.#reader = ours
    ours.on('error', () => ours.destroy())
    ours.once('close', () => {
      this.#reader = null
    })
    ours.once('end', () => ours.end())
    ours.on('data', (chunk: Buffer) => {
      this.typed += chunk.toString()
      ours.write(chunk.toString().replaceAll('\r', `\r\n${GREETING.trim()} `))
    })
    ours.write(GREETING)
    return theirs
  }

  get isRead(): boolean {
    return this.#reader !== null
  }
}
