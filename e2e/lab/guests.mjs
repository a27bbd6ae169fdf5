// @ts-check
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ALL_GUEST_NAMES, GUEST_NAMES, GUESTS, guestFiles, qemuArgs, SECOND_HOST } from './hardware.mjs'
import { imageFiles } from './image.mjs'
import { freePorts, freeSegmentPort } from './ports.mjs'
import { runOk, waitFor } from './process.mjs'
import { closeMaster, waitForSsh } from './ssh.mjs'
import { portsOf, readState, writeState } from './state.mjs'

/** @typedef {import('./state.mjs').GuestName} GuestName */

/**
 * The process id of a running guest of this checkout. A recycled id is told apart by the command line.
 * @param {GuestName} name
 * @returns {number | null}
 */
export function runningPid(name) {
  const files = guestFiles(name)
  // Both files go when the guest ends, which may be right now.
  try {
    const pid = Number(readFileSync(files.pid, 'utf8'))
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words[0]?.includes('qemu-system-') && words.includes(files.pid) ? pid : null
  } catch {
    return null
  }
}

/**
 * Starts both guests from their disks, or from a snapshot in them, and waits until they answer.
 * @param {{ snapshot?: string }} [options]
 */
export async function startGuests(options = {}) {
  for (const name of GUEST_NAMES) {
    if (runningPid(name) !== null) throw new Error(`The guest "${name}" is running already.`)
  }
  await retryOnce(() => launch(options.snapshot))
  await Promise.all(GUEST_NAMES.map((name) => waitForSsh(name)))
}

/**
 * Starts the third guest beside the other two, on the same segment, and waits until it answers.
 * @param {{ snapshot?: string }} [options]
 */
export async function startSecondHost(options = {}) {
  const { segmentPort, guests } = readState()
  if (GUEST_NAMES.some((name) => runningPid(name) === null)) throw new Error('The lab is down: npm run lab -- ready')
  const [ssh = 0, agent = 0, bulk = 0] = await freePorts(3)
  writeState({ guests: { ...guests, [SECOND_HOST]: { ssh, agent, bulk } } })
  await launchGuest(SECOND_HOST, segmentPort, options.snapshot)
  await waitForSsh(SECOND_HOST)
}

/** @param {string | undefined} snapshot */
async function launch(snapshot) {
  const segmentPort = await freeSegmentPort()
  const ports = await freePorts(GUEST_NAMES.length * 3)
  /** @type {import('./state.mjs').State['guests']} */
  const guests = {}
  for (const name of GUEST_NAMES)
    guests[name] = { ssh: ports.pop() ?? 0, agent: ports.pop() ?? 0, bulk: ports.pop() ?? 0 }
  writeState({ guests, segmentPort })
  await Promise.all(GUEST_NAMES.map((name) => launchGuest(name, segmentPort, snapshot)))
}

/**
 * @param {GuestName} name
 * @param {number} segmentPort
 * @param {string} [snapshot]
 */
async function launchGuest(name, segmentPort, snapshot) {
  const files = guestFiles(name)
  mkdirSync(files.dir, { recursive: true })
  if (!existsSync(files.disk)) await createDisk(name)
  // A restart of the guest ends this qemu, see `bootAgain`.
  const args = [...qemuArgs(name, portsOf(name), segmentPort, snapshot), '-no-reboot']
  await runOk('qemu-system-x86_64', args)
}

/**
 * What a guest wrote to its console before it was booted again, its shutdown included.
 * @param {GuestName} name
 */
export function consoleBefore(name) {
  return join(guestFiles(name).dir, 'console.before.log')
}

/**
 * Boots a guest that is on its way down from its disk as it is, on the ports that it had, and waits until it answers. In a new
 * qemu: an old one knows a million translated blocks of the system before, and where tens of thousands of them lie in one page, it
 * walks through all of them for each word that the new kernel unpacks there. That has taken more than five minutes.
 * @param {GuestName} name
 */
export async function bootAgain(name) {
  const { segmentPort } = readState()
  await waitFor(`the end of guest "${name}"`, () => (runningPid(name) === null ? true : undefined), {
    timeoutMs: 600_000,
  })
  await closeMaster(name)
  renameSync(guestFiles(name).console, consoleBefore(name))
  await launchGuest(name, segmentPort)
  await waitForSsh(name)
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

/** @param {GuestName} name */
async function createDisk(name) {
  const { disk } = imageFiles(GUESTS[name].distribution)
  await runOk('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', disk, guestFiles(name).disk])
}

/** Ends the guests of this checkout. Their disks, with the snapshots in them, stay. */
export async function stopGuests() {
  await Promise.all(ALL_GUEST_NAMES.map(stopGuest))
}

/** @param {GuestName} name */
export async function stopGuest(name) {
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
}

/** Ends the guests and removes their disks, snapshots included. */
export async function removeGuests() {
  await stopGuests()
  for (const name of ALL_GUEST_NAMES) rmSync(guestFiles(name).dir, { recursive: true, force: true })
  writeState({ snapshot: null, prepared: {}, guests: {}, secondHost: null })
}

/** One line per guest for people. */
export function describeGuests() {
  const state = readState()
  return ALL_GUEST_NAMES.map((name) => {
    const pid = runningPid(name)
    const ports = state.guests[name]
    const where =
      pid === null || ports === undefined ? 'down' : `up, ssh ${ports.ssh}, agent ${ports.agent}, pid ${pid}`
    return `${name.padEnd(8)} 10.77.0.${GUESTS[name].number}  ${where}`
  })
}
