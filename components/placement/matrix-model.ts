import { compare } from '@/components/ui/table/table-model'
import type { MatrixHost, MatrixMount, MountMatrix } from '@/lib/mounts/matrix/matrix-schema'
import type { ObservedState } from '@/lib/mounts/schema'
import { wordOnHost } from '@/lib/mounts/state'
import { isTrouble, type StatusWord, type Tone } from '@/lib/tones'

/** One mount on one host. */
export interface Cell {
  host: MatrixHost
  mount: MatrixMount
  state: ObservedState
  wanted: 'mounted' | 'unmounted' | 'gone'
  /** Since when it is so, ISO; null when that is not known. */
  since: string | null
  error: string | null
  advice: string | null
  status: StatusWord
  /** What somebody has changed there, in words. */
  drift: string | null
}

export interface Matrix {
  hosts: readonly MatrixHost[]
  mounts: readonly MatrixMount[]
  /** By host and mount, as they stand in the lists above. */
  cells: readonly (readonly (Cell | undefined)[])[]
  labels: readonly { key: string; values: readonly { value: string; count: number }[] }[]
}

const WANTED = ['unmounted', 'mounted', 'gone'] as const

export function readMatrix({ hosts, mounts, states, statuses, texts, cells, drifts }: MountMatrix): Matrix {
  const driftAt = new Map(drifts.map((drift) => [`${drift[0]} ${drift[1]}`, drift]))
  const rows: (Cell | undefined)[][] = hosts.map(() => new Array(mounts.length))
  for (const [hostAt, mountAt, stateAt, wantedAt, since, error, advice, statusAt] of cells) {
    const host = hosts[hostAt]
    const mount = mounts[mountAt]
    const row = rows[hostAt]
    if (!host || !mount || !row) continue
    const state = states[stateAt] ?? 'unknown'
    const wanted = WANTED[wantedAt]
    const [, , , message] = driftAt.get(`${hostAt} ${mountAt}`) ?? []
    row[mountAt] = {
      host,
      mount,
      state,
      wanted,
      since: since === null ? null : new Date(since * 1000).toISOString(),
      error: error === null ? null : (texts[error] ?? null),
      advice: advice === null ? null : (texts[advice] ?? null),
      status: wordOnHost({ state, status: statuses[statusAt] ?? 'unknown' }),
      drift: message === undefined ? null : (texts[message] ?? null),
    }
  }
  return { hosts, mounts, cells: rows, labels: labelsOf(hosts) }
}

function labelsOf(hosts: readonly MatrixHost[]): Matrix['labels'] {
  const found = new Map<string, Map<string, number>>()
  for (const { labels } of hosts) {
    for (const [key, value] of Object.entries(labels)) {
      const values = found.get(key) ?? new Map<string, number>()
      values.set(value, (values.get(value) ?? 0) + 1)
      found.set(key, values)
    }
  }
  return [...found]
    .map(([key, values]) => ({
      key,
      values: [...values].map(([value, count]) => ({ value, count })).toSorted((a, b) => compare(a.value, b.value)),
    }))
    .toSorted((a, b) => compare(a.key, b.key))
}

export interface MatrixFilter {
  query: string
  tone: Tone | ''
  type: string
  /** `key=value` */
  label: string
  /** Label key by which hosts stand together. */
  group: string
}

export type MatrixRow =
  | { kind: 'group'; key: string; name: string; hosts: number; failing: number; away: number }
  | { kind: 'host'; key: string; host: MatrixHost; cells: readonly (Cell | undefined)[]; place: number }

export interface MatrixLayout {
  rows: MatrixRow[]
  /** Places of the mounts that are shown. */
  columns: number[]
  hosts: number
}

/** As much of a layout as it takes to move in it, and to draw the part that is seen. */
export interface GridShape {
  rows: readonly { kind: MatrixRow['kind']; key: string }[]
  columns: readonly number[]
}

function isFailing(cell: Cell | undefined): boolean {
  return cell !== undefined && isTrouble(cell.status.tone)
}

/** Words look for hosts and for mounts; what they find of one kind narrows that kind. */
function matching<T>(items: readonly T[], words: readonly string[], text: (item: T) => string): Set<number> {
  const found = new Set<number>()
  items.forEach((item, index) => {
    const lower = text(item).toLowerCase()
    if (words.every((word) => lower.includes(word))) found.add(index)
  })
  return found
}

/** Rows and columns that a filter leaves, hosts in the order of their names, in groups when they are wanted. */
export function layOut(matrix: Matrix, filter: MatrixFilter): MatrixLayout {
  const { hosts, mounts, cells } = matrix
  const words = filter.query.toLowerCase().split(/\s+/).filter(Boolean)
  const hostText = ({ name, labels }: MatrixHost) => `${name} ${Object.values(labels).join(' ')}`
  const foundHosts = matching(hosts, words, hostText)
  const foundMounts = matching(mounts, words, ({ name, backend, mount_point }) =>
    [name, backend.name, mount_point].join(' '),
  )
  const isNothing = words.length > 0 && foundHosts.size === 0 && foundMounts.size === 0
  const isWanted = (cell: Cell | undefined) => cell !== undefined && (!filter.tone || cell.status.tone === filter.tone)
  const candidates = mounts.flatMap((mount, place) => {
    const isFound = foundMounts.size === 0 || foundMounts.has(place)
    return isFound && (!filter.type || mount.type === filter.type) ? [place] : []
  })
  const [key = '', value = ''] = filter.label.split('=', 2)
  const isFiltered = filter.tone !== '' || filter.type !== '' || (words.length > 0 && foundHosts.size === 0)
  const places = hosts.flatMap((host, place) => {
    if (isNothing || (foundHosts.size > 0 && !foundHosts.has(place))) return []
    if (key && host.labels[key] !== value) return []
    return isFiltered && !candidates.some((mount) => isWanted(cells[place]?.[mount])) ? [] : [place]
  })
  const columns = isNothing
    ? []
    : filter.tone
      ? candidates.filter((mount) => places.some((host) => isWanted(cells[host]?.[mount])))
      : candidates
  const sorted = places.toSorted((a, b) => compare(hosts[a]?.name ?? '', hosts[b]?.name ?? ''))
  return { rows: rowsOf(matrix, sorted, columns, filter.group), columns, hosts: sorted.length }
}

function rowsOf({ hosts, cells }: Matrix, places: number[], columns: number[], group: string): MatrixRow[] {
  const rowOf = (place: number): MatrixRow[] => {
    const host = hosts[place]
    return host ? [{ kind: 'host', key: host.id, host, cells: cells[place] ?? [], place }] : []
  }
  if (!group) return places.flatMap(rowOf)
  const groups = Map.groupBy(places, (place) => hosts[place]?.labels[group] ?? '')
  const names = [...groups.keys()].toSorted((a, b) => (a === '' ? 1 : b === '' ? -1 : compare(a, b)))
  return names.flatMap((name): MatrixRow[] => {
    const members = groups.get(name) ?? []
    const failing = members.filter((place) => columns.some((mount) => isFailing(cells[place]?.[mount]))).length
    const away = members.filter((place) => hosts[place]?.status !== 'online').length
    const title = name === '' ? `No ${group}` : name
    return [
      { kind: 'group', key: `group ${name}`, name: title, hosts: members.length, failing, away },
      ...members.flatMap(rowOf),
    ]
  })
}

/** How many cells there are of each kind, whatever the filter for the kind says. */
export function countTones(matrix: Matrix, filter: MatrixFilter): ReadonlyMap<Tone, number> {
  const { rows, columns } = layOut(matrix, { ...filter, tone: '' })
  const counts = new Map<Tone, number>()
  for (const row of rows) {
    if (row.kind === 'group') continue
    for (const column of columns) {
      const tone = row.cells[column]?.status.tone
      if (tone) counts.set(tone, (counts.get(tone) ?? 0) + 1)
    }
  }
  return counts
}

/** The matrix as it is laid out, for a file: a row for each host, a column for each mount, in the words of the states. */
export function matrixRows({ mounts }: Pick<Matrix, 'mounts'>, { rows, columns }: MatrixLayout): string[][] {
  const hosts = rows.filter((row) => row.kind === 'host')
  return [
    ['Host', ...columns.map((column) => mounts[column]?.name ?? '')],
    ...hosts.map(({ host, cells }) => [host.name, ...columns.map((column) => cells[column]?.status.word ?? '')]),
  ]
}

export interface Place {
  row: number
  column: number
}

/** Undefined on the row of a group, and where the mount is not for the host. */
export function cellAt({ rows, columns }: MatrixLayout, { row, column }: Place): Cell | undefined {
  const found = rows[row]
  return found?.kind === 'host' ? found.cells[columns[column] ?? -1] : undefined
}

/** Where a key leads from a place; undefined for keys that are not for moving. Group rows are skipped. */
export function moved(
  { rows, columns }: GridShape,
  from: Place,
  key: string,
  options: { isControl: boolean; page: number },
): Place | undefined {
  const last = columns.length - 1
  const step = (direction: 1 | -1, times = 1): Place => {
    let { row } = from
    for (let at = row + direction, left = times; at >= 0 && at < rows.length && left > 0; at += direction) {
      if (rows[at]?.kind !== 'host') continue
      row = at
      left--
    }
    return { ...from, row }
  }
  const edge = (direction: 1 | -1) => step(direction, rows.length).row
  switch (key) {
    case 'ArrowUp':
      return step(-1)
    case 'ArrowDown':
      return step(1)
    case 'ArrowLeft':
      return { ...from, column: Math.max(0, from.column - 1) }
    case 'ArrowRight':
      return { ...from, column: Math.min(last, from.column + 1) }
    case 'PageUp':
      return step(-1, options.page)
    case 'PageDown':
      return step(1, options.page)
    case 'Home':
      return { row: options.isControl ? edge(-1) : from.row, column: 0 }
    case 'End':
      return { row: options.isControl ? edge(1) : from.row, column: last }
    default:
      return undefined
  }
}
