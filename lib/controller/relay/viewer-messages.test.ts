import { buffer } from 'node:stream/consumers'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MOST_PASTED } from '@/lib/controller/relay/clipboard-messages'
import { type ClipboardUse, ViewerMessages } from '@/lib/controller/relay/viewer-messages'

const bytes = (...values: number[]) => Buffer.from(values)
const HELLO = [Buffer.from('RFB 003.008\n'), bytes(1), bytes(1)]

/** About the clipboard, with its length below zero. */
function extended(content: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt8(6)
  head.writeInt32BE(-content.length, 4)
  return Buffer.concat([head, content])
}

function provided(text: string, flags: Buffer = bytes(0x10, 0, 0, 1)): Buffer {
  const content = Buffer.from(`${text}\0`)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return extended(Buffer.concat([flags, deflateSync(Buffer.concat([length, content]))]))
}

const ASKS = extended(bytes(2, 0, 0, 1))
const PEEKS = extended(bytes(4, 0, 0, 0))

const LOOKS: readonly Buffer[] = [
  Buffer.concat([bytes(0, 0, 0, 0), Buffer.alloc(16, 7)]),
  Buffer.concat([bytes(2, 0, 0, 2), Buffer.alloc(8, 4)]),
  bytes(3, 1, 0, 0, 0, 0, 4, 0, 3, 0),
  bytes(150, 1, 0, 0, 0, 0, 4, 0, 3, 0),
  bytes(248, 0, 0, 0, 0, 0, 0, 1, 3, 4, 4, 4),
]
const CHANGES: readonly Buffer[] = [
  bytes(4, 1, 0, 0, 0, 0, 0, 0x61),
  bytes(5, 1, 0, 9, 0, 9),
  bytes(5, 0x81, 0, 9, 0, 9, 2),
  Buffer.concat([bytes(6, 0, 0, 0, 0, 0, 0, 4), Buffer.from([4, 5, 6, 3])]),
  extended(bytes(8, 0, 0, 1)),
  bytes(250, 0, 1, 2),
  Buffer.concat([bytes(251, 0, 4, 0, 3, 0, 1, 0), Buffer.alloc(16, 5)]),
  bytes(255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 30),
  bytes(255, 1, 0, 0),
  Buffer.concat([bytes(255, 1, 0, 2), Buffer.alloc(6, 3)]),
]

/** What comes out when it comes in chunks of these sizes. */
async function through(types: boolean, sent: readonly Buffer[], sizes: readonly number[] = [65_536]): Promise<Buffer> {
  return passed(new ViewerMessages({ types, copies: true, pastes: true }), sent, sizes)
}

async function passed(messages: ViewerMessages, sent: readonly Buffer[], sizes = [65_536] as readonly number[]) {
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

describe('the clipboard', () => {
  const uses: string[] = []
  const note = (use: ClipboardUse) => void uses.push(use.is === 'pasted' ? use.text.toString() : use.is)
  const withRights = (rights: { types: boolean; copies: boolean; pastes?: boolean }, ...sent: Buffer[]) => {
    uses.length = 0
    return passed(new ViewerMessages({ pastes: true, ...rights }, note), [...HELLO, ...sent])
  }
  const hello = Buffer.concat(HELLO)

  it('takes texts of who may type, and tells of them', async () => {
    const old = Buffer.concat([bytes(6, 0, 0, 0, 0, 0, 0, 3), Buffer.from('old')])
    const sent = [extended(bytes(8, 0, 0, 1)), provided('Grüße, 世界'), old]
    expect(await withRights({ types: true, copies: false }, ...sent)).toEqual(Buffer.concat([hello, ...sent]))
    expect(uses).toEqual(['Grüße, 世界', 'old'])
    expect(await withRights({ types: false, copies: true }, ...sent, ASKS)).toEqual(hello)
    expect(uses).toEqual([])
  })

  it('is left as it is, and can still be asked for, where texts of persons are not taken', async () => {
    const speaks = extended(bytes(1, 0, 0, 1, 0, 0, 0, 0))
    const old = Buffer.concat([bytes(6, 0, 0, 0, 0, 0, 0, 3), Buffer.from('old')])
    const key = bytes(4, 1, 0, 0, 0, 0, 0, 0x61)
    const sent = [speaks, extended(bytes(8, 0, 0, 1)), provided('new'), old, ASKS, key]
    const rights = { types: true, copies: true, pastes: false }
    expect(await withRights(rights, ...sent)).toEqual(Buffer.concat([hello, speaks, ASKS, key]))
    expect(uses).toEqual(['copied'])
  })

  it('of the machine can be asked for by who may, and by nobody else', async () => {
    expect(await withRights({ types: true, copies: false }, ASKS, PEEKS, ASKS)).toEqual(hello)
    expect(uses).toEqual([])
    expect(await withRights({ types: true, copies: true }, ASKS)).toEqual(Buffer.concat([hello, ASKS]))
    expect(uses).toEqual(['copied'])
  })

  it.each([
    ['more than one thing at once', extended(bytes(0x12, 0, 0, 1))],
    ['another format than text', provided('<b>', bytes(0x10, 0, 0, 3))],
    ['what cannot be unpacked', extended(bytes(0x10, 0, 0, 1, 9, 9, 9))],
    ['what is small and becomes too large', provided('a'.repeat(MOST_PASTED + 1))],
    [
      'an old text that is too large',
      Buffer.concat([bytes(6, 0, 0, 0, 0, 4, 0, 1), Buffer.alloc(MOST_PASTED + 1, 97)]),
    ],
  ])('ends with %s', async (_what, message) => {
    await expect(withRights({ types: true, copies: true }, message)).rejects.toMatchObject({ code: 'unsupported' })
  })
})

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

describe('a viewer whose turn it is not', () => {
  const key = (isDown: boolean, symbol = 0x61) => bytes(4, Number(isDown), 0, 0, 0, 0, 0, symbol)
  const speaks = extended(bytes(1, 0, 0, 1, 0, 0, 0, 0))

  it('only looks, and says what its clipboard can do', async () => {
    const messages = new ViewerMessages({ types: true, copies: true, pastes: true }, () => undefined, {
      mayType: () => Promise.resolve(false),
    })
    const out = await passed(messages, [...HELLO, ...LOOKS, ...CHANGES, provided('x'), ASKS, speaks], [7])
    expect(out).toEqual(Buffer.concat([...HELLO, ...LOOKS, speaks]))
  })

  it('leaves no key and no button pressed when it is over', async () => {
    let isTurn = true
    const messages = new ViewerMessages({ types: true, copies: true, pastes: true }, () => undefined, {
      mayType: () => isTurn,
    })
    const out = buffer(messages)
    const qemuKey = (isDown: number) => bytes(255, 0, 0, isDown, 0, 0, 0, 0x62, 0, 0, 0, 48)
    const typed = [
      key(true),
      key(true, 0x63),
      key(false),
      qemuKey(1),
      bytes(5, 1, 0, 9, 0, 9),
      bytes(5, 0x81, 0, 9, 0, 9, 2),
    ]
    for (const one of [...HELLO, ...typed]) messages.write(one)
    await new Promise((resolve) => setImmediate(resolve))
    isTurn = false
    messages.letGo()
    messages.letGo()
    messages.end(key(true, 0x64))
    const releases = [key(false, 0x63), qemuKey(0), bytes(5, 0x80, 0, 9, 0, 9, 0)]
    expect(await out).toEqual(Buffer.concat([...HELLO, ...typed, ...releases]))
  })
})
