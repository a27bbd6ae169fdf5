'use client'

import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import type { ChangeEvent } from '@/lib/events/schema'

export type Connection = 'connecting' | 'live' | 'lost'

const ConnectionContext = createContext<Connection>('connecting')

/** State of the event stream: while it is `lost`, what is on screen may be old. */
export function useConnection(): Connection {
  return useContext(ConnectionContext)
}

/** Topics whose lists are shown together with another noun's. */
const ALSO: Partial<Record<ChangeEvent['topic'], readonly string[]>> = {
  mount: ['backend', 'host', 'repository', 'uses', 'attention'],
  host: ['mount', 'workload', 'uses', 'attention'],
  backend: ['mount', 'repository', 'uses', 'attention'],
  repository: ['mount', 'uses'],
  pool: ['volume', 'mount', 'uses', 'attention'],
  volume: ['pool', 'uses', 'attention'],
  workload: ['uses'],
  attention: ['alert'],
}

/** Many changes at once (a sweep over 1,000 hosts) become one round of reads. */
const GATHER_MS = 300
/** What is put together from all nouns is read by every page, and follows a little later. */
const GATHER_OVERALL_MS = 1_500
const OVERALL: ReadonlySet<string> = new Set<ChangeEvent['topic'] | 'uses'>(['attention', 'reach', 'uses'])
const LOST_AFTER_MS = 3000
/** The server says every 15 s that it is still there. A cut line or a frozen machine says nothing, and breaks no connection either. */
const SILENT_AFTER_MS = 40_000

/** Reading takes a moment, and what changes during it counts as well. */
const READING_MS = 2_000

/** The server read what the page shows before anybody listened; the stream begins with what has changed since then. */
function since(client: QueryClient): string {
  const times = client
    .getQueryCache()
    .getAll()
    .map((query) => query.state.dataUpdatedAt)
    .filter((time) => time > 0)
  return times.length === 0 ? '' : `?since=${Math.min(...times) - READING_MS}`
}

/** Marks the queries of changes as stale, those of one round together. */
function gatherer(client: QueryClient, ms: number) {
  const topics = new Map<string, Set<string>>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function flush() {
    timer = undefined
    const batch = new Map(topics)
    topics.clear()
    void client.invalidateQueries({
      predicate: ({ queryKey: [topic, scope, id] }) => {
        const ids = batch.get(String(topic))
        if (!ids) return false
        return scope !== 'one' || ids.has(String(id)) || ids.has('*')
      },
    })
  }
  return {
    note(topic: string, id: string) {
      const ids = topics.get(topic) ?? new Set<string>()
      ids.add(id)
      topics.set(topic, ids)
      timer ??= setTimeout(flush, ms)
    },
    stop: () => clearTimeout(timer),
  }
}

/** Feeds React Query from `/api/v1/events`: a change marks the matching queries stale, and those on screen are read again. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')

  useEffect(() => {
    const [soon, later] = [gatherer(client, GATHER_MS), gatherer(client, GATHER_OVERALL_MS)]
    let lost: ReturnType<typeof setTimeout> | undefined
    let silence: ReturnType<typeof setTimeout> | undefined
    let missed = false

    function note(topic: string, id: string) {
      const gather = OVERALL.has(topic) ? later : soon
      gather.note(topic, id)
    }

    let source: EventSource | undefined
    let reopen: ReturnType<typeof setTimeout> | undefined
    function heard() {
      clearTimeout(silence)
      silence = setTimeout(() => {
        missed = true
        setConnection('lost')
        source?.close()
        open()
      }, SILENT_AFTER_MS)
    }
    function open() {
      clearTimeout(reopen)
      heard()
      source = new EventSource(`/api/v1/events${since(client)}`)
      source.addEventListener('still', heard)
      source.onopen = () => {
        heard()
        clearTimeout(lost)
        lost = undefined
        setConnection('live')
        // Whatever happened while nobody listened is read again.
        if (missed) void client.invalidateQueries()
        missed = false
      }
      source.addEventListener('change', (message) => {
        heard()
        const event = JSON.parse(message.data) as Pick<ChangeEvent, 'topic' | 'id'>
        note(event.topic, event.id)
        for (const topic of ALSO[event.topic] ?? []) note(topic, '*')
      })
      source.addEventListener('reread', () => void client.invalidateQueries())
      source.onerror = () => {
        missed = true
        lost ??= setTimeout(() => setConnection('lost'), LOST_AFTER_MS)
        // The browser itself tries again after a dropped connection, but not after an answer such as 502.
        if (source?.readyState === EventSource.CLOSED) reopen = setTimeout(open, LOST_AFTER_MS)
      }
    }
    open()
    return () => {
      source?.close()
      soon.stop()
      later.stop()
      clearTimeout(lost)
      clearTimeout(reopen)
      clearTimeout(silence)
    }
  }, [client])

  return <ConnectionContext value={connection}>{children}</ConnectionContext>
}

/** Milliseconds between reads for a query that the stream feeds: none while it lives. */
export function usePollInterval(whenLost = 5000): number | false {
  return useConnection() === 'lost' ? whenLost : false
}
