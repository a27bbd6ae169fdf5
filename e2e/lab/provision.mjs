// @ts-check
import { join } from 'node:path'
import { labFacts } from '../support/lab-facts.ts'
import { copyIn } from './copy.mjs'
import { GUEST_NAMES } from './hardware.mjs'
import { LAB_SOURCE } from './paths.mjs'
import { exec } from './ssh.mjs'

/** Sets up both guests; expects them fresh from the image. */
export async function provision() {
  const assignments = Object.entries(asVariables(labFacts, 'LAB')).map(([name, value]) => `${name}='${value}'`)
  await Promise.all(
    GUEST_NAMES.map(async (name) => {
      await copyIn(name, join(LAB_SOURCE, 'provision'), '/root/')
      const finished = await exec(name, `env ${assignments.join(' ')} /root/provision/${name}.sh`, {
        timeoutMs: 1_200_000,
      })
      if (finished.exitCode !== 0) {
        const words = `${finished.stdout}${finished.stderr}`.split('\n').slice(-30).join('\n')
        throw new Error(`Provisioning the guest "${name}" failed with exit code ${finished.exitCode}:\n${words}`)
      }
      for (const line of finished.stdout.split('\n')) if (line.includes(' is ready after ')) console.error(`  ${line}`)
    }),
  )
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
