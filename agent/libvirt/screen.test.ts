import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openScreen, screenIn } from '@/agent/libvirt/screen'

const UUID = '6a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
const machine = (graphics: string, id = " id='3'") =>
  `<domain type='kvm'${id}><name>a</name><devices>${graphics}</devices></domain>`

it.each([
  [
    "<graphics type='vnc' socket='/run/a &amp; b/vnc.sock'><listen type='socket' socket='/run/a &amp; b/vnc.sock'/></graphics>",
    { path: '/run/a & b/vnc.sock' },
  ],
  ["<graphics type='vnc' socket='/run/auto.sock'><listen type='socket'/></graphics>", { path: '/run/auto.sock' }],
  [
    "<graphics type='vnc' port='5901' autoport='yes' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>",
    { host: '127.0.0.1', port: 5901 },
  ],
  ["<graphics type='vnc' port='5902' listen='0.0.0.0'/>", { host: '127.0.0.1', port: 5902 }],
  ["<graphics type='vnc' port='5903' listen='::'/>", { host: '::1', port: 5903 }],
  ["<graphics type='spice' port='5900'/><graphics type='vnc' port='5904'/>", { host: '127.0.0.1', port: 5904 }],
])('finds the screen in %s', (graphics, place) => {
  expect(screenIn(machine(graphics))).toEqual(place)
})

it.each([
  ['', 'has no screen'],
  ["<graphics type='spice' port='5900' listen='127.0.0.1'/>", 'SPICE'],
  ["<graphics type='vnc' port='-1' autoport='yes'/>", 'takes no connections'],
  ["<graphics type='vnc' port='5900' listen='10.0.0.5'/>", 'is on the network only'],
  ["<graphics type='vnc' port='5900' listen='127.evil.test'/>", 'is on the network only'],
  ["<graphics type='vnc' socket='relative.sock'/>", 'takes no connections'],
])('refuses %s', (graphics, words) => {
  expect(() => screenIn(machine(graphics))).toThrow(words)
  try {
    screenIn(machine(graphics))
  } catch (error) {
    // All of it is told at the end of a WebSocket.
    expect(Buffer.byteLength((error as Error).message)).toBeLessThanOrEqual(123)
  }
})

it('a machine that is off has none', () => {
  expect(() => screenIn(machine("<graphics type='vnc' port='-1'/>", ''))).toThrow('does not run')
})

it('leads only to what greets as a VNC server does, and gives up in time', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-screen-'))
  const path = join(directory, 'other.sock')
  let says: string | null = 'HTTP/1.1 400 Bad Request\r\n'
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (says !== null) socket.write(says)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const asked: string[] = []
  const open = (signal = new AbortController().signal) =>
    openScreen(
      async (_command, args) => {
        asked.push(args.join(' '))
        return { stdout: machine(`<graphics type='vnc' socket='${path}'/>`), stderr: '', exitCode: 0 } as never
      },
      UUID,
      signal,
    )
  try {
    await expect(open()).rejects.toMatchObject({ code: 'backend_unreachable' })
    says = 'RFB 003.008\nand more'
    const screen = await open()
    const [first] = await screen.take(1).toArray()
    expect(String(first)).toBe('RFB 003.008\nand more')
    says = null
    await expect(open(AbortSignal.timeout(50))).rejects.toThrow(/timeout/i)
    expect(asked[0]).toBe(`--quiet --connect qemu:///system dumpxml --domain ${UUID}`)
  } finally {
    server.close()
    rmSync(directory, { recursive: true })
  }
  await expect(open()).rejects.toMatchObject({ code: 'backend_unreachable' })
})
