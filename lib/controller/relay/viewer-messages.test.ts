import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ViewerMessages } from '@/lib/controller/relay/viewer-messages'

const bytes = (...values: number[]) => Buffer.from(values)
const HELLO = [Buffer.from('RFB 003.008\n'), bytes(1), bytes(1)]

const LOOKS = [
  Buffer.concat([bytes(0, 0, 0, 0), Buffer.alloc(16, 7)]),
  Buffer.concat([bytes(2, 0, 0, 2), Buffer.alloc(8, 4)]),
  bytes(3, 1, 0, 0, 0, 0, 4, 0, 3, 0),
  bytes(150, 1, 0, 0, 0, 0, 4, 0, 3, 0),
  bytes(248, 0, 0, 0, 0, 0, 0, 1, 3, 4, 4, 4),
]
const CHANGES = [
  bytes(4, 1, 0, 0, 0, 0, 0, 0x61),
  bytes(5, 1, 0, 9, 0, 9),
  bytes(5, 0x81, 0, 9, 0, 9, 2),
  Buffer.concat([bytes(6, 0, 0, 0, 0, 0, 0, 4), Buffer.from([4, 5, 6, 3])]),
  Buffer.concat([bytes(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfc), Buffer.from([3, 4, 5, 6])]),
  bytes(250, 0, 1, 2),
  Buffer.concat([bytes(251, 0, 4, 0, 3, 0, 1, 0), Buffer.alloc(16, 5)]),
  bytes(255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 30),
  bytes(255, 1, 0, 0),
  Buffer.concat([bytes(255, 1, 0, 2), Buffer.alloc(6, 3)]),
]

/** What comes out when it comes in chunks of these sizes. */
async function through(types: boolean, sent: readonly Buffer[], sizes: readonly number[] = [65_536]): Promise<Buffer> {
  const messages = new ViewerMessages({ types })
  const out = buffer(messages)
  const all = Buffer.concat(sent)
  for (let at = 0, turn = 0; at < all.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    messages.write(all.subarray(at, at + size))
    at += size
  }
  messages.end()
  return out
}

describe('what a viewer says', () => {
  it('is handed on as it is to whoever may type', async () => {
    const sent = [...HELLO, ...LOOKS, ...CHANGES]
    expect(await through(true, sent)).toEqual(Buffer.concat(sent))
  })

  it('changes nothing when it may only look, in whatever order and chunks it comes', async () => {
    const marked = fc.array(fc.oneof(fc.constantFrom(...LOOKS), fc.constantFrom(...CHANGES)), { maxLength: 40 })
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(marked, sizes, async (messages, chunks) => {
        const left = messages.filter((one) => LOOKS.includes(one))
        expect(await through(false, [...HELLO, ...messages], chunks)).toEqual(Buffer.concat([...HELLO, ...left]))
      }),
    )
  })

  it('with a password is told from messages', async () => {
    const sent = [Buffer.from('RFB 003.007\n'), bytes(2), Buffer.alloc(16, 4), bytes(1), ...LOOKS]
    expect(await through(false, sent)).toEqual(Buffer.concat(sent))
  })

  it.each([
    ['an old version', [Buffer.from('RFB 003.003\n')]],
    ['a security type with messages of its own', [HELLO[0], bytes(19)]],
    ['a message that nobody knows', [...HELLO, bytes(99)]],
    ['a message of QEMU that nobody knows', [...HELLO, bytes(255, 7)]],
    ['a message without end', [...HELLO, bytes(6, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff), Buffer.alloc(2_000_000)]],
  ])('ends with %s', async (_what, sent) => {
    await expect(through(true, sent as Buffer[])).rejects.toMatchObject({ code: 'unsupported' })
  })
})
