// @ts-check
import { connect } from 'node:net'
import { join } from 'node:path'
import { GUESTS } from './hardware.mjs'
import { imageFiles } from './image.mjs'
import { pace } from './pace.mjs'
import { socketDir } from './paths.mjs'
import { run, runOk, waitFor } from './process.mjs'
import { portsOf } from './state.mjs'

/** @typedef {import('./state.mjs').GuestName} GuestName */

/**
 * One kept connection per guest carries everything: a new one costs 0.4 s under emulation.
 * @param {GuestName} name
 */
function options(name) {
  return [
    ...['-i', imageFiles(GUESTS[name].distribution).key, '-F', 'none'],
    ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'],
    ...['ConnectTimeout=60', 'ServerAliveInterval=10', 'ServerAliveCountMax=6'],
    ...['ControlMaster=auto', `ControlPath=${join(socketDir(), `${name}.ssh`)}`, 'ControlPersist=600'],
  ].flatMap((word) => (word.includes('=') ? ['-o', word] : [word]))
}

/**
 * Arguments for `ssh` that run a command line in a guest, as root.
 * @param {GuestName} name
 * @param {readonly string[]} words
 */
export function sshArgs(name, words) {
  return [...options(name), '-p', String(portsOf(name).ssh), 'root@127.0.0.1', ...words]
}

/**
 * Runs a shell command line in a guest, as root. Any exit code is an answer; 255 means that ssh itself failed.
 * With `timeoutMs` the command is killed in the guest at that time and the exit code is 137.
 * @param {GuestName} name
 * @param {string} command
 * @param {{ input?: string | Uint8Array, timeoutMs?: number, graceMs?: number }} [settings] `graceMs` more and the
 *   promise rejects, for a guest that hangs as a whole
 */
export async function exec(name, command, { input, timeoutMs, graceMs = 30_000 } = {}) {
  // The outer shell stays (`exit $?`), so that a killed command shows as 137; ssh would turn it into its own 255.
  // It would also add its word "Killed" to the command's stderr.
  const quoted = `'${command.replaceAll("'", `'\\''`)}'`
  const line =
    timeoutMs === undefined
      ? command
      : `exec 3>&2 2>/dev/null; timeout -s KILL ${timeoutMs / 1000} bash -c ${quoted} 2>&3 3>&-; exit $?`
  return run('ssh', sshArgs(name, [line]), {
    ...(input === undefined ? {} : { input }),
    timeoutMs: (timeoutMs ?? 120_000 * pace()) + graceMs * pace(),
  })
}

/**
 * Copies a file or folder into a guest, by scp.
 * @param {GuestName} name
 * @param {string} local
 * @param {string} remote
 */
export async function scpIn(name, local, remote) {
  await runOk('scp', ['-q', '-r', ...options(name), '-P', String(portsOf(name).ssh), local, `root@127.0.0.1:${remote}`])
}

/**
 * Copies a file or folder out of a guest.
 * @param {GuestName} name
 * @param {string} remote
 * @param {string} local
 */
export async function copyOut(name, remote, local) {
  await runOk('scp', ['-q', '-r', ...options(name), '-P', String(portsOf(name).ssh), `root@127.0.0.1:${remote}`, local])
}

/**
 * Resolves when the guest takes commands; the kept connection is open then.
 * @param {GuestName} name
 * @param {number} [timeoutMs]
 */
export async function waitForSsh(name, timeoutMs = 600_000) {
  await waitForGreeting(name, timeoutMs)
  const ask = async () => {
    // It gives up by itself after ConnectTimeout.
    const finished = await run('ssh', sshArgs(name, ['true']), { timeoutMs: 120_000 * pace() })
    return finished.exitCode === 0 ? true : undefined
  }
  await waitFor(`the guest "${name}" to take commands`, ask, { timeoutMs })
}

/**
 * A connection that is opened before the guest listens gets stuck, so a new one is tried each second beside those that still
 * wait. Not many: sshd turns people away when ten are at the door.
 * @param {GuestName} name
 * @param {number} timeoutMs
 */
async function waitForGreeting(name, timeoutMs) {
  const { ssh: port } = portsOf(name)
  /** @type {Set<import('node:net').Socket>} */
  const waiting = new Set()
  let isUp = false
  let last = Number.NEGATIVE_INFINITY
  const knock = () => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 20_000 })
    waiting.add(socket)
    socket.once('data', () => {
      isUp = true
    })
    socket.once('timeout', () => socket.destroy())
    socket.once('error', () => socket.destroy())
    socket.once('close', () => waiting.delete(socket))
  }
  const ask = () => {
    if (waiting.size < 5 && performance.now() - last >= 1000) {
      last = performance.now()
      knock()
    }
    return isUp ? true : undefined
  }
  try {
    await waitFor(`the guest "${name}" to answer ssh`, ask, { timeoutMs, everyMs: 50 })
  } finally {
    for (const socket of waiting) socket.destroy()
  }
}

/**
 * Ends the kept connection; a guest that was restarted or restored does not know it any more.
 * @param {GuestName} name
 */
export async function closeMaster(name) {
  await run('ssh', [...options(name), '-O', 'exit', 'root@127.0.0.1'], { timeoutMs: 10_000 * pace() })
}

/**
 * Makes a loopback port of this machine reachable inside the guest, as `127.0.0.1:<guestPort>` there.
 * @param {GuestName} name
 * @param {number} guestPort
 * @param {number} localPort
 * @returns {Promise<() => Promise<void>>} closes the tunnel
 */
export async function reverseTunnel(name, guestPort, localPort) {
  const forward = ['-R', `127.0.0.1:${guestPort}:127.0.0.1:${localPort}`]
  await waitForSsh(name)
  await runOk('ssh', ['-O', 'forward', ...forward, ...sshArgs(name, [])], { timeoutMs: 30_000 * pace() })
  return async () => {
    await run('ssh', ['-O', 'cancel', ...forward, ...sshArgs(name, [])], { timeoutMs: 30_000 * pace() })
  }
}
