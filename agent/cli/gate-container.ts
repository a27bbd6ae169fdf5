import { whyHeld } from '@/agent/boot/storage-gate'
import type { CommandLine } from '@/agent/cli/command-line'
import type { AgentEnv } from '@/agent/env'
import { HELD_CONTAINERS, HeldStarts } from '@/agent/libvirt/held-starts'
import { containerStorage } from '@/agent/lxc/container-storage'
import { HoldfastError } from '@/lib/errors'

/**
 * Asked by the hook of LXC, with the name and the configuration of a container that is to start. The exit code is 0 when all storage of ours
 * that it has is there, else 1 with the reason.
 */
export async function gateContainer(env: AgentEnv, { operands: [name, configFile] }: CommandLine): Promise<number> {
  if (name === undefined || configFile === undefined)
    throw new HoldfastError(
      'invalid_input',
      'gate-container needs the name of a container and the path of its configuration.',
    )
  const held = new HeldStarts(env.runDir, HELD_CONTAINERS)
  const fault = await whyHeld(env, () => containerStorage(configFile, name))
  if (fault === null) {
    held.release(name)
    return 0
  }
  held.hold(name, fault)
  process.stderr.write(`Holdfast does not let it start. ${fault}\n`)
  return 1
}
