import 'server-only'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Actor } from '@/lib/auth/actor'
import { actorNow } from '@/lib/auth/authenticate'
import { type ClipboardRights, clipboardRights } from '@/lib/consoles/clipboard-rights'
import { CLOSE_CODES } from '@/lib/consoles/closing'
import * as repository from '@/lib/consoles/repository'
import { type ConsoleEnd, SEEN_EVERY_MS } from '@/lib/consoles/schema'
import { noteEnded, noteOpened } from '@/lib/consoles/service'
import { toHoldfastError } from '@/lib/errors'
import { tunnelThroughRelay } from '@/lib/relay/door'
import type { TunnelWork } from '@/lib/relay/ticket'

/** How often it is asked whether it may go on. With the second that an actor is remembered, less than 5 s. */
const CHECK_MS = 2_000
/** A viewer that has not answered the ping before when the next is due has gone. Proxies close what is silent for a minute. */
const PING_MS = 15_000
/** Bytes for a viewer that does not take them as fast as the machine draws: above, the machine waits. */
const MOST_WAITING = 1024 * 1024
/** For a viewer to say that it has heard of the end, when this process stops, whose own patience is hardly longer. */
const LEAVE_MS = 400
/** The reason in a closing frame (RFC 6455, 5.5). Bytes. */
const MOST_REASON = 123

export interface Viewing {
  actor: Actor
  console: repository.ConsoleRecord
  viewer: WebSocket
  /** Aborted when this process stops. */
  stop: AbortSignal
}

/**
 * Shows a screen to its viewer until either of them leaves, somebody ends it, or the viewer may not look any more, which holds within
 * 5 s. Whatever happens, the viewer is told why, and the row and the audit say when it was over.
 */
export async function showScreen(viewing: Viewing): Promise<void> {
  const { actor, console, viewer, stop } = viewing
  const gone = new AbortController()
  viewer.once('close', () => gone.abort())
  viewer.on('error', () => viewer.terminate())
  // What the viewer says before the screen is there waits in its socket.
  viewer.pause()
  let screen: Duplex
  let rights: ClipboardRights
  try {
    rights = await clipboardRights(actor, console)
    const signal = AbortSignal.any([gone.signal, stop])
    screen = await tunnelThroughRelay(workFor(console, rights), { hostId: console.hostId, actor, signal })
  } catch (error) {
    const known = toHoldfastError(error)
    await noteEnded(actor, console, 'refused', known).finally(() => close(viewer, 'refused', known.message))
    return
  }
  let reason: ConsoleEnd = 'lost'
  try {
    await noteOpened(actor, console)
    reason = await untilEnd(viewing, screen, rights)
  } finally {
    screen.destroy()
    // Before the viewer hears of it: with the last of them gone, a process that stops is no more.
    await noteEnded(actor, console, reason).finally(() => close(viewer, reason))
  }
}

/** What the relay is asked for, with all that whoever looks may do. */
function workFor({ id, kind, machine, isViewOnly }: repository.ConsoleRecord, rights: ClipboardRights): TunnelWork {
  const [request, types] = [{ machine }, !isViewOnly]
  if (kind === 'serial') return { verb: 'openSerial', request, types }
  return { verb: 'openScreen', request, console: id, types, ...rights }
}

async function untilEnd(
  { actor, console, viewer, stop }: Viewing,
  screen: Duplex,
  rights: ClipboardRights,
): Promise<ConsoleEnd> {
  const { promise, resolve: end } = Promise.withResolvers<ConsoleEnd>()
  const onStop = () => end('restarted')
  stop.addEventListener('abort', onStop, { once: true })
  if (stop.aborted) onStop()
  let seenAt = performance.now()
  const check = async () => {
    const [now, wish] = await Promise.all([actorNow(actor), repository.findWish(console.id)])
    if (!now?.permissions.has('consoles.open')) return end('revoked')
    if (wish === null || wish.endAskedBy !== null) return end('asked')
    // The relay was told at the opening: with others it is opened anew, which the page does by itself.
    const { copies, pastes } = await clipboardRights(now, console)
    if (copies !== rights.copies || pastes !== rights.pastes) return end('changed')
    if (performance.now() - seenAt < SEEN_EVERY_MS) return
    seenAt = performance.now()
    await repository.touch(console.id, new Date())
  }
  // Who cannot be asked is not let on.
  const checks = setInterval(() => void check().catch(() => end('revoked')), CHECK_MS)
  const pings = keepAlive(viewer)
  handOn(viewer, screen, end)
  try {
    return await promise
  } finally {
    clearInterval(checks)
    clearInterval(pings)
    stop.removeEventListener('abort', onStop)
  }
}

function keepAlive(viewer: WebSocket): NodeJS.Timeout {
  let hasAnswered = true
  viewer.on('pong', () => {
    hasAnswered = true
  })
  return setInterval(() => {
    if (!hasAnswered) return viewer.terminate()
    hasAnswered = false
    viewer.ping()
  }, PING_MS)
}

/** Bytes of one side become frames of the other; each side waits for the other. */
function handOn(viewer: WebSocket, screen: Duplex, end: (reason: ConsoleEnd) => void): void {
  viewer.on('close', () => end('viewer'))
  screen.on('close', () => end('machine'))
  screen.on('end', () => end('machine'))
  viewer.on('message', (data, isBinary) => {
    // There is no text in this protocol.
    if (!isBinary || !Buffer.isBuffer(data)) return end('viewer')
    if (screen.write(data)) return
    viewer.pause()
    screen.once('drain', () => viewer.resume())
  })
  const onSent = () => {
    if (screen.isPaused() && viewer.bufferedAmount < MOST_WAITING / 2) screen.resume()
  }
  screen.on('data', (chunk: Buffer) => {
    viewer.send(chunk, { binary: true }, onSent)
    if (viewer.bufferedAmount > MOST_WAITING) screen.pause()
  })
  if (viewer.readyState === viewer.OPEN) viewer.resume()
  else end('viewer')
}

function close(viewer: WebSocket, reason: ConsoleEnd, words = ''): void {
  if (reason === 'restarted') {
    const timer = setTimeout(() => viewer.terminate(), LEAVE_MS)
    viewer.once('close', () => clearTimeout(timer))
  }
  if (reason === 'viewer' || reason === 'lost') viewer.close()
  else viewer.close(CLOSE_CODES[reason], shortened(words))
  // Paused, it would never see that the other side has closed as well.
  viewer.resume()
}

function shortened(words: string): string {
  let text = words
  while (Buffer.byteLength(text) > MOST_REASON) text = text.slice(0, -1)
  return text.length === words.length ? text : `${text.slice(0, -3)}…`
}
