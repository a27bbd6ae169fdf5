import { close, constants, open as openFile } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import { parseXml } from '@rgrove/parse-xml'
import { isRunning, machineDefinition } from '@/agent/libvirt/machine-definition'
import { holdLine } from '@/agent/libvirt/serial-lock'
import { holdsSocket, holdsTerminal } from '@/agent/libvirt/serial-owner'
import { virshOn } from '@/agent/libvirt/virsh'
import type { SerialLog } from '@/lib/agent-protocol/machine-consoles'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { childrenOf } from '@/lib/libvirt/xml-elements'

/** Of a log, its end. Bytes. */
const MOST_LOG = 1024 * 1024
/** libvirt writes its logs below this; what a definition names elsewhere is none of ours to read. */
const LOGS = '/var/log'
const TERMINAL = /^\/dev\/pts\/\d{1,9}$/

/** Where the serial port of a machine is on this very host: the end of a terminal, or a socket on which its QEMU listens. */
export type SerialPlace = { terminal: string } | { path: string }

/**
 * Opens the serial console of a machine that runs here. Its place is what libvirt says, never what somebody asks for; what is opened has
 * to be held by the QEMU of this machine, so a number of a terminal that meanwhile belongs to a shell leads nowhere. One reader at a
 * time, as libvirt has it: `virsh console` and this keep each other out. Throws `not_found`, `conflict` for a machine that does not run,
 * `busy` where somebody reads it, `unsupported` where it has none that can be reached. The words fit the end of a WebSocket: 123 bytes.
 */
export async function openSerial(
  run: DriverHost['run'],
  machine: string,
  signal: AbortSignal,
  uri = SYSTEM_LIBVIRT,
): Promise<Duplex> {
  const place = serialIn(await machineDefinition(virshOn(run, uri), machine))
  const letGo = await holdLine(machine, 'terminal' in place ? place.terminal : null)
  try {
    const line =
      'terminal' in place ? await openTerminal(place.terminal, machine) : await openSocket(place.path, machine)
    line.once('close', letGo)
    line.on('error', () => line.destroy())
    if (signal.aborted) line.destroy()
    signal.throwIfAborted()
    return line
  } catch (error) {
    await letGo()
    throw error
  }
}

/** The place of the first serial port, or of the first console where it has no port. Throws as `openSerial`. */
export function serialIn(xml: string): SerialPlace {
  if (!isRunning(xml))
    throw new HoldfastError('conflict', 'The machine does not run, so its console is silent. Start it.')
  const port = portIn(xml)
  if (port === undefined) {
    throw new HoldfastError(
      'unsupported',
      "The machine has no serial port: add <serial type='pty'/> to its definition.",
    )
  }
  const [source] = childrenOf(port, 'source')
  const { path, mode } = source?.attributes ?? {}
  if (port.attributes.type === 'pty' && path !== undefined && TERMINAL.test(path)) return { terminal: path }
  if (port.attributes.type === 'unix' && mode !== 'connect' && path?.startsWith('/')) return { path }
  throw new HoldfastError(
    'unsupported',
    "The serial port of the machine leads elsewhere: make it <serial type='pty'/>.",
  )
}

function portIn(xml: string) {
  const devices = childrenOf(parseXml(xml).root, 'devices')
  const named = (name: string) => devices.flatMap((each) => childrenOf(each, name))
  return [...named('serial'), ...named('console')][0]
}

async function openTerminal(path: string, machine: string): Promise<Duplex> {
  // Without O_NOCTTY it could become the terminal of this process, which would end with the machine.
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK
  const file = await promisify(openFile)(path, flags).catch((error: unknown) => {
    throw notThere(error)
  })
  try {
    // While it is open here its number is given to nobody else.
    if (!(await holdsTerminal(machine, Number(path.slice('/dev/pts/'.length))))) throw notThere()
    // It takes what is written as well, whatever it is called.
    return new ReadStream(file)
  } catch (error) {
    await promisify(close)(file)
    throw error
  }
}

async function openSocket(path: string, machine: string): Promise<Duplex> {
  if (!(await holdsSocket(machine, path))) throw notThere()
  const socket: Socket = connect({ path })
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  socket.once('connect', () => resolve(socket))
  socket.once('error', (error) => reject(notThere(error)))
  return promise
}

function notThere(cause?: unknown): HoldfastError {
  return new HoldfastError('backend_unreachable', 'The serial port is not where libvirt says that it is.', { cause })
}

/**
 * What libvirt has written down of the serial port of a machine, running or not: the end of its log; null where it keeps none. Throws
 * `not_found`, and `unsupported` for a log that is not below `root`.
 */
export async function readSerialLog(
  run: DriverHost['run'],
  machine: string,
  { uri = SYSTEM_LIBVIRT, root = LOGS }: { uri?: string; root?: string } = {},
): Promise<SerialLog> {
  const port = portIn(await machineDefinition(virshOn(run, uri), machine))
  const [log] = port === undefined ? [] : childrenOf(port, 'log')
  const named = log?.attributes.file
  if (named === undefined) return { isKept: false, bytes: 0, text: '' }
  const file = await realpath(named).catch(() => null)
  // It is made with the first start.
  if (file === null) return { isKept: true, bytes: 0, text: '' }
  if (!file.startsWith(`${root}/`)) {
    throw new HoldfastError('unsupported', `The log of the serial port is not below ${root}; it is read only there.`)
  }
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new HoldfastError('unsupported', 'The log of the serial port is no file.')
    const length = Math.min(stat.size, MOST_LOG)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, stat.size - length)
    return { isKept: true, bytes: stat.size, text: buffer.subarray(0, bytesRead).toString('base64') }
  } finally {
    await handle.close()
  }
}
