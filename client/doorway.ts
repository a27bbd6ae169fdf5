import { type AddressInfo, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { createWebSocketStream, type WebSocket } from 'ws'
import { Said } from '@/client/said'
import { closedWords } from '@/lib/consoles/closing'

/** A viewer that does not come in this time does not come at all. Milliseconds. */
const NOBODY_CAME_MS = 60_000
/** A viewer that left may be back, as one that asks for a password is. Milliseconds. */
const MAY_BE_BACK_MS = 3_000
/** Of a WebSocket that was closed because nothing more was to be said (RFC 6455, 7.4.1). */
const IN_ORDER = 1000

export interface Doorway {
  /** On 127.0.0.1. */
  port: number
  /** When the last viewer has left, or nobody came. Rejects when a screen did not open or was closed by the other side. */
  over: Promise<void>
  close(): void
}

interface Options {
  /** A screen for one viewer. */
  open(): Promise<WebSocket>
  isOwn(socket: Socket): boolean
  /** Absent: it ends with its last viewer. Else it stays until `close`, and this hears what went wrong for one of them. */
  staysAndTells?: ((error: unknown) => void) | undefined
}

/** A door on loopback for viewers of this user. Each that comes gets a screen, with a ticket of its own. */
export async function openDoorway({ open, isOwn, staysAndTells }: Options): Promise<Doorway> {
  const { promise: over, resolve, reject } = Promise.withResolvers<void>()
  const viewers = new Set<Socket>()
  let timer: NodeJS.Timeout | undefined
  const endAfter = (ms: number) => {
    if (staysAndTells === undefined) timer = setTimeout(resolve, ms)
  }
  const server = createServer((viewer) => {
    viewer.on('error', () => viewer.destroy())
    if (!isOwn(viewer)) return void viewer.destroy()
    clearTimeout(timer)
    viewers.add(viewer)
    show(viewer, open)
      .catch(staysAndTells ?? reject)
      .finally(() => {
        viewers.delete(viewer)
        if (viewers.size === 0) endAfter(MAY_BE_BACK_MS)
      })
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', listening)
  })
  endAfter(NOBODY_CAME_MS)
  const close = () => {
    clearTimeout(timer)
    server.close()
    for (const viewer of viewers) viewer.destroy()
    resolve()
  }
  return { port: (server.address() as AddressInfo).port, over: over.finally(close), close }
}

/** Until either side has enough. Throws with the words of why when it was not the viewer. */
async function show(viewer: Socket, open: () => Promise<WebSocket>): Promise<void> {
  viewer.pause()
  viewer.setNoDelay(true)
  let screen: WebSocket
  try {
    screen = await open()
  } catch (error) {
    viewer.destroy()
    throw error
  }
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    screen.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  )
  const left = new Promise<null>((resolve) =>
    viewer.once('end', () => resolve(null)).once('close', () => resolve(null)),
  )
  void pipeline(viewer, createWebSocketStream(screen), viewer).catch(() => undefined)
  const end = await Promise.race([closed, left])
  viewer.destroy()
  screen.close()
  if (end !== null && end.code !== IN_ORDER) throw new Said(closedWords(end.code, end.reason))
}
