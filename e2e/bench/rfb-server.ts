import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'

const WIDTH = 1280
const HEIGHT = 800

/** A VNC server whose whole screen changes all the time: asked for a picture, it has the next one after `everyMs`. */
export async function serveFrames(path: string, frameBytes: number, everyMs: number): Promise<Server> {
  const frame = Buffer.alloc(frameBytes)
  frame.writeUInt16BE(1, 2)
  frame.writeUInt16BE(WIDTH, 8)
  frame.writeUInt16BE(HEIGHT, 10)
  // Of the encodings that compress (Tight), as real ones do: what is in it nobody here unpacks.
  frame.writeInt32BE(7, 12)
  for (let at = 16; at < frame.length; at++) frame[at] = (at * 2_654_435_761) >>> 24
  const server = createServer((viewer) => greet(viewer, frame, everyMs))
  rmSync(path, { force: true })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}

/** The viewer of these benchmarks says each thing in its turn. A key has an answer of some bytes at once. */
function greet(viewer: Socket, frame: Buffer, everyMs: number): void {
  const init = Buffer.alloc(24)
  init.writeUInt16BE(WIDTH, 0)
  init.writeUInt16BE(HEIGHT, 2)
  let step = 0
  let nextAt = performance.now()
  viewer.on('error', () => viewer.destroy())
  viewer.write('RFB 003.008\n')
  viewer.on('data', (said: Buffer) => {
    if (step === 0) viewer.write(Buffer.from([1, 1]))
    if (step === 1) viewer.write(Buffer.alloc(4))
    if (step === 2) viewer.write(init)
    if (step++ < 3) return
    if (said[0] === 4) viewer.write(frame.subarray(0, 64))
    if (said[0] !== 3) return
    nextAt = Math.max(nextAt + everyMs, performance.now())
    setTimeout(() => viewer.write(frame), Math.max(0, nextAt - performance.now()))
  })
}
