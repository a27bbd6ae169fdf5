// @ts-check
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateDir } from './paths.mjs'

/**
 * @typedef {'servers' | 'host' | 'host2'} GuestName
 * @typedef {{ ssh: number, agent: number, bulk: number }} Ports loopback ports of this machine that lead into the guest
 * @typedef {object} State
 * @property {string | null} snapshot what the saved `base` snapshot was made from; null without one
 * @property {Record<string, string>} prepared what further snapshots were made from, by their names
 * @property {Partial<Record<GuestName, Ports>>} guests ports of the last start
 * @property {number} segmentPort UDP port of the lab segment since the last start
 * @property {string | null} secondHost what the disk of the third guest was made from; null without one
 */

/** @type {State} */
const EMPTY = { snapshot: null, prepared: {}, guests: {}, segmentPort: 0, secondHost: null }

function statePath() {
  return join(stateDir(), 'state.json')
}

/** @returns {State} */
export function readState() {
  try {
    return { ...EMPTY, ...JSON.parse(readFileSync(statePath(), 'utf8')) }
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error
    return EMPTY
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
