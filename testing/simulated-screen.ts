import { type Duplex, duplexPair } from 'node:stream'
import { HoldfastError } from '@/lib/errors'
import { SimulatedSerial } from '@/testing/simulated-serial'

const WIDTH = 320
const HEIGHT = 200
const NAME = 'simulated'
/** As every VNC server offers it: 32 bits, red in the third byte (RFC 6143, 7.4). */
const RED_SHIFT_AT = 10

/** The screens of the machines of a simulated host: each is there as soon as somebody asks for it. */
export class SimulatedScreens {
  readonly #screens = new Map<string, SimulatedScreen>()
  readonly serials = new Map<string, SimulatedSerial>()
  /** Machines that libvirt does not know. */
  readonly unknown = new Set<string>()

  of(machine: string): SimulatedScreen {
    const known = this.#screens.get(machine) ?? new SimulatedScreen()
    this.#screens.set(machine, known)
    return known
  }

  async openScreen({ machine }: { machine: string }): Promise<Duplex> {
    if (this.unknown.has(machine)) {
      throw new HoldfastError('not_found', 'libvirt on this host knows no such machine.')
    }
    return this.of(machine).connect()
  }

  async openSerial({ machine }: { machine: string }): Promise<Duplex> {
    if (this.unknown.has(machine)) {
      throw new HoldfastError('not_found', 'libvirt on this host knows no such machine.')
    }
    const known = this.serials.get(machine) ?? new SimulatedSerial()
    this.serials.set(machine, known)
    return known.connect()
  }
}

/**
 * A VNC server (RFB 3.8, no authentication, raw encoding) with a picture of bars, whose colours change with every key that is pressed.
 */
export class SimulatedScreen {
  /** Key symbols that were pressed, oldest first. */
  readonly keys: number[] = []
  /** What viewers have said about the clipboard, oldest first: the flags of each extended message. */
  readonly clipboard: number[] = []
  readonly #viewers = new Set<ScreenViewer>()

  connect(): Duplex {
    const [ours, theirs] = duplexPair()
    const viewer = new ScreenViewer(ours, this)
    this.#viewers.add(viewer)
    ours.on('error', () => ours.destroy())
    ours.once('close', () => this.#viewers.delete(viewer))
    ours.once('end', () => ours.end())
    return theirs
  }

  get viewers(): number {
    return this.#viewers.size
  }

  press(key: number): void {
    this.keys.push(key)
    for (const viewer of this.#viewers) viewer.changed()
  }

  /** The machine is stopped: every viewer is cut off. */
  stop(): void {
    for (const viewer of this.#viewers) viewer.end()
  }

  /** One pixel each, without regard to the order of colours. */
  picture(): { red: number; green: number; blue: number }[] {
    const seed = this.keys.reduce((sum, key) => (sum * 31 + key) % 251, 40)
    return Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
      const bar = Math.floor((at % WIDTH) / 40)
      return { red: (seed + bar * 24) % 256, green: (bar * 32) % 256, blue: (seed * 3) % 256 }
    })
  }
}

class ScreenViewer {
  readonly #stream: Duplex
  readonly #screen: SimulatedScreen
  #shifts = { red: 16, green: 8, blue: 0 }
  #isWaiting = false
  #hasNews = true

  constructor(stream: Duplex, screen: SimulatedScreen) {
    this.#stream = stream
    this.#screen = screen
    this.#serve().catch(() => stream.destroy())
  }

  changed(): void {
    this.#hasNews = true
    if (this.#isWaiting) this.#draw()
  }

  end(): void {
    this.#stream.end()
    this.#stream.destroy()
  }

  async #serve(): Promise<void> {
    const read = reader(this.#stream)
    this.#stream.write('RFB 003.008\n')
    await read(12)
    this.#stream.write(Buffer.from([1, 1]))
    await read(1)
    this.#stream.write(Buffer.alloc(4))
    await read(1)
    this.#stream.write(serverInit())
    for (;;) await this.#take(read)
  }

  /** One message of the viewer (RFC 6143, 7.5). */
  async #take(read: (bytes: number) => Promise<Buffer>): Promise<void> {
    const [type] = await read(1)
    if (type === 0) {
      const format = (await read(19)).subarray(3)
      const at = (offset: number) => format.readUInt8(RED_SHIFT_AT + offset)
      this.#shifts = { red: at(0), green: at(1), blue: at(2) }
    } else if (type === 2) await read(4 * (await read(3)).readUInt16BE(1))
    else if (type === 3) {
      const isWhole = (await read(9)).readUInt8(0) === 0
      this.#isWaiting = true
      if (isWhole || this.#hasNews) this.#draw()
    } else if (type === 4) {
      const key = await read(7)
      if (key.readUInt8(0) === 1) this.#screen.press(key.readUInt32BE(3))
    } else if (type === 5) await read(5)
    else if (type === 6) {
      const content = await read(Math.abs((await read(7)).readInt32BE(3)))
      this.#screen.clipboard.push(content.readUInt32BE(0))
    } else throw new Error(`this server knows no message ${type}`)
  }

  #draw(): void {
    this.#isWaiting = false
    this.#hasNews = false
    const head = Buffer.alloc(16)
    head.writeUInt16BE(1, 2)
    head.writeUInt16BE(WIDTH, 8)
    head.writeUInt16BE(HEIGHT, 10)
    const { red, green, blue } = this.#shifts
    const pixels = Buffer.alloc(WIDTH * HEIGHT * 4)
    for (const [at, pixel] of this.#screen.picture().entries()) {
      pixels.writeUInt32LE(((pixel.red << red) | (pixel.green << green) | (pixel.blue << blue)) >>> 0, at * 4)
    }
    this.#stream.write(Buffer.concat([head, pixels]))
  }
}

function serverInit(): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt16BE(WIDTH, 0)
  head.writeUInt16BE(HEIGHT, 2)
  // 32 bits per pixel, 24 of them used, little-endian, true colour, 8 bits for each.
  head.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0], 4)
  head.writeUInt32BE(NAME.length, 20)
  return Buffer.concat([head, Buffer.from(NAME)])
}

/** Reads so many bytes at a time; rejects at the end. */
export function reader(stream: Duplex): (bytes: number) => Promise<Buffer> {
  let held = Buffer.alloc(0)
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  return async (bytes) => {
    while (held.length < bytes) {
      const { value, done } = await chunks.next()
      if (done) throw new Error('the other side has ended')
      held = Buffer.concat([held, value])
    }
    const taken = held.subarray(0, bytes)
    held = held.subarray(bytes)
    return taken
  }
}
