import { randomUUID } from 'node:crypto'
import { Client, Pool } from 'pg'
import { z } from 'zod'
import { type Bus, Listeners } from '@/lib/events/bus'
import { ChangeEvent } from '@/lib/events/schema'

const CHANNEL = 'holdfast_changes'
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 2000
/** Events of one turn of the event loop travel together; NOTIFY takes at most 8000 bytes. */
const MAX_EVENTS_PER_MESSAGE = 50
const MAX_WAITING = 5000

const Message = z.object({ from: z.string(), events: z.array(ChangeEvent) })

function parseMessage(payload: string | undefined): z.infer<typeof Message> | undefined {
  try {
    return Message.safeParse(JSON.parse(payload ?? '')).data
  } catch {
    return undefined
  }
}

/** LISTEN/NOTIFY: every web and controller process on the same database hears every event. */
export function connectPostgresBus(connectionString: string): Bus {
  const listeners = new Listeners()
  const self = randomUUID()
  const sender = new Pool({ connectionString, max: 1, application_name: 'holdfast-bus' })
  // A pool without this listener ends the process when an idle connection breaks.
  sender.on('error', () => undefined)
  let receiver: Client | undefined
  let connected = false
  let closed = false
  let retryMs = FIRST_RETRY_MS
  let timer: NodeJS.Timeout | undefined
  let waiting: ChangeEvent[] = []
  let sending = false

  async function open(): Promise<void> {
    const client = new Client({ connectionString, application_name: 'holdfast-bus', keepAlive: true })
    receiver = client
    let gone = false
    const again = () => {
      if (gone) return
      gone = true
      connected = false
      client.end().catch(() => undefined)
      if (closed) return
      timer = setTimeout(() => void open(), retryMs)
      timer.unref()
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    }
    client.on('error', again)
    client.on('end', again)
    client.on('notification', ({ payload }) => {
      const message = parseMessage(payload)
      if (message && message.from !== self) for (const event of message.events) listeners.tell(event)
    })
    try {
      await client.connect()
      await client.query(`LISTEN ${CHANNEL}`)
      connected = true
      retryMs = FIRST_RETRY_MS
    } catch {
      again()
    }
  }

  async function flush(): Promise<void> {
    if (sending) return
    sending = true
    try {
      while (waiting.length > 0 && !closed) {
        const events = waiting.splice(0, MAX_EVENTS_PER_MESSAGE)
        await sender.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify({ from: self, events })])
      }
    } catch {
      // Lost, as this bus may lose events; the database is the truth.
      waiting = []
    } finally {
      sending = false
    }
  }
  const opening = open()

  return {
    publish(event) {
      listeners.tell(event)
      if (closed || waiting.length >= MAX_WAITING) return
      waiting.push(event)
      if (waiting.length === 1) setImmediate(() => void flush())
    },
    subscribe: (listener) => listeners.add(listener),
    isConnected: () => connected,
    async close() {
      await flush()
      closed = true
      clearTimeout(timer)
      listeners.clear()
      await opening
      await receiver?.end().catch(() => undefined)
      await sender.end()
    },
  }
}
