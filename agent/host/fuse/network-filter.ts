import { existsSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { locateCommand } from '@/agent/host/exec/commands'
import type { Runner } from '@/agent/host/exec/run'
import type { FuseDaemon, FusePaths } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { reveal } from '@/lib/secret'
import type { Cage } from './cage'
import type { ControlAddress } from './control'
import { nameServers } from './unit'

/** What the policy of the host says about the connections of daemons. */
export interface DaemonLimits {
  /** Networks that no daemon reaches. */
  closedNetworks: readonly string[]
  allowsUnfilteredDaemons: boolean
}

/** How a daemon is kept from what the policy denies: by systemd, in a cage, or not at all because it connects to nobody. */
export interface DaemonNetworkPlan {
  filter: { closed: readonly string[]; except: readonly string[] } | null
  cage: Cage | null
  control: ControlAddress | null
}

/** Throws `policy_denied` when nothing on this host can keep the daemon from denied addresses. */
export async function planNetwork(
  manager: 'systemd' | 'supervisor',
  daemon: FuseDaemon,
  paths: FusePaths,
  limits: DaemonLimits,
  runner: Runner,
): Promise<DaemonNetworkPlan> {
  const plain = { filter: null, cage: null, control: plainControl(daemon, paths) }
  const { network } = daemon
  if (network.kind === 'none') return plain
  if (manager === 'systemd') {
    const { control } = plain
    // What comes from loopback is dropped as well, so the agent asks from another of its addresses.
    const from = control?.kind === 'tcp' ? ownAddress() : undefined
    const besides = network.kind === 'any' ? network.besides : []
    const except = [...readNameServers(), ...besides, ...(from === undefined ? [] : [from])]
    return {
      filter: { closed: limits.closedNetworks, except },
      cage: null,
      control: control?.kind === 'tcp' ? { ...control, from } : control,
    }
  }
  if (network.kind === 'any') {
    if (limits.allowsUnfilteredDaemons) return plain
    throw new HoldfastError(
      'policy_denied',
      `Without systemd nothing on this host keeps ${daemon.command} from addresses that the policy denies, so it is not started. Run the agent under systemd, or set allow.unfilteredDaemons in the policy file.`,
    )
  }
  const cage: Cage = {
    closed: limits.closedNetworks,
    door: isLoopbackName(network.host) ? { host: network.host, port: network.port } : null,
    control: plain.control?.kind === 'tcp' ? { port: plain.control.port, socket: paths.socket } : null,
    programs: await findPrograms(daemon.command, runner),
  }
  return { filter: null, cage, control: throughSocket(plain.control, paths) }
}

function plainControl({ control }: FuseDaemon, paths: FusePaths): ControlAddress | null {
  if (control === undefined) return null
  if (control.kind === 'unix') return { kind: 'unix', socket: paths.socket }
  return { ...control, password: reveal(control.password) }
}

function throughSocket(control: ControlAddress | null, paths: FusePaths): ControlAddress | null {
  if (control?.kind !== 'tcp') return control
  return { kind: 'unix', socket: paths.socket, user: control.user, password: control.password }
}

/** Names for which Go asks no proxy. */
function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Tries what the cage needs, so that the reason is told and not just a daemon that does not start. */
async function findPrograms(command: string, runner: Runner): Promise<Cage['programs']> {
  const refuse = (why: string, cause?: unknown) =>
    new HoldfastError(
      'policy_denied',
      `Without systemd ${command} runs in a network namespace, which keeps it from addresses that the policy denies, and ${why}. Run the agent under systemd, or see to that.`,
      { cause },
    )
  const [unshare, nsenter, ip] = [locateCommand('unshare'), locateCommand('nsenter'), locateCommand('ip')]
  if (unshare === null || nsenter === null) throw refuse('unshare or nsenter (package util-linux) is missing')
  if (ip === null) throw refuse('ip (package iproute2) is missing')
  try {
    await runner.run('unshare', ['--net', '--', ip, 'link', 'set', 'dev', 'lo', 'up'])
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'timed_out') throw error
    throw refuse(`none can be made here (${error.message})`, error)
  }
  return { unshare, nsenter, ip }
}

function readNameServers(): string[] {
  return existsSync('/etc/resolv.conf') ? nameServers(readFileSync('/etc/resolv.conf', 'utf8')) : []
}

/** An IPv4 address of this machine that is not loopback; undefined without one. */
function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((card) => card ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}
