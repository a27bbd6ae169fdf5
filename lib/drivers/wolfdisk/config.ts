import { z } from 'zod'
import { checked, hostProblem, optionalText, pathProblem, withoutTrailingSlash } from '@/lib/drivers/grammar'
import type { FieldProblem } from '@/lib/errors'

export const WOLFDISK_ROLES = ['auto', 'leader', 'follower', 'client'] as const
export type WolfdiskRole = (typeof WOLFDISK_ROLES)[number]

/** Port on which nodes talk to each other. Nodes that WolfStack sets up use 8550. */
const NODE_PORT = 9500
const MAX_PEERS = 32

export interface Peer {
  host: string
  port: number
}

function portOf(text: string): number | null {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : null
}

function parsePeer(text: string): Peer | string {
  const parts = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>.*))?$/.exec(text)?.groups
  if (parts === undefined) return 'A peer is a host name or address, with its port if that is not 9500.'
  const port = parts.port === undefined ? NODE_PORT : portOf(parts.port)
  if (port === null) return 'The port of a peer is between 1 and 65535.'
  return hostProblem(parts.host ?? '') ?? { host: parts.host ?? '', port }
}

function peerTexts(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

/** The peers of a checked config. */
export function peersOf(config: { peers?: string | undefined }): Peer[] {
  return peerTexts(config.peers ?? '').flatMap((text) => {
    const peer = parsePeer(text)
    return typeof peer === 'string' ? [] : [peer]
  })
}

function peersProblem(value: string): string | null {
  if (value.length > 4096) return `At most ${MAX_PEERS} peers.`
  const texts = peerTexts(value)
  if (texts.length > MAX_PEERS) return `At most ${MAX_PEERS} peers.`
  for (const text of texts) {
    const peer = parsePeer(text)
    if (typeof peer === 'string') return peer
  }
  return null
}

/** The address that a node listens on; `0.0.0.0` and `::` are all of the host's own. */
function bindProblem(value: string): string | null {
  const { host = '', port = '' } = /^(?<host>\[[^\]]*\]|[^:]*):(?<port>.*)$/.exec(value)?.groups ?? {}
  if (portOf(port) === null) return 'Write address and port, such as 0.0.0.0:9500.'
  return host === '0.0.0.0' || host === '[::]' ? null : hostProblem(host)
}

function discoveryProblem(value: string): string | null {
  if (value === 'off') return null
  const groups = /^udp:\/\/(?<a>\d{1,3})\.\d{1,3}\.\d{1,3}\.(?<d>\d{1,3}):(?<port>\d{1,5})$/.exec(value)?.groups
  const first = Number(groups?.a)
  const isMulticast = first >= 224 && first <= 239 && portOf(groups?.port ?? '') !== null
  return isMulticast ? null : 'Write a multicast address such as udp://239.255.0.1:9501, or "off".'
}

function configFileProblem(value: string): string | null {
  return /^\/etc\/wolfdisk\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.toml$/.test(value)
    ? null
    : 'The file must be in /etc/wolfdisk and end with .toml, such as /etc/wolfdisk/config.toml.'
}

const DATA_ROOTS = ['/var/lib/', '/srv/', '/mnt/', '/opt/', '/data/']
const FOREIGN_DATA = [
  '/var/lib/holdfast',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/libvirt',
  '/var/lib/systemd',
]

function dataProblem(value: string): string | null {
  const problem = pathProblem(value, 512)
  if (problem !== null) return problem
  const path = withoutTrailingSlash(value)
  if (!/^[A-Za-z0-9/._ -]+$/.test(path)) return 'The path has letters, digits, spaces and . _ - only.'
  const isForeign = FOREIGN_DATA.some((tree) => path === tree || path.startsWith(`${tree}/`))
  if (isForeign || !DATA_ROOTS.some((root) => path.startsWith(root))) {
    return `The directory must be a folder of its own below ${DATA_ROOTS.map((root) => root.slice(0, -1)).join(', ')}.`
  }
  return null
}

function nodeIdProblem(value: string): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value)
    ? null
    : 'A node id has up to 63 letters, digits, dots, hyphens and underscores.'
}

export const WolfdiskConfig = z.strictObject({
  config_file: optionalText(configFileProblem),
  role: z.enum(WOLFDISK_ROLES).default('auto'),
  peers: optionalText(peersProblem, (value) => peerTexts(value).join(', ')),
  discovery: checked(discoveryProblem).default('udp://239.255.0.1:9501'),
  bind: checked(bindProblem).default('0.0.0.0:9500'),
  node_id: optionalText(nodeIdProblem),
  data_dir: checked(dataProblem).overwrite(withoutTrailingSlash),
  replication: z.enum(['shared', 'replicated']).default('shared'),
  /** Copies of each chunk. */
  replication_factor: z.int().min(1).max(16).default(3),
  /** Bytes. */
  chunk_size: z.int().min(65_536).max(268_435_456).default(4_194_304),
  noexec: z.boolean().default(true),
  read_only: z.boolean().default(false),
})
export type WolfdiskConfig = z.infer<typeof WolfdiskConfig>

/** The multicast address at which nodes look for each other; none when that is off. */
export function discoveryGroup({ discovery }: Pick<WolfdiskConfig, 'discovery'>): string[] {
  return discovery === 'off' ? [] : [new URL(discovery.replace(/^udp:/, 'http:')).hostname]
}

/** Where the node writes its state, once a second. */
export function statusFile(dataDir: string): string {
  return `${dataDir}/cluster_status.json`
}

export function checkWolfdisk(config: WolfdiskConfig): FieldProblem[] {
  const needsOthers = config.role === 'client' || config.role === 'follower'
  if (config.config_file === undefined && needsOthers && config.discovery === 'off' && peersOf(config).length === 0) {
    const message = `A ${config.role} needs another node: enter a peer, or leave the discovery on.`
    return [{ field: 'peers', message }]
  }
  return []
}
