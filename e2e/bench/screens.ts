import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { connect } from 'node:net'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocket } from 'ws'
import { cpuSeconds, quantile, record, section } from '@/e2e/bench/figures'
import { serveFrames } from '@/e2e/bench/rfb-server'
import { RfbViewer } from '@/e2e/bench/rfb-viewer'
import { libvirtOfThisMachine } from '@/e2e/console/support/libvirt'
import { type Product, until } from '@/e2e/support/product'
import type { ConsoleTicketView } from '@/lib/consoles/schema'
import type { HostRow } from '@/lib/hosts/schema'
import { type EchoMachine, startEchoMachine } from '@/testing/libvirt/echo-machine'

const KEYS = 60
const PLAIN_KEYS = 400
const KEY_GOAL = 1.3
const TYPED = 120
const FRAMES_A_SECOND = 30
const FRAMES_MS = 10_000
const CPU_GOAL = 1.2
/** What a changing picture of 1,280 × 800 takes when it is compressed, and when it is not. */
const FRAMES = [
  { name: 'compressed, 256 KiB', bytes: 256 * 1024 },
  { name: 'raw, 4 MB', bytes: 16 + 1280 * 800 * 4 },
]

/** Screens of machines through web, relay and agent, beside the VNC server itself and websockify. */
export async function benchScreens(product: Product): Promise<void> {
  const libvirt = await libvirtOfThisMachine()
  try {
    const screen = (name: string) => {
      const socket = path.join(libvirt.directory, `${name}.sock`)
      const devices = `<graphics type='vnc'><listen type='socket' socket='${socket}'/></graphics>`
      return { socket, machine: startEchoMachine(libvirt, devices, name) }
    }
    const ways = await waysOf(product)
    section(`A key and its picture, a real QEMU, ${KEYS} keys each`)
    await benchKeys(ways, screen('bench-keys'))
    const shown = screen('bench-frames')
    for (const { name, bytes } of FRAMES) {
      section(`A screen of 1280 x 800 that changes ${FRAMES_A_SECOND} times a second, ${name}`)
      // In the place of QEMU's own, which without a system in the machine has nothing that changes so fast.
      const server = await serveFrames(shown.socket, bytes, 1_000 / FRAMES_A_SECOND)
      await benchFrames(ways, shown, bytes)
      server.close()
    }
  } finally {
    await libvirt.close()
  }
}

interface Screen {
  socket: string
  machine: EchoMachine
}

interface Ways {
  /** Through the product. */
  relay(machine: EchoMachine): Promise<RfbViewer>
  pids: readonly number[]
}

async function waysOf(product: Product): Promise<Ways> {
  const host = await until('the local host is online', async () => {
    const hosts = await product.request<{ data: HostRow[] }>('GET', '/api/v1/hosts')
    return hosts.body.data.find((one) => one.status === 'online')
  })
  return {
    pids: await Promise.all((['web', 'controller', 'agent'] as const).map((name) => product.pid(name))),
    async relay({ uuid: machine }) {
      const asked = await product.request<{ data: ConsoleTicketView }>('POST', '/api/v1/consoles', {
        host_id: host.id,
        machine,
      })
      const { path: at, protocols } = asked.body.data
      const url = new URL(at, product.url.replace('http', 'ws'))
      const headers = { authorization: `Bearer ${product.token}` }
      return RfbViewer.open(await streamOf(new WebSocket(url, protocols, { headers, perMessageDeflate: false })))
    },
  }
}

async function streamOf(socket: WebSocket): Promise<Duplex> {
  const stream = createWebSocketStream(socket)
  stream.on('error', () => stream.destroy())
  return stream
}

/** In turns, so that what else the machine does meets both. */
async function benchKeys(ways: Ways, { machine, socket }: Screen): Promise<void> {
  const direct = await RfbViewer.open(connect(socket))
  const relayed = await ways.relay(machine)
  await until('the program of the machine', async () => {
    relayed.press(0x2e)
    await new Promise((resolve) => setTimeout(resolve, 300))
    return machine.text().includes('.') || undefined
  })
  const samples = { direct: [] as number[], relayed: [] as number[] }
  for (let n = 0; n < 2 * KEYS; n++) {
    const [name, viewer] = n % 2 === 0 ? (['direct', direct] as const) : (['relayed', relayed] as const)
    // What was on its way already is no answer.
    viewer.ask()
    await viewer.news(250)
    viewer.ask()
    viewer.press(0x61 + (n % 26))
    const ms = await viewer.news()
    if (ms !== null) samples[name].push(ms)
  }
  recordTrip('QEMU', samples)
  for (const [name, viewer] of [['direct', direct] as const, ['relay', relayed] as const]) {
    const before = machine.text().length
    const from = performance.now()
    for (let n = 0; n < TYPED; n++) {
      viewer.press(0x61 + (n % 26))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await until('the text', async () => machine.text().length >= before + TYPED || undefined)
    const rate = (TYPED * 1_000) / (performance.now() - from)
    record({ name: `text typed at up to 200 characters/s, ${name}: on the machine`, value: rate, unit: '1/s' })
  }
  direct.close()
  relayed.close()
}

function recordTrip(server: string, { direct, relayed }: { direct: number[]; relayed: number[] }): void {
  const [bare, ours] = [quantile(direct, 0.5), quantile(relayed, 0.5)]
  record({ name: `${server}: key to picture, direct, median`, value: bare, unit: 'ms' })
  record({
    ...{ name: `${server}: key to picture, through the relay, median`, value: ours, unit: 'ms' },
    ...{ ratio: ours / bare, baseline: 'direct', goal: `<= ${KEY_GOAL}x`, reached: ours / bare <= KEY_GOAL },
  })
}

async function benchFrames(ways: Ways, { machine, socket }: Screen, bytes: number): Promise<void> {
  const port = 17_000 + (process.pid % 1_000)
  const websockify = spawn('websockify', [`127.0.0.1:${port}`, `--unix-target=${socket}`], { stdio: 'ignore' })
  try {
    const plain = await until('websockify', () => openPlain(port))
    const relayed = await ways.relay(machine)
    await benchPlainKeys(socket, relayed)
    const cpuOfOurs = () => ways.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
    const cpuOfPlain = () => familyOf(websockify).reduce((sum, pid) => sum + cpuSeconds(pid), 0)
    // What our processes do for the rest of the product.
    const idle = await during(cpuOfOurs, async () => pause(FRAMES_MS))
    const measure = async (viewer: RfbViewer, cpu: () => number) => {
      let frames = 0
      const spent = await during(cpu, async () => {
        const stop = viewer.follow(bytes)
        await pause(FRAMES_MS)
        frames = stop()
      })
      await pause(500)
      return { spent, frames }
    }
    const theirs = await measure(plain, cpuOfPlain)
    const ours = await measure(relayed, cpuOfOurs)
    const each = [theirs.spent / theirs.frames, (ours.spent - idle) / ours.frames] as const
    record({ name: 'websockify, frames/s', value: (theirs.frames * 1_000) / FRAMES_MS, unit: '1/s' })
    record({ name: 'web, controller and agent, frames/s', value: (ours.frames * 1_000) / FRAMES_MS, unit: '1/s' })
    record({ name: 'websockify, CPU of a frame', value: each[0] * 1_000, unit: 'ms' })
    const ratio = each[1] / each[0]
    record({
      ...{ name: 'web, controller and agent, CPU of a frame', value: each[1] * 1_000, unit: 'ms', ratio },
      ...{ baseline: 'websockify', goal: `<= ${CPU_GOAL}x`, reached: ratio <= CPU_GOAL },
    })
    plain.close()
    relayed.close()
  } finally {
    websockify.kill()
  }
}

/** The way alone: this server answers a key at once. */
async function benchPlainKeys(socket: string, relayed: RfbViewer): Promise<void> {
  const direct = await RfbViewer.open(connect(socket))
  const samples = { direct: [] as number[], relayed: [] as number[] }
  for (let n = 0; n < PLAIN_KEYS; n++) {
    const [name, viewer] = n % 2 === 0 ? (['direct', direct] as const) : (['relayed', relayed] as const)
    const answer = viewer.news()
    viewer.press(0x61)
    const ms = await answer
    if (ms !== null) samples[name].push(ms)
    await pause(10)
  }
  const added = quantile(samples.relayed, 0.5) - quantile(samples.direct, 0.5)
  record({ name: 'a server that answers at once: added by the relay, median', value: added, unit: 'ms' })
  direct.close()
}

async function openPlain(port: number): Promise<RfbViewer | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, ['binary'], { perMessageDeflate: false })
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('open', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  return isOpen ? RfbViewer.open(createWebSocketStream(socket)) : undefined
}

/** It forks for each connection. */
function familyOf({ pid = 0 }: ChildProcess): number[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return [pid, ...children.split('\n').filter(Boolean).map(Number)]
}

async function during(cpu: () => number, work: () => Promise<void>): Promise<number> {
  const before = cpu()
  await work()
  return cpu() - before
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
