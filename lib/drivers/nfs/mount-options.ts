import type { z } from 'zod'
import type { MountRequest } from '@/lib/drivers/contract/driver-host'
import { isIpv6Literal } from '@/lib/drivers/grammar'
import type { NfsConfig } from '@/lib/drivers/nfs/config'
import { type OptionGrammar, parseOptionText } from '@/lib/drivers/options/option-text'

type Config = z.infer<typeof NfsConfig>

/** `nas:/export`, with an IPv6 address in brackets, as mount(8) and mountinfo write it. */
export function nfsSource(config: Pick<Config, 'server' | 'export_path'>): string {
  const server = isIpv6Literal(config.server) ? `[${config.server}]` : config.server
  return `${server}:${config.export_path}`
}

/**
 * The options of nfs(5) for these settings. `retry=0` always: without it mount.nfs keeps trying a refused port for two minutes,
 * and waiting is the agent's decision. A value that is not set is left to the kernel's negotiation.
 */
export function nfsOptions(config: Config): string[] {
  const options = [
    `vers=${config.version}`,
    config.on_outage,
    `timeo=${config.timeo}`,
    `retrans=${config.retrans}`,
    'retry=0',
  ]
  if (config.proto !== undefined) options.push(`proto=${config.proto}`)
  if (config.port !== undefined) options.push(`port=${config.port}`)
  if (config.sec !== undefined) options.push(`sec=${config.sec}`)
  if (config.nconnect !== undefined) options.push(`nconnect=${config.nconnect}`)
  if (config.rsize !== undefined) options.push(`rsize=${config.rsize}`)
  if (config.wsize !== undefined) options.push(`wsize=${config.wsize}`)
  if (config.actimeo !== undefined) options.push(`actimeo=${config.actimeo}`)
  if (config.lookupcache !== undefined) options.push(`lookupcache=${config.lookupcache}`)
  if (config.nolock) options.push('nolock')
  if (config.sync) options.push('sync')
  if (config.noatime) options.push('noatime')
  if (config.nordirplus) options.push('nordirplus')
  if (config.noresvport) options.push('noresvport')
  if (config.noexec) options.push('noexec')
  return options
}

export function nfsMountRequest(config: Config, target: string, readOnly: boolean): MountRequest {
  return {
    fsType: 'nfs',
    source: nfsSource(config),
    target,
    options: nfsOptions(config),
    readOnly: readOnly || config.read_only,
  }
}

const WAITING = 'Holdfast itself keeps trying when the server is away'

const GRAMMAR: OptionGrammar<Config> = {
  protocol: 'NFS',
  // The default already, or without a meaning on kernels of this century.
  ignored: ['fg', 'intr', 'nointr', 'async', 'retry=0'],
  flags: {
    hard: { on_outage: 'hard' },
    soft: { on_outage: 'soft' },
    softerr: { on_outage: 'softerr' },
    ro: { read_only: true },
    rw: { read_only: false },
    sync: { sync: true },
    noatime: { noatime: true },
    atime: { noatime: false },
    relatime: { noatime: false },
    nolock: { nolock: true },
    lock: { nolock: false },
    nordirplus: { nordirplus: true },
    rdirplus: { nordirplus: false },
    noresvport: { noresvport: true },
    resvport: { noresvport: false },
    noexec: { noexec: true },
    exec: { noexec: false },
    tcp: { proto: 'tcp' },
    rdma: { proto: 'rdma' },
  },
  numbers: ['timeo', 'retrans', 'rsize', 'wsize', 'port', 'nconnect', 'actimeo'],
  words: ['proto', 'sec', 'lookupcache'],
  others: { vers: version, nfsvers: version },
  whyRefused: { bg: WAITING, retry: WAITING },
}

function version(value: string): Partial<Config> {
  return { version: (value === '4' ? '4.2' : value) as Config['version'] }
}

/** `rw,soft,timeo=50` into typed settings. The values themselves are checked by the config schema afterwards. */
export function parseNfsOptions(text: string): Partial<Config> {
  return parseOptionText(text, GRAMMAR)
}
