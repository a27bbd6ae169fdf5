import type { ServerResponse } from 'node:http'
import type { EventFeed } from '@/agent/server/handlers'
import type { ObservedJob } from '@/lib/agent-protocol/messages'
import type { StreamMessage } from '@/lib/agent-protocol/stream'

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
 * The event stream: while the reader is slow, only the newest state of each resource waits for it, so that the buffer is bounded by
 * the number of resources and the reader ends up with the truth.
 */
export function openEventStream(response: ServerResponse): Pick<EventFeed, 'send'> {
  const lines = openLineStream(response)
  const waiting = new Map<string, Map<string, unknown>>()
  const gone = new Map<string, Set<string>>()
  const versions: Record<string, string> = {}
  let jobs: readonly ObservedJob[] | undefined
  const flush = () => {
    const hasNews = waiting.size + gone.size > 0 || jobs !== undefined
    if (response.writableNeedDrain || response.destroyed || !hasNews) return
    lines.send({
      type: 'resources',
      at: new Date().toISOString(),
      resources: Object.fromEntries([...waiting].map(([kind, byId]) => [kind, [...byId.values()]])),
      ...(gone.size === 0 ? {} : { gone: Object.fromEntries([...gone].map(([kind, ids]) => [kind, [...ids]])) }),
      ...(Object.keys(versions).length === 0 ? {} : { versions: { ...versions } }),
      ...(jobs === undefined ? {} : { jobs: [...jobs] }),
    })
    waiting.clear()
    gone.clear()
    for (const kind of Object.keys(versions)) delete versions[kind]
    jobs = undefined
  }
  response.on('drain', flush)
  return {
    send(news, allJobs) {
      jobs = allJobs ?? jobs
      for (const { kind, changed, gone: ids, version } of news) {
        if (version !== null) versions[kind] = version
        const byId = waiting.get(kind) ?? new Map<string, unknown>()
        const left = gone.get(kind) ?? new Set<string>()
        for (const [id, resource] of changed) {
          byId.set(id, resource)
          left.delete(id)
        }
        for (const id of ids) {
          byId.delete(id)
          left.add(id)
        }
        // An empty list is news in the first message: there is nothing of this kind.
        waiting.set(kind, byId)
        if (left.size > 0) gone.set(kind, left)
        else gone.delete(kind)
      }
      flush()
    },
  }
}
