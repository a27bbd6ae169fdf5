import type { Duplex } from 'node:stream'
import { reader } from '@/testing/simulated-screen'

/** Pictures as they are, and a new size of the screen (RFC 6143, 7.7.1 and 7.8.2). */
const ENCODINGS = [0, -223]

/** A viewer of a VNC server without authentication, for tests: it asks for one picture after the other. */
export class RfbViewer {
  readonly #stream: Duplex
  readonly #read: (bytes: number) => Promise<Buffer>
  width = 0
  height = 0
  #pixels = Buffer.alloc(0)

  private constructor(stream: Duplex) {
    this.#stream = stream
    this.#read = reader(stream)
  }

  static async open(stream: Duplex): Promise<RfbViewer> {
    const viewer = new RfbViewer(stream)
    await viewer.#greet()
    return viewer
  }

  async #greet(): Promise<void> {
    const read = this.#read
    await read(12)
    this.#stream.write('RFB 003.008\n')
    const [types = 0] = await read(1)
    if (!(await read(types)).includes(1)) throw new Error('the server wants a password')
    this.#stream.write(Buffer.from([1]))
    if ((await read(4)).readUInt32BE() !== 0) throw new Error('the server refuses')
    this.#stream.write(Buffer.from([1]))
    const head = await read(24)
    this.#resize(head.readUInt16BE(0), head.readUInt16BE(2))
    await read(head.readUInt32BE(20))
    const encodings = Buffer.alloc(4 + 4 * ENCODINGS.length)
    encodings.writeUInt8(2, 0)
    encodings.writeUInt16BE(ENCODINGS.length, 2)
    for (const [at, encoding] of ENCODINGS.entries()) encodings.writeInt32BE(encoding, 4 + 4 * at)
    // 32 bits, 24 of them used, little-endian, true colour, red in the third byte.
    const format = Buffer.alloc(20)
    format.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0], 4)
    this.#stream.write(Buffer.concat([format, encodings]))
  }

  #resize(width: number, height: number): void {
    this.width = width
    this.height = height
    this.#pixels = Buffer.alloc(width * height * 4)
  }

  /** The whole picture as it is now: four bytes a pixel. */
  async picture(): Promise<Buffer> {
    for (;;) {
      const { width, height } = this
      const ask = Buffer.alloc(10)
      ask.writeUInt8(3, 0)
      ask.writeUInt16BE(width, 6)
      ask.writeUInt16BE(height, 8)
      this.#stream.write(ask)
      await this.#update()
      if (width === this.width && height === this.height) return Buffer.from(this.#pixels)
    }
  }

  /** Until a picture was sent; what else the server says is left. */
  async #update(): Promise<void> {
    const read = this.#read
    for (;;) {
      const [type] = await read(1)
      if (type === 3) await read((await read(7)).readUInt32BE(3))
      else if (type === 0) break
      else if (type !== 2) throw new Error(`the server says ${type}`)
    }
    const parts = (await read(3)).readUInt16BE(1)
    for (let part = 0; part < parts; part++) await this.#part(await read(12))
  }

  async #part(head: Buffer): Promise<void> {
    const [x, y, width, height] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at)) as [number, number, number, number]
    if (head.readInt32BE(8) === -223) return this.#resize(width, height)
    const bytes = await this.#read(width * height * 4)
    for (let line = 0; line < height; line++) {
      bytes.copy(this.#pixels, ((y + line) * this.width + x) * 4, line * width * 4, (line + 1) * width * 4)
    }
  }

  /** Presses and lets go. */
  press(key: number): void {
    for (const isDown of [1, 0]) {
      const event = Buffer.alloc(8)
      event.writeUInt8(4, 0)
      event.writeUInt8(isDown, 1)
      event.writeUInt32BE(key, 4)
      this.#stream.write(event)
    }
  }

  close(): void {
    this.#stream.destroy()
  }
}
