import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import { promisify } from 'node:util'
import { deflateSync, inflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type ClipboardUse, ViewerMessages } from '@/lib/controller/relay/viewer-messages'
import { joinStreams } from '@/lib/join-streams'
import { reader } from '@/testing/simulated-screen'
import { waitFor } from '@/testing/wait'

/** A display that nobody has: its socket lies in a directory that all programs share. */
const DISPLAY = `:${5000 + (process.pid % 1000)}`
/** Of "rfbproto", 7.7.27: the extended clipboard, as a wish among the encodings. */
const EXTENDED = 0xc0a1e5ce
const [CAPS, REQUEST, NOTIFY, PROVIDE] = [1 << 24, 1 << 25, 1 << 27, 1 << 28]
const TEXT = 1
const WORDS = 'Grüße, 世界 🌍\nthe second line'

let directory = ''
let server: ChildProcess
let socketPath = ''

/** TigerVNC without a screen of this machine and without the network: viewers come over a socket. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-tigervnc-'))
  socketPath = join(directory, 'vnc.sock')
  const flags = ['-SecurityTypes', 'None', '-rfbport', '-1', '-rfbunixpath', socketPath, '-nolisten', 'tcp']
  server = spawn('Xtigervnc', [DISPLAY, '-geometry', '320x200', ...flags], { stdio: 'ignore' })
  await waitFor('TigerVNC', () => canConnect(), 30_000)
})
afterAll(async () => {
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  server.kill()
  await gone
  rmSync(directory, { recursive: true, force: true })
})

function canConnect(): Promise<boolean> {
  const socket = connect(socketPath)
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

const xclip = (...args: string[]) =>
  promisify(execFile)('xclip', ['-display', DISPLAY, '-selection', 'clipboard', ...args], { timeout: 20_000 })

/** A program of that display copies this; it goes on in the background until another one does. */
async function own(text: string): Promise<void> {
  const program = spawn('xclip', ['-display', DISPLAY, '-selection', 'clipboard', '-i'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  program.stdin.end(text)
  await new Promise<void>((resolve) => program.once('exit', () => resolve()))
}

interface Viewer {
  say(flags: number, content?: Buffer): void
  /** Flags of what the server has said about its clipboard, oldest first. */
  heard: number[]
  /** Texts that it has given. */
  texts: string[]
  uses: ClipboardUse[]
}

/** A viewer that speaks to TigerVNC through what the relay hands on, and knows the extended clipboard. */
async function openViewer(rights: { types: boolean; copies: boolean; pastes?: boolean }): Promise<Viewer> {
  const [viewer, ours] = duplexPair()
  const ends = new AbortController()
  onTestFinished(() => ends.abort())
  const uses: ClipboardUse[] = []
  void joinStreams(
    ours,
    connect(socketPath),
    ends.signal,
    new ViewerMessages({ pastes: true, ...rights }, (use) => void uses.push(use)),
  )
  viewer.on('error', () => undefined)
  const read = reader(viewer)
  await read(12)
  viewer.write('RFB 003.008\n')
  await read((await read(1)).readUInt8(0))
  viewer.write(Buffer.from([1]))
  await read(4)
  viewer.write(Buffer.from([1]))
  await read((await read(24)).readUInt32BE(20))
  const encodings = Buffer.from([2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0])
  encodings.writeUInt32BE(EXTENDED, 8)
  viewer.write(encodings)
  const made: Viewer = { say: (flags, content) => say(viewer, flags, content), heard: [], texts: [], uses }
  // It ends with the connection.
  void listen(read, made).catch(() => undefined)
  await waitFor('what the server can do', () => made.heard.some((flags) => (flags & CAPS) !== 0))
  made.say(CAPS | REQUEST | NOTIFY | PROVIDE | TEXT, Buffer.from([0, 0, 0, 0]))
  return made
}

function say(viewer: Duplex, flags: number, content: Buffer = Buffer.alloc(0)): void {
  const head = Buffer.alloc(12)
  head.writeUInt8(6, 0)
  head.writeInt32BE(-(4 + content.length), 4)
  head.writeUInt32BE(flags >>> 0, 8)
  viewer.write(Buffer.concat([head, content]))
}

/** No picture was asked for, so the server speaks of its clipboard alone (type 3). */
async function listen(read: (bytes: number) => Promise<Buffer>, viewer: Viewer): Promise<void> {
  for (;;) {
    const head = await read(8)
    const content = await read(Math.abs(head.readInt32BE(4)))
    if (head.readUInt8(0) !== 3 || head.readInt32BE(4) >= 0) continue
    const flags = content.readUInt32BE(0)
    viewer.heard.push(flags)
    if ((flags & CAPS) !== 0 || (flags & PROVIDE) === 0) continue
    const whole = inflateSync(content.subarray(4), { finishFlush: 2 })
    viewer.texts.push(whole.toString('utf8', 4).replaceAll('\0', '').replaceAll('\r\n', '\n'))
  }
}

const given = (text: string) => {
  const bytes = Buffer.from(`${text.replaceAll('\n', '\r\n')}\0`)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return deflateSync(Buffer.concat([length, bytes]))
}

test('a text of any language reaches the clipboard of TigerVNC through the relay', async () => {
  const viewer = await openViewer({ types: true, copies: false })
  viewer.say(NOTIFY | TEXT)
  // Before the server has heard of it, there is nothing to be had.
  const asked = waitFor('the text', () => xclip('-o').catch(() => null))
  await waitFor('the question for it', () => viewer.heard.some((flags) => (flags & REQUEST) !== 0))
  viewer.say(PROVIDE | TEXT, given(WORDS))
  expect((await asked).stdout).toBe(WORDS)
  expect(viewer.uses).toEqual([{ is: 'pasted', text: Buffer.from(WORDS) }])
})

test('what TigerVNC has in its clipboard comes to whoever may ask for it, and to nobody else', async () => {
  const [may, mayNot] = [
    await openViewer({ types: true, copies: true }),
    await openViewer({ types: true, copies: false }),
  ]
  const hasNews = ({ heard }: Viewer) => heard.some((flags) => (flags & NOTIFY) !== 0 && (flags & CAPS) === 0)
  // The server tells those alone who have said by then that they understand it.
  await waitFor('the news', async () => {
    await own(WORDS)
    return hasNews(may) && hasNews(mayNot)
  })
  // While the server looks what a new text is like, it answers nobody.
  const askBoth = (more: number) => () => {
    mayNot.say(REQUEST | TEXT)
    may.say(REQUEST | TEXT)
    return may.texts.length >= more
  }
  await waitFor('the text', askBoth(1))
  // Asked first: by then its text would have come.
  await waitFor('the text again', askBoth(may.texts.length + 5))
  expect(new Set(may.texts)).toEqual(new Set([WORDS]))
  expect(may.uses[0]).toEqual({ is: 'copied' })
  expect(mayNot.texts).toEqual([])
  expect(mayNot.uses).toEqual([])
})
