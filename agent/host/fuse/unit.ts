import { BlockList, isIP } from 'node:net'
import { MOUNTS_SERVICE } from '@/agent/boot/mount-units'
import { quoteUnitWord } from '@/agent/host/services/unit-words'

export interface UnitDescription {
  description: string
  /** systemd waits for READY=1. */
  notifies: boolean
  umount: string
  target: string
  command: string
  args: readonly string[]
  environmentFile: string
  /** Its own connections reach none of the closed networks, except these addresses. */
  filter?: { closed: readonly string[]; except: readonly string[] } | undefined
}

/**
 * Addresses in the `nameserver` lines of resolv.conf(5) that may be let through. Not 127.0.0.1 and ::1: what listens for this host
 * alone is there, and a filter of addresses cannot tell a name server from it by its port.
 */
export function nameServers(resolvConf: string): string[] {
  const found = [...resolvConf.matchAll(/^nameserver[ \t]+(\S+)/gm)].map(([, address = '']) => address)
  const own = new BlockList()
  own.addAddress('127.0.0.1', 'ipv4')
  own.addAddress('::1', 'ipv6')
  return found.filter((address) => isIP(address) !== 0 && !own.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
}

/** The unit of one FUSE daemon: its own, so that it outlives the agent; a dead endpoint is cleared before each start. */
export function renderUnit(unit: UnitDescription): string {
  const words = [unit.command, ...unit.args].map(quoteUnitWord).join(' ')
  const clear = [unit.umount, '-c', '-i', '--', unit.target].map(quoteUnitWord).join(' ')
  return [
    '[Unit]',
    `Description=${unit.description}`,
    'After=network-online.target',
    // Stopped after it at shutdown: until then uploads go on.
    `Before=${MOUNTS_SERVICE}`,
    'StartLimitIntervalSec=300',
    'StartLimitBurst=20',
    '',
    '[Service]',
    `Type=${unit.notifies ? 'notify' : 'exec'}`,
    `EnvironmentFile=-${unit.environmentFile}`,
    `ExecStartPre=-${clear}`,
    `ExecStart=${words}`,
    'Restart=on-failure',
    'RestartSec=500ms',
    'TimeoutStartSec=60',
    'TimeoutStopSec=30',
    'LimitNOFILE=65536',
    ...addressFilter(unit.filter),
    '',
  ].join('\n')
}

/** In several lines, since systemd takes a line of a few thousand characters at most in some versions; they add up. */
function addressFilter(filter: UnitDescription['filter']): string[] {
  if (filter === undefined) return []
  const denied = Array.from({ length: Math.ceil(filter.closed.length / 32) }, (_, at) =>
    filter.closed.slice(at * 32, at * 32 + 32),
  )
  return [
    ...denied.map((networks) => `IPAddressDeny=${networks.join(' ')}`),
    ...(filter.except.length === 0 ? [] : [`IPAddressAllow=${filter.except.join(' ')}`]),
  ]
}
