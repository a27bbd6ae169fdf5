import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemActor } from '@/lib/auth/actor'
import { createLocalBus } from '@/lib/events/bus'
import { publishChanged, setProcessBus } from '@/lib/events/process-bus'
import { changeStream } from '@/lib/events/stream'

const actor = systemActor('test')
let stop: AbortController

beforeEach(() => {
  setProcessBus(createLocalBus())
  stop = new AbortController()
})
afterEach(() => {
  stop.abort()
  setProcessBus(undefined)
})

/** Reads until this has come. */
async function until(stream: ReadableStream<Uint8Array>, wanted: string): Promise<string> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`It ended without: ${wanted}`)
    text += decoder.decode(value, { stream: true })
  }
  return text
}

it('begins with what has changed since the page was read', async () => {
  publishChanged('mount', 'mnt_before')
  const before = Date.now()
  while (Date.now() === before) await new Promise((resolve) => setImmediate(resolve))
  const readAt = Date.now()
  publishChanged('mount', 'mnt_between')
  const stream = changeStream(actor, stop.signal, readAt)
  publishChanged('mount', 'mnt_later')
  const text = await until(stream, 'mnt_later')
  expect(text).toContain('mnt_between')
  expect(text).not.toContain('mnt_before')
})

it('tells a reader whose page is too old to read it again, and one who names no time only what comes', async () => {
  expect(await until(changeStream(actor, stop.signal, Date.now() - 3_600_000), 'reread')).toContain('event: reread')
  publishChanged('mount', 'mnt_before')
  const stream = changeStream(actor, stop.signal)
  publishChanged('mount', 'mnt_later')
  expect(await until(stream, 'mnt_later')).not.toContain('mnt_before')
})
