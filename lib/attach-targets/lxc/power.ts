import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import type { ContainerPower, FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { findContainer, type LxcFlavour } from '@/lib/attach-targets/lxc/containers'
import { commandLine } from '@/lib/drivers/command-line'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'

/** A container that does not end by itself is ended after so many seconds. */
const GRACE_S = 30

type Step = readonly [command: string, ...args: string[]]

/** A name that is no name of a directory is none of LXC; what begins with a dash stands in one word with its option. */
function isName(nativeId: string): boolean {
  return nativeId !== '' && !nativeId.startsWith('.') && !/[/\n\0]/.test(nativeId)
}

/**
 * A restart of plain LXC is a stop and a start: a reboot would keep the settings that it was started with, and one whose first process
 * knows nothing of a reboot would not do it.
 */
function stepsOf(flavour: LxcFlavour, { nativeId, state }: FoundWorkload, action: PowerAction): readonly Step[] {
  if (flavour === 'proxmox') {
    const grace = `--timeout=${GRACE_S}`
    const told: Record<PowerAction, Step> = {
      start: ['pct', state === 'paused' ? 'resume' : 'start', nativeId],
      shutdown: ['pct', 'shutdown', nativeId, '--forceStop=1', grace],
      off: ['pct', 'stop', nativeId],
      reset: ['pct', 'reboot', nativeId, grace],
    }
    return [told[action]]
  }
  const name = `--name=${nativeId}`
  const begin: Step = [state === 'paused' ? 'lxc-unfreeze' : 'lxc-start', name]
  const end: Step = ['lxc-stop', name, `--timeout=${GRACE_S}`]
  if (action === 'start') return [begin]
  if (action === 'off') return [['lxc-stop', name, '--kill']]
  return action === 'shutdown' ? [end] : [end, ['lxc-start', name]]
}

/** By the tools of whoever knows the container. */
export const lxcPower: ContainerPower = {
  async find(host, nativeId) {
    return (await requireNamed(host, nativeId))?.found ?? null
  },
  async act(host, found, action) {
    const known = await requireNamed(host, found.nativeId)
    if (known === null) throw new HoldfastError('not_found', 'There is no such container on this host any more.')
    for (const [command, ...args] of stepsOf(known.flavour, found, action)) await run(host, command, args)
  },
  async startsWithHost(host, { nativeId }) {
    const known = await requireNamed(host, nativeId)
    if (known?.flavour === 'proxmox') return /^onboot: 1$/m.test((await host.run('pct', ['config', nativeId])).stdout)
    const asked = [`--name=${nativeId}`, '--no-humanize', '--config=lxc.start.auto']
    return known !== null && /(?:^|= )1$/m.test((await host.run('lxc-info', asked)).stdout.trim())
  },
}

/** Of a start that went wrong `lxc-start` only says that it did. */
async function run(host: TargetHost, command: string, args: readonly string[]): Promise<void> {
  try {
    await host.run(command, args)
  } catch (error) {
    if (!(error instanceof CommandError) || command !== 'lxc-start') throw error
    const line = commandLine({
      command,
      args: [...args, '--foreground', '--logfile=/dev/stdout', '--logpriority=DEBUG'],
    })
    throw new HoldfastError('command_failed', `LXC could not start it. Why is said on its host by: ${line}`, {
      cause: error,
      details: { command, stderr: error.stderr },
    })
  }
}

async function requireNamed(host: TargetHost, nativeId: string) {
  if (!isName(nativeId)) throw new HoldfastError('invalid_input', 'A container of LXC is named by its name or number.')
  return findContainer(host, nativeId)
}
