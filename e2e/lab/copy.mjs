// @ts-check
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { basename, dirname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { BULK_PORT } from './hardware.mjs'
import { pace } from './pace.mjs'
import { exec, scpIn } from './ssh.mjs'
import { portsOf } from './state.mjs'

/** @typedef {import('./state.mjs').GuestName} GuestName */

/** Encryption under emulation makes ssh seven times slower than plain TCP; below this size nobody notices. */
const BULK_BYTES = 2_000_000

/** One bulk copy at a time for each guest. @type {Map<GuestName, Promise<void>>} */
const running = new Map()

/**
 * Copies a file or folder into a guest. `remote` is the new path of it, or an existing folder that ends with a slash.
 * @param {GuestName} name
 * @param {string} local
 * @param {string} remote
 */
export async function copyIn(name, local, remote) {
  const source = resolve(local)
  const stat = statSync(source)
  if (stat.isFile() && stat.size < BULK_BYTES) return scpIn(name, source, remote)
  const target = remote.endsWith('/') ? `${remote}${basename(source)}` : remote
  const copy = (running.get(name) ?? Promise.resolve()).catch(() => {}).then(() => bulkCopy(name, source, target))
  running.set(name, copy)
  await copy
}

/**
 * A tar stream over a plain TCP connection that exists for this copy only. It is unpacked beside its place and then moved
 * there, so that a copy which breaks off leaves nothing half-written.
 * @param {GuestName} name
 * @param {string} source
 * @param {string} target
 */
async function bulkCopy(name, source, target) {
  const receive = `set -e -o pipefail
    folder=$(mktemp -d -p ${quote(dirname(target))})
    trap 'rm -rf $folder' EXIT
    socat -u TCP-LISTEN:${BULK_PORT},bind=10.0.2.15,reuseaddr,accept-timeout=${60 * pace()} - | tar -x --no-same-owner -C $folder
    mv -T $folder/copy ${quote(target)}`
  const untilListening = `until ss -Hltn 'sport = ${BULK_PORT}' | grep -q .; do sleep 0.05; done`
  const [received] = await Promise.all([
    exec(name, receive, { timeoutMs: 300_000 * pace() }),
    exec(name, untilListening, { timeoutMs: 30_000 * pace() }).then(() => send(portsOf(name).bulk, source)),
  ])
  if (received.exitCode !== 0) throw new Error(`The copy of ${source} to "${name}" failed: ${received.stderr}`)
}

/**
 * @param {number} port
 * @param {string} source
 */
async function send(port, source) {
  // The top of the tree gets a name that the other side knows; links inside keep what they point to.
  const rename = '--transform=s,^[^/]*,copy,SH'
  const tar = spawn('tar', ['-c', '-C', dirname(source), rename, basename(source)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await pipeline(tar.stdout, connect(port, '127.0.0.1'))
}

/** @param {string} word */
function quote(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
