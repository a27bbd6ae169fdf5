// @ts-check
import { join } from 'node:path'
import { labFacts } from '../support/lab-facts.ts'
import { copyIn } from './copy.mjs'
import { GUEST_NAMES, SECOND_HOST } from './hardware.mjs'
import { pace } from './pace.mjs'
import { LAB_SOURCE } from './paths.mjs'
import { exec } from './ssh.mjs'

/** @typedef {import('./state.mjs').GuestName} GuestName */

/** Sets up both guests; expects them fresh from the image. */
export async function provision() {
  await Promise.all(GUEST_NAMES.map((name) => provisionGuest(name, asVariables(labFacts, 'LAB'))))
}

/** Sets up the third guest like the host guest; no two hosts share a name towards iSCSI targets. */
export async function provisionSecondHost() {
  const variables = { ...asVariables(labFacts, 'LAB'), LAB_ISCSI_INITIATOR: `${labFacts.iscsi.initiator}2` }
  await provisionGuest(SECOND_HOST, variables, 'host')
}

/**
 * @param {GuestName} name
 * @param {Record<string, string>} variables
 * @param {GuestName} [script] the one of another guest
 */
async function provisionGuest(name, variables, script = name) {
  const assignments = Object.entries(variables).map(([variable, value]) => `${variable}='${value}'`)
  await copyIn(name, join(LAB_SOURCE, 'provision'), '/root/')
  const finished = await exec(name, `env ${assignments.join(' ')} /root/provision/${script}.sh`, {
    timeoutMs: 1_200_000 * pace(),
  })
  if (finished.exitCode !== 0) {
    const words = `${finished.stdout}${finished.stderr}`.split('\n').slice(-30).join('\n')
    throw new Error(`Provisioning the guest "${name}" failed with exit code ${finished.exitCode}:\n${words}`)
  }
  for (const line of finished.stdout.split('\n')) if (line.includes(' is ready after ')) console.error(`  ${line}`)
}

/**
 * `nfs.exports.readWrite` becomes `LAB_NFS_EXPORTS_READ_WRITE`.
 * @param {object} facts
 * @param {string} prefix
 * @returns {Record<string, string>}
 */
function asVariables(facts, prefix) {
  /** @type {Record<string, string>} */
  const variables = {}
  for (const [key, value] of Object.entries(facts)) {
    const name = `${prefix}_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`
    if (typeof value === 'object') Object.assign(variables, asVariables(value, name))
    else variables[name] = String(value)
  }
  return variables
}
