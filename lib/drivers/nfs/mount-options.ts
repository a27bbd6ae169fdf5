import type { z } from 'zod'
import type { MountRequest } from '@/lib/drivers/driver-host'
import { isIpv6Literal } from '@/lib/drivers/grammar'
import type { NfsConfig } from '@/lib/drivers/nfs/config'
import { HoldfastError } from '@/lib/errors'

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

/** Words that change nothing here: the default already, or meaningless outside fstab and on kernels of this century. */
const ACCEPTED_AND_IGNORED = new Set([
  'defaults',
  '_netdev',
  'nofail',
  'auto',
  'noauto',
  'nouser',
  'fg',
  'intr',
  'nointr',
  'nosuid',
  'nodev',
  'async',
  'retry=0',
])

const WHY_REFUSED = new Map(
  Object.entries({
    suid: 'every mount is nosuid',
    dev: 'every mount is nodev',
    user: 'only Holdfast mounts and unmounts',
    users: 'only Holdfast mounts and unmounts',
    bg: 'Holdfast itself keeps trying when the server is away',
    retry: 'Holdfast itself keeps trying when the server is away',
  }),
)

const FLAGS: Record<string, Partial<Config>> = {
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
}

const NUMBERS = ['timeo', 'retrans', 'rsize', 'wsize', 'port', 'nconnect', 'actimeo'] as const
const WORDS = ['proto', 'sec', 'lookupcache'] as const

function refuse(option: string, reason: string): never {
  throw new HoldfastError('invalid_input', `The NFS option "${option}" cannot be used: ${reason}.`, {
    fields: [{ field: 'config.mount_options', message: `The option "${option}" cannot be used: ${reason}.` }],
  })
}

function parseOption(option: string): Record<string, unknown> {
  if (Object.hasOwn(FLAGS, option)) return FLAGS[option] ?? {}
  const [, name = option, value] = /^([^=]*)=(.*)$/s.exec(option) ?? []
  if (value !== undefined) {
    if (name === 'vers' || name === 'nfsvers') return { version: value === '4' ? '4.2' : value }
    if (WORDS.some((known) => known === name)) return { [name]: value }
    if (NUMBERS.some((known) => known === name)) {
      return /^\d{1,9}$/.test(value) ? { [name]: Number(value) } : refuse(option, `${name} needs a whole number`)
    }
  }
  return refuse(option, WHY_REFUSED.get(name) ?? 'it is not one of the options Holdfast knows')
}

/** `rw,soft,timeo=50` into typed settings. The values themselves are checked by the config schema afterwards. */
export function parseNfsOptions(text: string): Partial<Config> {
  const options = text.split(',').map((part) => part.trim())
  const meant = options.filter((option) => option !== '' && !ACCEPTED_AND_IGNORED.has(option))
  return Object.assign({}, ...meant.map(parseOption))
}
