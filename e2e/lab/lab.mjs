// @ts-check
// The lab from the command line; docs/lab.md explains it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { copyIn } from './copy.mjs'
import { describeGuests, removeGuests, startGuests, stopGuests } from './guests.mjs'
import { ALL_GUEST_NAMES, GUESTS } from './hardware.mjs'
import { buildImage } from './image.mjs'
import { withLock } from './lock.mjs'
import { installPackages, missingNeeds } from './machine.mjs'
import { stateDir } from './paths.mjs'
import { provision } from './provision.mjs'
import { record } from './record.mjs'
import { BASE, isUp, ready, readySecondHost, restoreSnapshot, saveSnapshot } from './snapshots.mjs'
import { copyOut, sshArgs } from './ssh.mjs'

/** @typedef {import('./state.mjs').GuestName} GuestName */

const USAGE = `Usage: npm run lab -- <verb>

  packages                 install what this machine needs for the lab, and say what
  build [guest]            build the image of a guest unless it is there (default: host)
  up                       start both guests from their disks
  provision                set up the servers in fresh guests
  snapshot [name]          save both guests (default name: ${BASE})
  restore [name]           put both guests back into a snapshot, running
  ready                    all of the above, as far as needed: both guests running, provisioned, clean
  second-host              the third guest too, beside the running lab: a host without an agent
  exec <guest> <command>   run a command in a guest, as root
  cp <from> <to>           copy; <guest>:<path> names a path in a guest
  record [guest] [driver [name]]  write the drivers' fixtures anew: tools of host or host2, real servers
  status                   which guests are up, and on which ports
  down [--delete]          stop both guests; --delete removes their disks and snapshots too

Guests: ${ALL_GUEST_NAMES.join(', ')}
`

/** Verbs that change the guests; one at a time. @type {Record<string, (words: string[]) => Promise<void>>} */
const CHANGES = {
  async up() {
    await buildImage(GUESTS.host.distribution)
    if (!isUp()) await startGuests()
  },
  provision: () => provision(),
  snapshot: ([name = BASE]) => saveSnapshot(name),
  restore: ([name = BASE]) => restoreSnapshot(name),
  down: ([flag]) => (flag === '--delete' ? removeGuests() : stopGuests()),
}

/** @type {Record<string, (words: string[]) => Promise<void> | void>} */
const VERBS = {
  async packages() {
    const installed = await installPackages()
    console.log(installed.length === 0 ? 'Nothing is missing.' : `Installed ${installed.join(', ')}.`)
  },
  async build([guest = 'host']) {
    console.log(await buildImage(GUESTS[guestName(guest)].distribution))
  },
  ready: () => ready(),
  'second-host': () => readySecondHost(),
  record([guest, ...words]) {
    if (guest !== 'host' && guest !== 'host2') return record('host', guest, words[0])
    return record(guest, ...words)
  },
  exec([guest, ...words]) {
    process.exitCode = spawnSync('ssh', sshArgs(guestName(guest), words), { stdio: 'inherit' }).status ?? 255
  },
  async cp([from = '', to = '']) {
    const [source, target] = [endOf(from), endOf(to)]
    if (source.guest !== null && target.guest === null) await copyOut(source.guest, source.path, target.path)
    else if (source.guest === null && target.guest !== null) await copyIn(target.guest, source.path, target.path)
    else throw new Error('One side of cp must be in a guest, such as host:/tmp/file.')
  },
  status() {
    for (const need of missingNeeds()) console.log(need)
    for (const line of describeGuests()) console.log(line)
  },
}

/**
 * @param {string | undefined} word
 * @returns {GuestName}
 */
function guestName(word) {
  const name = ALL_GUEST_NAMES.find((candidate) => candidate === word)
  if (name === undefined) throw new Error(`There is no guest "${word ?? ''}". Guests: ${ALL_GUEST_NAMES.join(', ')}`)
  return name
}

/** @param {string} word */
function endOf(word) {
  const at = word.indexOf(':')
  return at > 0 ? { guest: guestName(word.slice(0, at)), path: word.slice(at + 1) } : { guest: null, path: word }
}

const [verb = '', ...words] = process.argv.slice(2)
const change = CHANGES[verb]
const action = VERBS[verb] ?? (change && ((rest) => withLock(join(stateDir(), 'lock'), () => change(rest))))
if (action === undefined) {
  process.stderr.write(USAGE)
  process.exitCode = verb === '' ? 0 : 2
} else {
  try {
    await action(words)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
