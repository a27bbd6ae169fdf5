// @ts-check
import { join } from 'node:path'
import { imageFiles } from './image.mjs'
import { socketDir, stateDir } from './paths.mjs'

/** @typedef {import('./state.mjs').GuestName} GuestName */

/** Group of the lab segment. It lives on the loopback card only. */
export const SEGMENT_GROUP = '230.77.0.1'

/**
 * The machines of the lab. `number` makes their addresses: 10.77.0.<number> on the lab segment.
 * @type {Record<GuestName, { number: number, memoryMb: number, distribution: import('./image.mjs').Distribution }>}
 */
export const GUESTS = {
  servers: { number: 1, memoryMb: 2048, distribution: 'debian12' },
  host: { number: 2, memoryMb: 1536, distribution: 'debian12' },
  host2: { number: 3, memoryMb: 1024, distribution: 'debian13' },
}
/** Started for every test. */
export const GUEST_NAMES = /** @type {GuestName[]} */ (['servers', 'host'])
/** Started when a test asks for it, so that the others do not pay for it. */
export const SECOND_HOST = /** @type {GuestName} */ ('host2')
export const ALL_GUEST_NAMES = [...GUEST_NAMES, SECOND_HOST]

/**
 * Emulated work is the cost of the lab. Without AVX, SMAP and five levels of page tables, which `max` has, the same work of node,
 * python, lvm and a shell took a tenth less CPU time; with one processor instead of two, whose locks and flushes are emulated too,
 * a fifth less again. There are more guests than cores anyway.
 */
const PROCESSOR = 'Westmere'

/** Port in a guest on which it takes in a bulk copy. */
export const BULK_PORT = 9400
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
 * One guest as qemu is to make it. A saved snapshot can only be loaded into the same machine.
 * @param {GuestName} name
 * @param {import('./state.mjs').Ports} ports
 * @param {number} segmentPort
 * @param {string | undefined} snapshot
 */
export function qemuArgs(name, ports, segmentPort, snapshot) {
  const { number, memoryMb, distribution } = GUESTS[name]
  const image = imageFiles(distribution)
  const files = guestFiles(name)
  const mac = (/** @type {string} */ card) => `52:54:00:${card}:00:${String(number).padStart(2, '0')}`
  const forward = (/** @type {number} */ from, /** @type {number} */ to) => `hostfwd=tcp:127.0.0.1:${from}-:${to}`
  const forwards = [forward(ports.ssh, 22), forward(ports.agent, AGENT_PORT), forward(ports.bulk, BULK_PORT)].join(',')
  return [
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', PROCESSOR, '-smp', '1', '-m', String(memoryMb)],
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
