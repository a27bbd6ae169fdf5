// @ts-check
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BULK_PORT } from './copy.mjs'
import { imageFiles } from './image.mjs'
import { socketDir, stateDir } from './paths.mjs'
import { freePorts, freeSegmentPort, SEGMENT_GROUP } from './ports.mjs'
import { runOk, waitFor } from './process.mjs'
import { closeMaster, waitForSsh } from './ssh.mjs'
import { readState, writeState } from './state.mjs'

/** @typedef {import('./state.mjs').GuestName} GuestName */

/**
 * The machines of the lab. `number` makes their addresses: 10.77.0.<number> on the lab segment.
 * @type {Record<GuestName, { number: number, memoryMb: number }>}
 */
export const GUESTS = {
  servers: { number: 1, memoryMb: 2048 },
  host: { number: 2, memoryMb: 1536 },
}
export const GUEST_NAMES = /** @type {GuestName[]} */ (Object.keys(GUESTS))

/** Port on which an agent listens in a guest. */
const AGENT_PORT = 8443

/**
 * Files of one guest.
 * @param {GuestName} name
 */
export function guestFiles(name) {
  const dir = join(stateDir(), name)
  return {
    dir,
    disk: join(dir, 'disk.qcow2'),
    pid: join(dir, 'pid'),
    console: join(dir, 'console.log'),
    monitor: join(socketDir(), `${name}.qmp`),
  }
}

/**
 * The process id of a running guest of this checkout. A recycled id is told apart by the command line.
 * @param {GuestName} name
 * @returns {number | null}
 */
export function runningPid(name) {
  const files = guestFiles(name)
  if (!existsSync(files.pid)) return null
  const pid = Number(readFileSync(files.pid, 'utf8'))
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words[0]?.includes('qemu-system-') && words.includes(files.pid) ? pid : null
  } catch {
    return null
  }
}

/**
 * Starts all guests from their disks, or from a snapshot in them, and waits until they answer.
 * @param {{ snapshot?: string }} [options]
 */
export async function startGuests(options = {}) {
  for (const name of GUEST_NAMES) {
    if (runningPid(name) !== null) throw new Error(`The guest "${name}" is running already.`)
  }
  await retryOnce(() => launch(options.snapshot))
  await Promise.all(GUEST_NAMES.map((name) => waitForSsh(name)))
}

/** @param {string | undefined} snapshot */
async function launch(snapshot) {
  const segmentPort = await freeSegmentPort()
  const ports = await freePorts(GUEST_NAMES.length * 3)
  /** @type {import('./state.mjs').State['guests']} */
  const guests = {}
  for (const name of GUEST_NAMES)
    guests[name] = { ssh: ports.pop() ?? 0, agent: ports.pop() ?? 0, bulk: ports.pop() ?? 0 }
  writeState({ guests })
  await Promise.all(
    GUEST_NAMES.map(async (name) => {
      const files = guestFiles(name)
      mkdirSync(files.dir, { recursive: true })
      if (!existsSync(files.disk)) await createDisk(files.disk)
      const ends = /** @type {import('./state.mjs').Ports} */ (guests[name])
      await runOk('qemu-system-x86_64', qemuArgs(name, ends, segmentPort, snapshot))
    }),
  )
}

/**
 * A chosen port can be taken in the moment before qemu binds it.
 * @param {() => Promise<void>} work
 */
async function retryOnce(work) {
  try {
    await work()
  } catch {
    await stopGuests()
    await work()
  }
}

/** @param {string} path */
async function createDisk(path) {
  await runOk('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', imageFiles().disk, path])
}

/**
 * @param {GuestName} name
 * @param {import('./state.mjs').Ports} ports
 * @param {number} segmentPort
 * @param {string | undefined} snapshot
 */
function qemuArgs(name, ports, segmentPort, snapshot) {
  const { number, memoryMb } = GUESTS[name]
  const image = imageFiles()
  const files = guestFiles(name)
  const mac = (/** @type {string} */ card) => `52:54:00:${card}:00:${String(number).padStart(2, '0')}`
  const forward = (/** @type {number} */ from, /** @type {number} */ to) => `hostfwd=tcp:127.0.0.1:${from}-:${to}`
  const forwards = [forward(ports.ssh, 22), forward(ports.agent, AGENT_PORT), forward(ports.bulk, BULK_PORT)].join(',')
  return [
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', String(memoryMb)],
    ...['-nodefaults', '-display', 'none', '-daemonize', '-pidfile', files.pid],
    ...['-kernel', image.kernel, '-initrd', image.initrd, '-append', kernelCommandLine(name)],
    ...['-drive', `if=none,id=root,file=${escapeComma(files.disk)},format=qcow2,cache=unsafe,discard=unmap`],
    ...['-device', 'virtio-blk-pci,drive=root'],
    // `restrict=on`: no packet of a guest leaves this machine or reaches it; only the forwarded ports lead in.
    ...['-netdev', `user,id=management,restrict=on,${forwards}`],
    ...['-device', `virtio-net-pci,netdev=management,mac=${mac('78')},romfile=`],
    ...['-netdev', `socket,id=segment,mcast=${SEGMENT_GROUP}:${segmentPort},localaddr=127.0.0.1`],
    ...['-device', `virtio-net-pci,netdev=segment,mac=${mac('77')},romfile=`],
    ...['-device', 'virtio-rng-pci', '-serial', `file:${files.console}`],
    ...['-qmp', `unix:${files.monitor},server=on,wait=off`],
    ...(snapshot === undefined ? [] : ['-loadvm', snapshot]),
  ]
}

/** @param {GuestName} name */
function kernelCommandLine(name) {
  return [
    'console=ttyS0 quiet panic=-1 root=/dev/vda rw net.ifnames=0 systemd.show_status=0',
    // Emulation: no use for these, and they cost time.
    'mitigations=off nokaslr tsc=reliable audit=0',
    // Docker fails where the kernel has AppArmor and the system has no apparmor_parser.
    'apparmor=0',
    `lab.host=lab-${name} lab.ip=10.77.0.${GUESTS[name].number}`,
  ].join(' ')
}

/** @param {string} path */
function escapeComma(path) {
  return path.replaceAll(',', ',,')
}

/** Ends the guests of this checkout. Their disks, with the snapshots in them, stay. */
export async function stopGuests() {
  await Promise.all(
    GUEST_NAMES.map(async (name) => {
      await closeMaster(name)
      const pid = runningPid(name)
      if (pid !== null) {
        process.kill(pid, 'SIGTERM')
        await waitFor(`the end of guest "${name}"`, () => (runningPid(name) === null ? true : undefined), {
          timeoutMs: 30_000,
          everyMs: 20,
        })
      }
      rmSync(guestFiles(name).pid, { force: true })
    }),
  )
}

/** Ends the guests and removes their disks, snapshots included. */
export async function removeGuests() {
  await stopGuests()
  for (const name of GUEST_NAMES) rmSync(guestFiles(name).dir, { recursive: true, force: true })
  writeState({ snapshot: null, prepared: {}, guests: {} })
}

/** One line per guest for people. */
export function describeGuests() {
  const state = readState()
  return GUEST_NAMES.map((name) => {
    const pid = runningPid(name)
    const ports = state.guests[name]
    const where =
      pid === null || ports === undefined ? 'down' : `up, ssh ${ports.ssh}, agent ${ports.agent}, pid ${pid}`
    return `${name.padEnd(8)} 10.77.0.${GUESTS[name].number}  ${where}`
  })
}
