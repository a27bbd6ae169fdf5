import type { Duplex } from 'node:stream'

/** Raw, and nothing that a picture would have to be unpacked for. */
const RAW = Buffer.from([2, 0, 0, 1, 0, 0, 0, 0])

/** A viewer of RFB 3.8 that draws nothing: it asks for pictures, counts what comes, and types. */
export class RfbViewer {
  readonly #stream: Duplex
  #size = Buffer.alloc(4)
  #waiting: (() => void) | null = null
  /** Of pictures, without the greeting. */
  bytes = 0

  private constructor(stream: Duplex) {
    this.#stream = stream
  }

  static async open(stream: Duplex): Promise<RfbViewer> {
    const viewer = new RfbViewer(stream)
    const read = readerOf(stream)
    await read(12)
    stream.write('RFB 003.008\n')
    await read((await read(1)).readUInt8(0))
    stream.write(Buffer.from([1]))
    await read(4)
    stream.write(Buffer.from([1]))
    const init = await read(24)
    viewer.#size = Buffer.from(init.subarray(0, 4))
    await read(init.readUInt32BE(20))
    stream.write(RAW)
    stream.on('data', (chunk: Buffer) => {
      viewer.bytes += chunk.length
      viewer.#waiting?.()
    })
    return viewer
  }

  ask(): void {
    this.#stream.write(Buffer.concat([Buffer.from([3, 1, 0, 0, 0, 0]), this.#size]))
  }

  press(symbol: number): void {
    for (const isDown of [1, 0]) this.#stream.write(Buffer.from([4, isDown, 0, 0, 0, 0, 0, symbol]))
  }

  /** Milliseconds until something of a picture comes. */
  async news(timeoutMs = 5_000): Promise<number | null> {
    const from = performance.now()
    return new Promise((resolve) => {
      const end = (found: number | null) => {
        clearTimeout(timer)
        this.#waiting = null
        resolve(found)
      }
      const timer = setTimeout(() => end(null), timeoutMs)
      this.#waiting = () => end(performance.now() - from)
    })
  }

  /** Asks for the next picture whenever one of so many bytes has come, until it is stopped. Returns how to stop. */
  follow(frameBytes: number): () => number {
    let [seen, frames] = [this.bytes, 0]
    const onData = () => {
      while (this.bytes - seen >= frameBytes) {
        seen += frameBytes
        frames++
        this.ask()
      }
    }
    this.#stream.on('data', onData)
    this.ask()
    return () => {
      this.#stream.off('data', onData)
      return frames
    }
  }

  close(): void {
    this.#stream.destroy()
  }
}

/** Until it is given up: then the stream flows. */
function readerOf(stream: Duplex): (bytes: number) => Promise<Buffer> {
  return async (bytes) => {
    if (bytes === 0) return Buffer.alloc(0)
    for (;;) {
      const found = stream.read(bytes) as Buffer | null
      if (found !== null) return found
      await new Promise<void>((resolve, reject) => {
        stream.once('readable', resolve)
        stream.once('error', reject)
        stream.once('close', () => reject(new Error('the screen was closed')))
      })
    }
  }
}
