// @ts-check
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { labFacts } from '../support/lab-facts.ts'
import { GUESTS, SECOND_HOST } from './hardware.mjs'
import { LAB_SOURCE } from './paths.mjs'
import { cephRbdRecordings } from './record-ceph-rbd.mjs'
import { cifsRecordings } from './record-cifs.mjs'
import { httpRecordings } from './record-http.mjs'
import { iscsiLvmRecordings } from './record-iscsi-lvm.mjs'
import { nfsRecordings } from './record-nfs.mjs'
import { s3Recordings } from './record-s3.mjs'
import { ready, readySecondHost } from './snapshots.mjs'
import { exec } from './ssh.mjs'

/**
 * One recorded answer of a real tool. `name` is `<command>.<case>`; the distribution goes between them in the file's name.
 * `before` and `after` are shell lines whose output is not recorded; `before` may be made at the last moment. A command past `limitSeconds` is killed: exit code 137.
 * @typedef {object} Recording
 * @property {string} name
 * @property {string} command a shell line for the guest that is the host
 * @property {string | (() => string)} [before]
 * @property {string} [after]
 * @property {string} [serversBefore] the same for the servers guest
 * @property {string} [serversAfter]
 * @property {number} [limitSeconds]
 */

/** @typedef {import('./state.mjs').GuestName} GuestName */

/**
 * Writes the fixtures of the drivers anew, from the real servers of the lab and the tools of one of its hosts.
 * @param {GuestName} guest whose distribution the fixtures are of
 * @param {string} [only] one driver
 * @param {string} [prefix] only the recordings whose name begins like this, or like one of these with commas between; the others stay
 */
export async function record(guest, only, prefix) {
  const { distribution } = GUESTS[guest]
  const beginnings = (prefix ?? '').split(',')
  const all = {
    nfs: nfsRecordings(),
    cifs: cifsRecordings(),
    s3: s3Recordings(),
    http: httpRecordings(),
    'iscsi-lvm': iscsiLvmRecordings(),
    'ceph-rbd': cephRbdRecordings(),
  }
  for (const [driver, { tools, recordings }] of Object.entries(all)) {
    if (only !== undefined && only !== driver) continue
    await ready()
    await shell('servers', 'lab-ceph wake', 300)
    if (guest === SECOND_HOST) await readyAsHost()
    const folder = join(LAB_SOURCE, '../../lib/drivers', driver, 'fixtures')
    mkdirSync(folder, { recursive: true })
    /** @type {Record<string, object>} */
    const index = prefix === undefined ? {} : readIndex(folder, distribution)
    if (prefix === undefined) removeOld(folder, distribution)
    const versions = (await shell(guest, tools, 30)).stdout.trim().split('\n')
    for (const recording of recordings.filter(({ name }) => beginnings.some((one) => name.startsWith(one)))) {
      const { file, text, ...about } = await play(guest, recording)
      writeFileSync(join(folder, file), text)
      index[file] = about
      // After each one, so that a run which breaks off keeps what it has.
      const summary = { distribution, versions, recordings: index }
      writeFileSync(indexPath(folder, distribution), `${JSON.stringify(summary, null, 2)}\n`)
      console.error(`${driver}: ${file} (exit code ${about.exitCode}, ${about.seconds} s)`)
    }
  }
}

/** The second host under the iSCSI name of the first, which is the only one that the target knows. */
async function readyAsHost() {
  await readySecondHost()
  const rename = `echo InitiatorName=${labFacts.iscsi.initiator} > /etc/iscsi/initiatorname.iscsi`
  await shell(SECOND_HOST, `${rename}; systemctl restart iscsid`, 120)
}

/**
 * Which command made which file, how it ended and how long it took.
 * @param {string} folder
 * @param {string} distribution
 */
function indexPath(folder, distribution) {
  return join(folder, `index.${distribution}.json`)
}

/**
 * Only what an earlier run wrote: fixtures from other distributions lie in the same folder.
 * @param {string} folder
 * @param {string} distribution
 */
function removeOld(folder, distribution) {
  for (const file of Object.keys(readIndex(folder, distribution))) rmSync(join(folder, file), { force: true })
}

/**
 * @param {string} folder
 * @param {string} distribution
 * @returns {Record<string, object>}
 */
function readIndex(folder, distribution) {
  const path = indexPath(folder, distribution)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).recordings : {}
}

/**
 * @param {GuestName} guest
 * @param {Recording} recording
 */
async function play(guest, recording) {
  const { name, command, before, after, serversBefore, serversAfter, limitSeconds = 60 } = recording
  if (before) await shell(guest, typeof before === 'function' ? before() : before, 240)
  if (serversBefore) await shell('servers', serversBefore, 240)
  const started = performance.now()
  const { exitCode, stdout, stderr } = await shell(guest, command, limitSeconds)
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1))
  if (serversAfter) await shell('servers', serversAfter, 60)
  if (after) await shell(guest, after, 120)
  const [tool = '', ...rest] = name.split('.')
  // What the tool printed: its answer, or its complaint when it failed.
  const stream = stderr !== '' && (stdout === '' || exitCode !== 0) ? 'stderr' : 'stdout'
  return {
    file: [tool, GUESTS[guest].distribution, ...rest, 'out'].join('.'),
    text: stream === 'stderr' ? stderr : stdout,
    command,
    exitCode,
    stream,
    ...(stream === 'stdout' && stderr.trim() !== '' ? { stderr } : {}),
    seconds,
  }
}

/**
 * @param {import('./state.mjs').GuestName} guest
 * @param {string} line
 * @param {number} limitSeconds
 */
async function shell(guest, line, limitSeconds) {
  const finished = await exec(guest, `export LC_ALL=C; ${line}`, { timeoutMs: limitSeconds * 1000 })
  // Otherwise the words of ssh would be recorded as those of the tool.
  if (finished.exitCode === 255 && /^(ssh:|Connection )/m.test(finished.stderr)) {
    throw new Error(`The guest "${guest}" cannot be reached: ${finished.stderr}`)
  }
  return finished
}
