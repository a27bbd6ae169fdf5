import { describe, expect, test } from 'vitest'
import { StreamMessage } from '@/lib/agent-protocol/stream'
import { setUpAgentOnTheWire } from '@/testing/agent/agent-on-the-wire'
import { testId } from '@/testing/ids'

const wire = setUpAgentOnTheWire()

describe('events', () => {
  test('first every mount, then what changes', async () => {
    await wire.applyMount(testId('mount', 'one'))
    const socket = await wire.open()
    const messages: StreamMessage[] = []
    let rest = ''
    const { promise: changed, resolve } = Promise.withResolvers<void>()
    socket.on('data', (chunk) => {
      for (const line of (rest + chunk).split('\n')) {
        if (!line.startsWith('{')) continue
        try {
          messages.push(StreamMessage.parse(JSON.parse(line)))
        } catch {
          rest = line
        }
      }
      if (messages.length === 1) wire.agent.change(testId('mount', 'one'), { state: 'hung' })
      if (messages.length === 2) resolve()
    })
    socket.write('GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n')
    await changed
    socket.destroy()
    const [first, second] = messages
    expect(first?.type === 'resources' && first.resources.mount?.map((mount) => mount.mountId)).toContain(
      testId('mount', 'one'),
    )
    expect(second?.type === 'resources' && second.resources.mount?.map((mount) => mount.state)).toEqual(['hung'])
  })

  test('a reader that does not read costs one state per mount, and gets the newest when it reads again', async () => {
    await wire.applyMount(testId('mount', 'slow'))
    const socket = await wire.open()
    socket.write('GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => socket.once('readable', resolve))
    socket.pause()
    const long = 'x'.repeat(4000)
    for (let i = 0; i < 20_000; i++)
      wire.agent.change(testId('mount', 'slow'), { error: { code: 'busy', message: `${i} ${long}` } })
    let text = ''
    const { promise: last, resolve } = Promise.withResolvers<void>()
    socket.on('data', (chunk) => {
      text = (text + chunk).slice(-20_000)
      if (text.includes('"19999 ')) resolve()
    })
    socket.resume()
    await last
    expect(socket.bytesRead).toBeLessThan(40 * 1024 * 1024)
    socket.destroy()
  })
})
