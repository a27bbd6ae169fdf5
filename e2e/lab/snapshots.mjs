// @ts-check
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { removeGuests, runningPid, startGuests, startSecondHost, stopGuest, stopGuests } from './guests.mjs'
import { GUEST_NAMES, GUESTS, guestFiles, SECOND_HOST } from './hardware.mjs'
import { buildImage, imageDir } from './image.mjs'
import { withLock } from './lock.mjs'
import { hashOf, stateDir } from './paths.mjs'
import { runOk } from './process.mjs'
import { provision, provisionSecondHost } from './provision.mjs'
import { monitor } from './qmp.mjs'
import { exec } from './ssh.mjs'
import { readState, writeState } from './state.mjs'

/** @typedef {import('./state.mjs').GuestName} GuestName */

/** The snapshot that tests start from: both guests provisioned, nothing mounted. */
export const BASE = 'base'

/**
 * Saves both running guests, memory and disk.
 * @param {string} name
 */
export async function saveSnapshot(name) {
  await Promise.all(GUEST_NAMES.map((guest) => saveGuest(guest, name)))
}

/**
 * @param {GuestName} guest
 * @param {string} name
 */
async function saveGuest(guest, name) {
  // What the guest has not written yet is in the saved memory too; this only makes the snapshot smaller.
  await exec(guest, 'sync; echo 3 > /proc/sys/vm/drop_caches')
  const complaint = await monitor(guestFiles(guest).monitor, `savevm ${name}`)
  if (complaint !== '') throw new Error(`The snapshot "${name}" of guest "${guest}" failed: ${complaint}`)
}

/**
 * The third guest, running beside the other two and in its base state: a second host without an agent. Booted and provisioned
 * once, and kept beside the others; from then on it is there in a few seconds. The next `ready` stops it.
 */
export async function readySecondHost() {
  await withLock(join(stateDir(), 'lock'), async () => {
    await buildImage(GUESTS[SECOND_HOST].distribution)
    const id = await snapshotId(SECOND_HOST)
    await stopGuest(SECOND_HOST)
    if (readState().secondHost !== id) await makeSecondHost(id)
    await startSecondHost({ snapshot: BASE })
    await setClock(SECOND_HOST)
  })
}

/** Pulls the plug of the third guest: nothing is flushed, no service is stopped. */
export async function stopSecondHost() {
  await withLock(join(stateDir(), 'lock'), () => stopGuest(SECOND_HOST))
}

/** Boots the third guest from its disk as it is; its ports are new ones. */
export async function bootSecondHost() {
  await withLock(join(stateDir(), 'lock'), () => startSecondHost())
}

/** @param {string} id */
async function makeSecondHost(id) {
  const { dir, disk } = guestFiles(SECOND_HOST)
  rmSync(dir, { recursive: true, force: true })
  const kept = keptDisks(SECOND_HOST, id)
  await withLock(`${kept}.lock`, async () => {
    if (existsSync(kept)) return
    removeUnused(dirname(kept))
    const started = performance.now()
    console.error('Starting the second host, once …')
    await startSecondHost()
    await provisionSecondHost()
    await saveGuest(SECOND_HOST, BASE)
    await stopGuest(SECOND_HOST)
    await copyDisk(disk, `${kept}.new`)
    renameSync(`${kept}.new`, kept)
    console.error(`The second host is provisioned and saved after ${seconds(started)} s.`)
  })
  const now = new Date()
  utimesSync(kept, now, now)
  mkdirSync(dir, { recursive: true })
  await copyDisk(kept, disk)
  writeState({ secondHost: id })
}

/**
 * Puts both guests back into a snapshot: a new qemu each, about 2 s for both.
 * @param {string} name
 */
export async function restoreSnapshot(name) {
  await stopGuests()
  await startGuests({ snapshot: name })
  await Promise.all(GUEST_NAMES.map(setClock))
}

/**
 * The saved clock is that of the snapshot; certificates, S3 signatures and cephx tickets need the right one.
 * @param {GuestName} guest
 */
async function setClock(guest) {
  const finished = await exec(guest, `date -u -s @${(Date.now() / 1000).toFixed(3)}`)
  if (finished.exitCode !== 0) throw new Error(`The clock of guest "${guest}" could not be set: ${finished.stderr}`)
}

/**
 * A state beyond the base one that is dear to make and worth keeping, such as an installed agent.
 * `inputs` is any text that changes when it must be made anew; `prepare` gets guests in the base state.
 * @typedef {{ name: string, inputs: string, prepare: () => Promise<void> }} Prepared
 */

/**
 * The lab in its base state, whatever it takes: image, provisioning and snapshot are made when missing or outdated.
 * A provisioned pair of guests is kept beside the image, so another checkout with the same sources only copies it.
 * With `prepared`, the lab in that state instead.
 * @param {Prepared} [prepared]
 */
export async function ready(prepared) {
  await withLock(join(stateDir(), 'lock'), async () => {
    await buildImage(GUESTS.host.distribution)
    const id = await snapshotId('host')
    if (readState().snapshot !== id) await makeBase(id)
    if (prepared !== undefined && readState().prepared[prepared.name] === prepared.inputs) {
      return restoreSnapshot(prepared.name)
    }
    await restoreSnapshot(BASE)
    if (prepared !== undefined) await makePrepared(prepared)
  })
}

/** @param {Prepared} prepared */
async function makePrepared({ name, inputs, prepare }) {
  if (name === BASE) throw new Error(`"${BASE}" is the name of the snapshot that the others start from.`)
  const { [name]: _outdated, ...others } = readState().prepared
  writeState({ prepared: others })
  await prepare()
  await saveSnapshot(name)
  writeState({ prepared: { ...others, [name]: inputs } })
}

/** @param {string} id */
async function makeBase(id) {
  await removeGuests()
  const kept = keptDisks('host', id)
  if (!existsSync(kept)) await withLock(`${kept}.lock`, () => provisionInto(kept))
  const now = new Date()
  utimesSync(kept, now, now)
  for (const name of GUEST_NAMES) {
    const { dir, disk } = guestFiles(name)
    mkdirSync(dir, { recursive: true })
    await copyDisk(join(kept, `${name}.qcow2`), disk)
  }
  writeState({ snapshot: id })
}

/** @param {string} kept */
async function provisionInto(kept) {
  if (existsSync(kept)) return
  removeUnused(dirname(kept))
  const started = performance.now()
  console.error('Starting the guests …')
  await startGuests()
  console.error(`The guests are up after ${seconds(started)} s. Provisioning …`)
  await provision()
  await saveSnapshot(BASE)
  await stopGuests()
  const work = mkdtempSync(join(dirname(kept), `${basename(kept)}.new-`))
  for (const name of GUEST_NAMES) await copyDisk(guestFiles(name).disk, join(work, `${name}.qcow2`))
  renameSync(work, kept)
  console.error(`The guests are provisioned and saved after ${seconds(started)} s.`)
}

/**
 * Where the provisioned disks are kept, beside the image that they lie over.
 * @param {GuestName} guest
 * @param {string} id
 */
function keptDisks(guest, id) {
  return join(imageDir(GUESTS[guest].distribution), `provisioned-${id}`)
}

/** @param {number} started */
function seconds(started) {
  return ((performance.now() - started) / 1000).toFixed(1)
}

/**
 * Provisioned guests of older sources that nobody has used for two days: a gigabyte each.
 * @param {string} dir of an image
 */
function removeUnused(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    const isOld = Date.now() - statSync(path).mtimeMs > 2 * 24 * 60 * 60 * 1000
    if (name.startsWith('provisioned-') && isOld) rmSync(path, { recursive: true, force: true })
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
async function copyDisk(from, to) {
  rmSync(to, { force: true })
  await runOk('cp', ['--reflink=auto', '--sparse=always', from, to])
}

/**
 * Everything that a saved guest depends on; another qemu cannot load its memory either.
 * @param {GuestName} guest
 */
async function snapshotId(guest) {
  const { stdout } = await runOk('qemu-system-x86_64', ['--version'])
  const script = guest === SECOND_HOST ? 'provision/host.sh' : 'provision'
  const sources = [script, 'provision.mjs', 'hardware.mjs', '../support/lab-facts.ts']
  return hashOf(sources, [stdout, basename(imageDir(GUESTS[guest].distribution))])
}

/** Are both guests running? */
export function isUp() {
  return GUEST_NAMES.every((name) => runningPid(name) !== null)
}
