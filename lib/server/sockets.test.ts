import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { WEB_LIMITS } from '@/lib/server/limits'
import { Connections, networkOf } from '@/lib/server/sockets'

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:2:ffff::1', '2001:db8:1:2'],
  ['2001:0db8:0001:0002::', '2001:db8:1:2'],
  ['2001:db8::7', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

let nextPort = 1
class FakeSocket extends EventEmitter {
  destroyed = false
  readonly remotePort = nextPort++
  readonly remoteAddress: string
  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }
  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

function book(limits: Partial<typeof WEB_LIMITS>) {
  const refused: string[] = []
  const connections = new Connections({ ...WEB_LIMITS, ...limits }, (address) => refused.push(address))
  const open = (address: string, isProven = false) => {
    const socket = new FakeSocket(address)
    connections.admit(socket as unknown as Socket)
    if (isProven) connections.prove(socket as unknown as Socket)
    return socket
  }
  return { connections, open, refused }
}

it('takes from the address with most silent connections, not from one that has just come', () => {
  const { connections, open } = book({ unproven: 4 })
  const quiet = open('192.0.2.1')
  const flood = Array.from({ length: 50 }, () => open('192.0.2.66'))
  expect(quiet.destroyed).toBe(false)
  expect(flood.filter((socket) => !socket.destroyed)).toHaveLength(3)
  expect(flood.at(-1)?.destroyed).toBe(false)
  expect(connections.size).toBe(4)
})

it('never gives up a proven connection, and refuses a new one where all are', () => {
  const { connections, open, refused } = book({ connections: 3, unproven: 3 })
  const known = [open('192.0.2.1', true), open('192.0.2.2', true)]
  const silent = open('192.0.2.3')
  const next = open('192.0.2.4', true)
  expect(silent.destroyed).toBe(true)
  expect(open('192.0.2.5').destroyed).toBe(true)
  expect([...known, next].some((socket) => socket.destroyed)).toBe(false)
  expect(refused).toEqual(['192.0.2.3', '192.0.2.5'])
  known[0]?.destroy()
  expect(open('192.0.2.5').destroyed).toBe(false)
  expect(connections.size).toBe(3)
})

it('counts an IPv6 network as one address, and forgets it when its connections are gone', () => {
  const { open } = book({ connectionsPerAddress: 2 })
  const first = open('2001:db8::1', true)
  open('2001:db8::2', true)
  expect(open('2001:db8::3').destroyed).toBe(true)
  first.destroy()
  expect(open('2001:db8::4').destroyed).toBe(false)
})
