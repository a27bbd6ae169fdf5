import type { ReachLayer } from '@/lib/reachability/layers'
import type { ReachBackend, ReachHost, ReachMatrix } from '@/lib/reachability/schema'
import type { StatusWord } from '@/lib/tones'

/** How one host reaches one storage. */
export interface ReachCell {
  host: ReachHost
  backend: ReachBackend
  /** The first layer that failed; null: none did. */
  layer: ReachLayer | null
  /** ISO; null when nothing was checked yet. */
  since: string | null
  checkedAt: string | null
  message: string | null
  advice: string | null
  waits: boolean
  used: boolean
  status: StatusWord
}

export interface ReachTable {
  hosts: readonly ReachHost[]
  backends: readonly ReachBackend[]
  /** By host and backend, as they stand in the lists above. */
  cells: readonly (readonly (ReachCell | undefined)[])[]
}

export const LAYER_WORDS: Record<ReachLayer, string> = {
  host: 'The host refuses',
  tools: 'Programs on the host',
  name: 'Name',
  route: 'Route',
  tcp: 'Connection',
  protocol: 'Protocol',
  authentication: 'Sign-in',
  target: 'Export, share or bucket',
  namespace: 'Namespace',
  mount: 'Mount',
  capacity: 'Capacity',
  unmount: 'Unmount',
}

/** They say nothing about the storage, nor about the way there. */
const OF_HOST: ReadonlySet<ReachLayer> = new Set(['host', 'tools'])

interface Checked {
  layer: ReachLayer | null
  checkedAt: string | null
  waits: boolean
  outdated: boolean
  used: boolean
}

/** What was found last stays on show while the next check waits. Where nobody uses the storage, it matters less. */
export function wordOfCheck({ layer, checkedAt, waits, outdated, used }: Checked): StatusWord {
  if (checkedAt === null)
    return waits ? { tone: 'working', word: 'Waiting' } : { tone: 'unknown', word: 'Not checked yet' }
  if (outdated) return { tone: 'unknown', word: 'Settings changed since' }
  if (layer === null) return { tone: 'healthy', word: 'Reached' }
  if (OF_HOST.has(layer)) return { tone: 'unknown', word: LAYER_WORDS[layer] }
  return { tone: used ? 'critical' : 'warning', word: LAYER_WORDS[layer] }
}

/** Where there is room for it: a layer alone does not say that it fails. */
export function wordWithLayer({ layer, status }: Pick<ReachCell, 'layer' | 'status'>): string {
  return layer !== null && layer !== 'host' && status.word === LAYER_WORDS[layer]
    ? `Fails at: ${status.word}`
    : status.word
}

export function readReach({ hosts, backends, layers, texts, cells }: ReachMatrix): ReachTable {
  const rows: (ReachCell | undefined)[][] = hosts.map(() => new Array(backends.length))
  const textAt = (place: number | null) => (place === null ? null : (texts[place] ?? null))
  const timeAt = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000).toISOString())
  for (const [hostAt, backendAt, layerAt, since, checked, message, advice, waits, outdated, used] of cells) {
    const [host, backend, row] = [hosts[hostAt], backends[backendAt], rows[hostAt]]
    if (!host || !backend || !row) continue
    const layer = layerAt === null ? null : (layers[layerAt] ?? null)
    const facts = { layer, checkedAt: timeAt(checked), waits: waits === 1, used: used === 1 }
    row[backendAt] = {
      ...facts,
      host,
      backend,
      since: timeAt(since),
      message: textAt(message),
      advice: textAt(advice),
      status: wordOfCheck({ ...facts, outdated: outdated === 1 }),
    }
  }
  return { hosts, backends, cells: rows }
}

export interface ReachFilter {
  query: string
  /** A layer that has failed, or empty. */
  layer: string
}

export interface ReachRow {
  kind: 'host'
  key: string
  host: ReachHost
  cells: readonly (ReachCell | undefined)[]
}

export interface ReachLayout {
  rows: ReachRow[]
  /** Places of the backends that are shown. */
  columns: number[]
}

function found<T extends { name: string }>(items: readonly T[], words: readonly string[]): number[] {
  return items.flatMap(({ name }, at) => (words.every((word) => name.toLowerCase().includes(word)) ? [at] : []))
}

/** Words look for hosts and for backends; what they find of one kind narrows that kind. */
export function layOut({ hosts, backends, cells }: ReachTable, { query, layer }: ReachFilter): ReachLayout {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const [ofHosts, ofBackends] = [found(hosts, words), found(backends, words)]
  if (ofHosts.length === 0 && ofBackends.length === 0) return { rows: [], columns: [] }
  const places = ofHosts.length === 0 ? hosts.map((_, at) => at) : ofHosts
  const candidates = ofBackends.length === 0 ? backends.map((_, at) => at) : ofBackends
  const isWanted = (host: number, backend: number) => !layer || cells[host]?.[backend]?.layer === layer
  const columns = candidates.filter((backend) => places.some((host) => isWanted(host, backend)))
  const rows = places.flatMap((place): ReachRow[] => {
    const host = hosts[place]
    if (!host || !columns.some((backend) => isWanted(place, backend))) return []
    return [{ kind: 'host', key: host.id, host, cells: cells[place] ?? [] }]
  })
  return { rows, columns: rows.length === 0 ? [] : columns }
}

/** How many cells have failed at each layer, in the order of the layers. */
export function countLayers(
  { cells }: ReachTable,
  layers: readonly ReachLayer[],
): { layer: ReachLayer; count: number }[] {
  const counts = new Map<ReachLayer, number>()
  for (const cell of cells.flat()) if (cell?.layer) counts.set(cell.layer, (counts.get(cell.layer) ?? 0) + 1)
  return layers.flatMap((layer) => {
    const count = counts.get(layer)
    return count === undefined ? [] : [{ layer, count }]
  })
}

/** The table as it is laid out, for a file. */
export function reachRows({ backends }: ReachTable, { rows, columns }: ReachLayout): string[][] {
  return [
    ['Host', ...columns.map((column) => backends[column]?.name ?? '')],
    ...rows.map(({ host, cells }) => [host.name, ...columns.map((column) => cells[column]?.status.word ?? '')]),
  ]
}
