import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { parseXml, type XmlElement } from '@rgrove/parse-xml'
import { isRunning, machineDefinition } from '@/agent/libvirt/machine-definition'
import { type RunVirsh, virshOn } from '@/agent/libvirt/virsh'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { childrenOf } from '@/lib/libvirt/xml-elements'
import { pauseFor } from '@/lib/pause'

/** How long libvirt may take to notice that a machine was stopped. */
const NOTICE_MS = 1_500
const LOOK_MS = 250

/** The first thing that every VNC server says (RFC 6143, 7.1.1): `RFB 003.008` and a line feed. */
const GREETING_BYTES = 12
const GREETING = /^RFB \d{3}\.\d{3}\n$/

/** Where a VNC server takes connections on this very host. */
export type ScreenPlace = { path: string } | { host: string; port: number }

/**
 * Connects to the VNC server of a machine that runs here. Its place is what libvirt says, never what somebody asks for, and whatever
 * answers there has to greet as a VNC server does: a definition that names another socket leads nowhere. Throws `not_found` for a
 * machine that libvirt does not know, `conflict` for one that is off, `unsupported` for one whose screen cannot be reached like this. The
 * words are short enough for the end of a WebSocket: 123 bytes.
 */
export async function openScreen(
  run: DriverHost['run'],
  machine: string,
  signal: AbortSignal,
  uri = SYSTEM_LIBVIRT,
): Promise<Duplex> {
  const virsh = virshOn(run, uri)
  const place = screenIn(await machineDefinition(virsh, machine))
  const socket = connect(place)
  // Whoever gets it sees its end; an error before that is thrown here.
  socket.on('error', () => socket.destroy())
  const onAbort = () => socket.destroy()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    if (signal.aborted) onAbort()
    await greeted(socket)
    return socket
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    if (await wasStopped(virsh, machine, signal)) throw isOff()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** The place of the screen in the definition of a machine, as libvirt writes it while the machine runs. Throws as `openScreen`. */
export function screenIn(xml: string): ScreenPlace {
  const domain = parseXml(xml).root
  if (domain?.attributes.id === undefined) throw isOff()
  const screens = childrenOf(domain, 'devices').flatMap((devices) => childrenOf(devices, 'graphics'))
  const screen = screens.find(({ attributes }) => attributes.type === 'vnc')
  if (screen === undefined) throw notReachable(`${whatItHas(screens)}: add <graphics type='vnc'/> to its definition.`)
  return socketOf(screen) ?? addressOf(screen)
}

function isOff(): HoldfastError {
  return new HoldfastError('conflict', 'The machine does not run, so it has no screen. Start it.')
}

/** Whether a screen that does not answer is that of a machine which has ended a moment ago: libvirt notices that later than we do. */
async function wasStopped(virsh: RunVirsh, machine: string, signal: AbortSignal): Promise<boolean> {
  for (const endAt = performance.now() + NOTICE_MS; ; await pauseFor(LOOK_MS, signal)) {
    const isOver = await machineDefinition(virsh, machine).then(
      (xml) => !isRunning(xml),
      (error: unknown) => error instanceof HoldfastError && error.code === 'not_found',
    )
    if (isOver || signal.aborted || performance.now() > endAt) return isOver
  }
}

function whatItHas([other]: readonly XmlElement[]): string {
  if (other === undefined) return 'The machine has no screen'
  return `The machine has no VNC screen, only ${other.attributes.type === 'spice' ? 'SPICE' : 'another one'}`
}

function socketOf(screen: XmlElement): ScreenPlace | null {
  const named = [screen, ...childrenOf(screen, 'listen')].flatMap(({ attributes }) => attributes.socket ?? [])
  const [path] = named
  return path?.startsWith('/') ? { path } : null
}

function addressOf(screen: XmlElement): ScreenPlace {
  const port = Number(screen.attributes.port)
  const listen = childrenOf(screen, 'listen').flatMap(({ attributes }) => attributes.address ?? [])
  const host = loopbackFor(screen.attributes.listen ?? listen[0] ?? '127.0.0.1')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw notReachable("The VNC server of the machine takes no connections: give it <listen type='socket'/>.")
  }
  if (host === null) {
    throw notReachable("The VNC server of the machine is on the network only: give it <listen type='socket'/>.")
  }
  return { host, port }
}

/** Under which address of this host itself something is reached that listens there; null: under none. */
function loopbackFor(address: string): string | null {
  if (address === '0.0.0.0' || address === 'localhost') return '127.0.0.1'
  if (address === '::' || address === '::1') return '::1'
  return isIP(address) === 4 && address.startsWith('127.') ? address : null
}

function notReachable(why: string): HoldfastError {
  return new HoldfastError('unsupported', why)
}

/** Until a VNC server has greeted; its greeting is still to be read. */
async function greeted(socket: Socket): Promise<void> {
  let first: Buffer | null = null
  const ended = new AbortController()
  socket.once('close', () => ended.abort())
  try {
    for (;;) {
      first = socket.read(GREETING_BYTES) as Buffer | null
      if (first !== null) break
      await once(socket, 'readable', { signal: ended.signal })
    }
  } catch (error) {
    throw noServer(error)
  }
  if (!GREETING.test(first.toString('latin1'))) throw noServer()
  socket.unshift(first)
}

function noServer(cause?: unknown): HoldfastError {
  const words = 'No VNC server answers where libvirt says that the screen is.'
  return new HoldfastError('backend_unreachable', words, { cause })
}
