import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { HoldfastError } from '@/lib/errors'
import { type Bus, Listeners, parseChangeEvent } from '@/lib/events/bus'
import type { ChangeEvent } from '@/lib/events/schema'

/** A peer that has this much unread gets no more until it reads: events may be lost, memory may not grow. */
const MAX_UNREAD_BYTES = 1024 * 1024
const MAX_LINE_BYTES = 4096
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1000

function send(socket: Socket, line: string): void {
  if (socket.writable && socket.writableLength < MAX_UNREAD_BYTES) socket.write(line)
}

/** Calls `take` with each event that comes in; a peer that sends no lines is cut off. */
function readEvents(socket: Socket, take: (event: ChangeEvent, line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    rest += chunk
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end + 1)
      rest = rest.slice(end + 1)
      const event = parseChangeEvent(line)
      if (event) take(event, line)
    }
    if (rest.length > MAX_LINE_BYTES) socket.destroy()
  })
}

function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(file)
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/**
 * The directory says who may connect: where the supervisor has opened it to the group that web and controller share, the socket
 * is that group's too; in a place of all, such as /tmp, it is this user's alone.
 */
function socketMode(file: string): number {
  const { mode, uid } = statSync(path.dirname(file))
  return uid === process.getuid?.() && (mode & 0o017) === 0o010 ? 0o660 : 0o600
}

/**
 * The controller's side: a unix socket that relays events between all who connect.
 * Throws `conflict` when another controller is serving it; a socket file that a dead one left is replaced.
 */
export async function serveSocketBus(file: string): Promise<Bus> {
  const listeners = new Listeners()
  const peers = new Set<Socket>()
  if (await answers(file)) {
    throw new HoldfastError('conflict', `Another controller is already running on ${file}; stop it first.`)
  }
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  rmSync(file, { force: true, recursive: true })

  const server = createServer((socket) => {
    peers.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => peers.delete(socket))
    readEvents(socket, (event, line) => {
      for (const peer of peers) if (peer !== socket) send(peer, line)
      listeners.tell(event)
    })
  })
  const umask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(file, resolve)
    })
  } finally {
    process.umask(umask)
  }
  chmodSync(file, socketMode(file))

  return {
    publish(event) {
      const line = `${JSON.stringify(event)}\n`
      for (const peer of peers) send(peer, line)
      listeners.tell(event)
    },
    subscribe: (listener) => listeners.add(listener),
    isConnected: () => server.listening,
    close() {
      listeners.clear()
      for (const peer of peers) peer.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** The other side: connects, and connects again for as long as it takes. `publish` while the controller is away is lost. */
export function connectSocketBus(file: string): Bus {
  const listeners = new Listeners()
  let socket: Socket | undefined
  let connected = false
  let closed = false
  let retryMs = FIRST_RETRY_MS
  let timer: NodeJS.Timeout | undefined

  function open(): void {
    socket = connect(file)
    socket.unref()
    socket.on('connect', () => {
      connected = true
      retryMs = FIRST_RETRY_MS
    })
    socket.on('error', () => socket?.destroy())
    socket.on('close', () => {
      connected = false
      if (closed) return
      timer = setTimeout(open, retryMs)
      timer.unref()
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    })
    readEvents(socket, (event) => listeners.tell(event))
  }
  open()

  return {
    publish(event) {
      if (connected && socket) send(socket, `${JSON.stringify(event)}\n`)
      listeners.tell(event)
    },
    subscribe: (listener) => listeners.add(listener),
    isConnected: () => connected,
    async close() {
      closed = true
      clearTimeout(timer)
      listeners.clear()
      socket?.destroy()
    },
  }
}
