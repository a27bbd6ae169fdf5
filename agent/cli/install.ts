import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { HOST_TARGETS } from '@/agent/attach-targets'
import { MOUNTS_SERVICE } from '@/agent/boot/mount-units'
import type { CommandLine } from '@/agent/cli/command-line'
import { type AgentEnv, DEFAULT_STATE_DIR } from '@/agent/env'
import { Runner } from '@/agent/host/exec/run'
import { readIdentity } from '@/agent/identity/identity'
import { removeHooks } from '@/agent/libvirt/start-hook'
import { removeContainerHook } from '@/agent/lxc/start-hook'
import { DEFAULT_POLICY_FILE, readPolicy } from '@/agent/policy/policy'
import { openTargetDoor } from '@/agent/resources/workloads/target-door'
import { HoldfastError, toHoldfastError } from '@/lib/errors'

const TARGET = '/usr/local/lib/holdfast-agent'
const LINK = '/usr/local/bin/holdfast-agent'
const UNIT_DIRECTORY = '/etc/systemd/system'
const SERVICE = 'holdfast-agent.service'
const SERVICES = [SERVICE, MOUNTS_SERVICE]

/** What lies beside the bundle, in the tarball and in dist/agent alike. `node` may also be the one that runs this. */
const FILES = [
  { name: 'holdfast-agent.mjs', mode: 0o644 },
  { name: 'holdfast-agent', mode: 0o755 },
  { name: 'node', mode: 0o755 },
  { name: SERVICE, mode: 0o644 },
  { name: MOUNTS_SERVICE, mode: 0o644 },
  { name: 'agent.example.json', mode: 0o644 },
] as const

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function requireRoot(): void {
  if (process.getuid?.() !== 0)
    throw new HoldfastError('forbidden', 'Installing the agent needs root. Run it with sudo.')
}

function hasSystemd(): boolean {
  return existsSync('/run/systemd/system')
}

/** A running program cannot be written over, and half a file must never be started: copy beside, then rename. */
function place(source: string, target: string, mode: number): void {
  if (path.resolve(source) === target) return
  const temporary = `${target}.new`
  rmSync(temporary, { force: true })
  copyFileSync(source, temporary)
  chmodSync(temporary, mode)
  renameSync(temporary, target)
}

function copyFiles(): void {
  const from = path.dirname(process.argv[1] ?? '')
  mkdirSync(TARGET, { recursive: true, mode: 0o755 })
  for (const { name, mode } of FILES) {
    const beside = path.join(from, name)
    const source = name === 'node' && !existsSync(beside) ? process.execPath : beside
    if (!existsSync(source)) {
      throw new HoldfastError('not_found', `${source} is missing. Unpack the whole archive and run install from there.`)
    }
    place(source, path.join(TARGET, name), mode)
  }
  mkdirSync(path.dirname(DEFAULT_POLICY_FILE), { recursive: true, mode: 0o755 })
  if (!existsSync(DEFAULT_POLICY_FILE)) place(path.join(TARGET, 'agent.example.json'), DEFAULT_POLICY_FILE, 0o644)
  if (hasSystemd()) for (const name of SERVICES) place(path.join(TARGET, name), path.join(UNIT_DIRECTORY, name), 0o644)
  mkdirSync(path.dirname(LINK), { recursive: true })
  rmSync(LINK, { force: true })
  symlinkSync(path.join(TARGET, 'holdfast-agent'), LINK)
}

/** Copies the agent to its place and starts it as a service. Run again, it upgrades; mounts are not touched. */
export async function install(env: AgentEnv, line: Pick<CommandLine, 'no-restart'>): Promise<number> {
  requireRoot()
  copyFiles()
  say(`Installed in ${TARGET}; the policy of this host is ${DEFAULT_POLICY_FILE}.`)
  const { mountRoots, sourceRoots } = readPolicy()
  say(
    `It allows mounts below ${mountRoots.join(', ')} and local directories below ${sourceRoots.join(', ') || 'nowhere'}.`,
  )
  if (hasSystemd()) {
    const runner = new Runner()
    await runner.run('systemctl', ['daemon-reload'])
    await runner.run('systemctl', ['enable', ...SERVICES])
    if (!line['no-restart']) await runner.run('systemctl', ['restart', SERVICE])
    await runner.run('systemctl', ['start', MOUNTS_SERVICE])
    say(
      line['no-restart']
        ? 'The service holdfast-agent is another one when it starts next.'
        : 'The service holdfast-agent runs and starts with this host.',
    )
  } else {
    say('systemd does not run here: let your init system start "holdfast-agent run".')
  }
  if (readIdentity(env.stateDir) === null) {
    say('Next: make a join token in the console under Hosts and run the "holdfast-agent join" command that it shows.')
  }
  return 0
}

/** Nobody would start again what the agent did. */
async function giveBackRestarts(): Promise<void> {
  for (const { restarts, descriptor } of HOST_TARGETS) {
    await restarts?.giveBack(openTargetDoor().host).catch((error: unknown) => {
      say(`Restart policies were not given back to ${descriptor.title}. ${toHoldfastError(error).message}`)
    })
  }
}

/** The reverse. Mounts, policy and identity stay; the identity is worthless once the host is removed in the console. */
export async function uninstall(): Promise<number> {
  requireRoot()
  const installed = SERVICES.filter((name) => existsSync(path.join(UNIT_DIRECTORY, name)))
  if (hasSystemd() && installed.length > 0) {
    const runner = new Runner()
    await runner.run('systemctl', ['disable', '--now', ...installed])
    for (const name of installed) rmSync(path.join(UNIT_DIRECTORY, name), { force: true })
    await runner.run('systemctl', ['daemon-reload'])
  }
  // It would ask what is not there any more, and so hold up machines for ever.
  removeHooks()
  removeContainerHook()
  await giveBackRestarts()
  rmSync(LINK, { force: true })
  rmSync(TARGET, { recursive: true, force: true })
  say(
    `Removed. What is mounted stays mounted; ${DEFAULT_STATE_DIR} and ${DEFAULT_POLICY_FILE} are left for you to delete.`,
  )
  return 0
}
