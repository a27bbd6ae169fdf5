// @ts-check
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateDir } from './paths.mjs'

/**
 * @typedef {'servers' | 'host'} GuestName
 * @typedef {{ ssh: number, agent: number }} Ports loopback ports of this machine that lead into the guest
 * @typedef {object} State
 * @property {string | null} snapshot what the saved `base` snapshot was made from; null without one
 * @property {Partial<Record<GuestName, Ports>>} guests ports of the last start
 */

function statePath() {
  return join(stateDir(), 'state.json')
}

/** @returns {State} */
export function readState() {
  try {
    return JSON.parse(readFileSync(statePath(), 'utf8'))
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error
    return { snapshot: null, guests: {} }
  }
}

/** @param {Partial<State>} change */
export function writeState(change) {
  mkdirSync(stateDir(), { recursive: true })
  const next = `${statePath()}.next`
  writeFileSync(next, `${JSON.stringify({ ...readState(), ...change }, null, 2)}\n`)
  renameSync(next, statePath())
}

/**
 * The loopback ports of a guest; throws when it was never started.
 * @param {GuestName} name
 * @returns {Ports}
 */
export function portsOf(name) {
  const ports = readState().guests[name]
  if (ports === undefined) throw new Error(`The guest "${name}" is not up. Start the lab with: npm run lab -- up`)
  return ports
}
