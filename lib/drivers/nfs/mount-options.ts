import type { z } from 'zod'
import type { KernelMountRequest, Mounting, MountOption } from '@/lib/drivers/contract/mount-request'
import { isIpv6Literal } from '@/lib/drivers/grammar'
import type { NfsConfig } from '@/lib/drivers/nfs/config'
import { mountOptions } from '@/lib/drivers/options/mount-options'
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
export function nfsOptions(config: Config): MountOption[] {
  return mountOptions({
    vers: config.version,
    [config.on_outage]: true,
    timeo: config.timeo,
    retrans: config.retrans,
    retry: 0,
    proto: config.proto,
    port: config.port,
    sec: config.sec,
    nconnect: config.nconnect,
    rsize: config.rsize,
    wsize: config.wsize,
    actimeo: config.actimeo,
    lookupcache: config.lookupcache,
    nolock: config.nolock,
    sync: config.sync,
    noatime: config.noatime,
    nordirplus: config.nordirplus,
    noresvport: config.noresvport,
    noexec: config.noexec,
  })
}

export const nfsMounting: Mounting<Config, KernelMountRequest> = {
  // mountinfo says nfs for version 3.
  fsTypes: ['nfs4', 'nfs'],
  canBeForced: true,
  options: {
    alternatives: [['hard', 'soft', 'softerr']],
    negotiated: ['rsize', 'wsize', 'nconnect', 'port', 'mountport', 'sec'],
    synonyms: {
      'proto=tcp': ['proto=tcp6'],
      'proto=rdma': ['proto=rdma6'],
      'lookupcache=positive': ['lookupcache=pos'],
    },
  },
  request: (config, { path, readOnly }) => ({
    kind: 'kernel',
    fsType: 'nfs',
    source: nfsSource(config),
    target: path,
    options: nfsOptions(config),
    readOnly: readOnly || config.read_only,
  }),
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
