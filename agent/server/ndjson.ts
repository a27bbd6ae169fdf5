import type { ServerResponse } from 'node:http'
import type { EventFeed } from '@/agent/server/handlers'
import type { ObservedConnection, ObservedJob, ObservedMount, StreamMessage } from '@/lib/agent-protocol/messages'

const HEARTBEAT_MS = 5_000
/** Log lines beyond this much unsent text are dropped; results and errors never are. */
const MAX_BUFFERED_BYTES = 1024 * 1024
/** A reader that takes nothing for this long is gone, whatever TCP thinks. */
const STALLED_MS = 60_000

/** A stream of JSON lines with a heartbeat, bounded whatever the reader does. */
export interface LineStream {
  send(message: StreamMessage): void
  end(last?: StreamMessage): void
}

/** Ends the connection of a reader that has stopped reading; without this its buffer would stay for good. */
function watchForStall(response: ServerResponse): () => void {
  let timer: NodeJS.Timeout | undefined
  const clear = () => {
    clearTimeout(timer)
    timer = undefined
  }
  response.on('drain', clear)
  response.once('close', clear)
  return () => {
    if (!response.writableNeedDrain || timer) return
    timer = setTimeout(() => response.destroy(), STALLED_MS)
  }
}

export function openLineStream(response: ServerResponse): LineStream {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  response.flushHeaders()
  const checkStall = watchForStall(response)
  let dropped = 0
  const write = (message: StreamMessage) => {
    if (response.destroyed || response.writableEnded) return
    response.write(`${JSON.stringify(message)}\n`)
    checkStall()
  }
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) write({ type: 'heartbeat', at: new Date().toISOString() })
  }, HEARTBEAT_MS)
  response.once('close', () => clearInterval(heartbeat))

  return {
    send(message) {
      if (message.type === 'log' && response.writableLength > MAX_BUFFERED_BYTES) dropped++
      else write(message)
    },
    end(last) {
      clearInterval(heartbeat)
      if (dropped > 0) {
        write({ type: 'log', at: new Date().toISOString(), message: `${dropped} lines were left out.` })
      }
      if (last) write(last)
      response.end()
    },
  }
}

/**
 * The event stream: while the reader is slow, only the newest state of each mount waits for it, so that the buffer is bounded by
 * the number of mounts and the reader ends up with the truth.
 */
export function openEventStream(response: ServerResponse): Pick<EventFeed, 'send'> {
  const lines = openLineStream(response)
  const waiting = new Map<string, ObservedMount>()
  let connections: readonly ObservedConnection[] | undefined
  let jobs: readonly ObservedJob[] | undefined
  let isFirst = true
  const flush = () => {
    const hasNews = waiting.size > 0 || connections || jobs || isFirst
    if (response.writableNeedDrain || response.destroyed || !hasNews) return
    isFirst = false
    const mounts = [...waiting.values()]
    waiting.clear()
    const at = new Date().toISOString()
    lines.send({
      type: 'mounts',
      at,
      mounts,
      ...(connections ? { connections: [...connections] } : {}),
      ...(jobs ? { jobs: [...jobs] } : {}),
    })
    connections = jobs = undefined
  }
  response.on('drain', flush)
  return {
    send(mounts, allConnections, allJobs) {
      connections = allConnections ?? connections
      jobs = allJobs ?? jobs
      for (const mount of mounts) waiting.set(mount.mountId, mount)
      flush()
    },
  }
}
