import { BlockList, isIP } from 'node:net'
import { MOUNTS_SERVICE } from '@/agent/boot/mount-units'
import { HoldfastError } from '@/lib/errors'

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

/**
 * One word of ExecStart as systemd.service(5) reads it back: `%` and `$` have a meaning even inside quotes, a line break ends
 * the setting.
 */
export function quoteUnitWord(word: string): string {
  for (const character of word) {
    const code = character.charCodeAt(0)
    if (code < 0x20 || code === 0x7f) {
      throw new HoldfastError('invalid_input', 'A value for a storage daemon has control characters in it.')
    }
  }
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return `"${escaped}"`
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

const ENVIRONMENT_NAME = /^[A-Z][A-Z0-9_]{0,63}$/

/** systemd.exec(5) EnvironmentFile: double quotes, with backslash before `"`, backslash, backquote and `$`. */
export function renderEnvironment(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!ENVIRONMENT_NAME.test(name) || /[\p{Cc}]/u.test(value)) {
        throw new HoldfastError('invalid_input', 'An environment value for a storage daemon is not acceptable.')
      }
      return `${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`
    })
    .join('')
}
