import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentEnv } from '@/agent/env'
import { hasSystemd, readFileSystems, readOsRelease, readPrivilege } from '@/agent/facts/host-facts'
import { neededCommands } from '@/agent/facts/tools'
import { distributionFamily, locateCommand, packageFor } from '@/agent/host/exec/commands'
import { compareClocks } from '@/agent/identity/clock'
import { readIdentity } from '@/agent/identity/identity'
import { Journal } from '@/agent/journal/journal'
import { readPolicy } from '@/agent/policy/policy'
import { ALL_TYPES } from '@/lib/drivers/registry'
import { HoldfastError, toHoldfastError } from '@/lib/errors'

/** The policy in force, or what is wrong with the file. */
function policyLines({ policyFile }: AgentEnv): string[] {
  try {
    const { mountRoots, sourceRoots } = readPolicy(policyFile)
    return [
      `mounts may lie below      ${mountRoots.join(', ')}`,
      `directories may be bound  ${sourceRoots.join(', ') || 'from nowhere'}`,
      `both are set in           ${policyFile} (mountRoots, sourceRoots)`,
    ]
  } catch (error) {
    if (error instanceof HoldfastError) return [error.message]
    throw error
  }
}

/** What keeps the agent from starting with its state directory; null when nothing does. Makes and changes no file. */
function stateFault(stateDir: string): string | null {
  try {
    readIdentity(stateDir)
    if (existsSync(join(stateDir, 'journal.db'))) Journal.check(stateDir)
    return null
  } catch (error) {
    return toHoldfastError(error).message
  }
}

/**
 * What this host allows, what it lacks for which storage type, what is wrong with the agent's own files, and whether its clock is
 * right. Exit code 0: nothing; 5: something.
 */
export async function doctor(env: AgentEnv): Promise<number> {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const release = readOsRelease()
  const family = distributionFamily(release)
  const fileSystems = readFileSystems()
  const privilege = readPrivilege()
  const words = { root: 'root', namespace: 'a user namespace (mounts are private)', none: 'not root' }
  say(`${release.name}, ${words[privilege]}, ${hasSystemd() ? 'systemd' : 'no systemd'}`)
  const fault = stateFault(env.stateDir)
  if (fault !== null) say(`The agent cannot start: ${fault}`)
  for (const line of policyLines(env)) say(line)
  const needed = neededCommands(ALL_TYPES)
  let lacking = privilege === 'none' || fault !== null
  for (const { id, title, hostFileSystems = {} } of ALL_TYPES) {
    const missing = [...needed]
      .filter(([command, users]) => (users.includes(id) || users.includes('agent')) && locateCommand(command) === null)
      .map(([command]) => `command ${command} (package ${packageFor(command, family)})`)
    for (const name of Object.keys(hostFileSystems)) {
      if (fileSystems[name] === false) missing.push(`kernel support for ${name}`)
    }
    lacking ||= missing.length > 0
    say(`${id.padEnd(12)}${title.padEnd(18)}${missing.length === 0 ? 'ready' : `lacks ${missing.join(', ')}`}`)
  }
  const identity = fault === null ? readIdentity(env.stateDir) : null
  const clock = identity && (await compareClocks(identity))
  if (clock) say(`clock: ${clock.words}`)
  return lacking || clock?.isGood === false ? 5 : 0
}
