import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { parseXml, type XmlElement } from '@rgrove/parse-xml'
import { type RunVirsh, virshOn } from '@/agent/libvirt/virsh'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { childrenOf } from '@/lib/libvirt/xml-elements'

const ASK_MS = 8_000
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
  const place = screenIn(await runningDefinition(virshOn(run, uri), machine))
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
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function runningDefinition(virsh: RunVirsh, machine: string): Promise<string> {
  try {
    return (await virsh(['dumpxml', '--domain', machine], { timeoutMs: ASK_MS })).stdout
  } catch (error) {
    if (error instanceof CommandError && /^error: failed to get domain/m.test(error.stderr)) {
      throw new HoldfastError('not_found', 'libvirt on this host knows no such machine.')
    }
    if (error instanceof CommandError) {
      throw new HoldfastError('backend_unreachable', 'libvirt on this host does not answer.', { cause: error })
    }
    throw error
  }
}

/** The place of the screen in the definition of a machine, as libvirt writes it while the machine runs. Throws as `openScreen`. */
export function screenIn(xml: string): ScreenPlace {
  const domain = parseXml(xml).root
  if (domain?.attributes.id === undefined) {
    throw new HoldfastError('conflict', 'The machine is off, so it has no screen. Start it.')
  }
  const screens = childrenOf(domain, 'devices').flatMap((devices) => childrenOf(devices, 'graphics'))
  const screen = screens.find(({ attributes }) => attributes.type === 'vnc')
  if (screen === undefined) throw notReachable(`${whatItHas(screens)}: add <graphics type='vnc'/> to its definition.`)
  return socketOf(screen) ?? addressOf(screen)
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
