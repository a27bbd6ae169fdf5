import type { AgentEnv } from '@/agent/env'
import { hasSystemd, readFileSystems, readOsRelease, readPrivilege } from '@/agent/facts/host-facts'
import { neededCommands } from '@/agent/facts/tools'
import { distributionFamily, locateCommand, packageFor } from '@/agent/host/commands'
import { readPolicy } from '@/agent/policy'
import type { DriverDescriptor } from '@/lib/drivers/contract'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'

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

/** What this host allows, and what it lacks for which storage type. Exit code 0: nothing; 5: something. */
export function doctor(env: AgentEnv): number {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const release = readOsRelease()
  const family = distributionFamily(release)
  const fileSystems = readFileSystems()
  const privilege = readPrivilege()
  const words = { root: 'root', namespace: 'a user namespace (mounts are private)', none: 'not root' }
  say(`${release.name}, ${words[privilege]}, ${hasSystemd() ? 'systemd' : 'no systemd'}`)
  for (const line of policyLines(env)) say(line)
  const needed = neededCommands(DESCRIPTORS)
  const descriptors: readonly Pick<DriverDescriptor, 'id' | 'title' | 'hostFileSystems'>[] = DESCRIPTORS
  let lacking = privilege === 'none'
  for (const { id, title, hostFileSystems = [] } of descriptors) {
    const missing = [...needed]
      .filter(([command, users]) => (users.includes(id) || users.includes('agent')) && locateCommand(command) === null)
      .map(([command]) => `command ${command} (package ${packageFor(command, family)})`)
    for (const name of hostFileSystems) {
      if (fileSystems[name] === false) missing.push(`kernel support for ${name}`)
    }
    lacking ||= missing.length > 0
    say(`${id.padEnd(12)}${title.padEnd(18)}${missing.length === 0 ? 'ready' : `lacks ${missing.join(', ')}`}`)
  }
  return lacking ? 5 : 0
}
