import { type ImportEntry, type ImportUse, type ReadImport, showable } from '@/lib/imports/entry'
import { formatOf, type ImportFormat } from '@/lib/imports/format'
import { readImport } from '@/lib/imports/read-import'

export interface ImportText {
  /** As the file was called; one that was pasted gets a name by its place. */
  name: string
  content: string
  format: ImportFormat
}

interface GivenText {
  name: string
  content: string
  format?: ImportFormat | 'auto' | undefined
}

/** Texts with what each is taken for, where nobody has said it, and with a name by which it is told of. */
export function textsOf(given: readonly GivenText[]): ImportText[] {
  return given.map(({ name, content, format = 'auto' }, index) => ({
    name: showable(name) || `text ${index + 1}`,
    content,
    format: format === 'auto' ? formatOf(content) : format,
  }))
}

/** More of what lies on something is not told. */
const MOST_USES = 500

export interface ReadImports extends ReadImport {
  /** One per text: the reason why nothing of it was read, if so. */
  refusals: ({ line: number; message: string } | null)[]
}

/**
 * Texts of other systems as one: what one of them names in another is put together, and entries of different texts have different names.
 * Of several, one that is refused does not stop the others. Never throws, and repeats no value of a secret.
 */
export function readImports(texts: readonly ImportText[]): ReadImports {
  const read = texts.map(({ content, format }) => readImport(content, format))
  const [first] = read
  const lists = texts.length === 1 && first ? [first.entries] : namedApart(texts, read)
  const uses = read.flatMap(({ uses: found = [] }, index) => found.map((use) => ({ ...use, index })))
  const { used, unknown } = put(uses.slice(0, MOST_USES), lists, texts)
  const problems = read.flatMap((one, index) => one.problems.map((problem) => inFile(problem, texts, index)))
  if (uses.length > MOST_USES)
    problems.push({ line: 1, message: `Only the first ${MOST_USES} disks and directories of guests are told.` })
  return {
    entries: [...used, ...unknown],
    problems,
    isRefused: read.every(({ isRefused }) => isRefused),
    refusals: read.map(({ isRefused, problems: [reason] }) => (isRefused && reason ? reason : null)),
  }
}

function inFile<Told extends object>(told: Told, texts: readonly ImportText[], index: number): Told {
  return texts.length === 1 ? told : { ...told, file: texts[index]?.name }
}

/** Two files may call different storages alike: people and the API choose by name. */
function namedApart(texts: readonly ImportText[], read: readonly ReadImport[]): ImportEntry[][] {
  const own = read.map(({ entries }) => new Set(entries.map(({ name }) => name)))
  const taken = new TakenNames(own.flatMap((names) => [...names]))
  const before = new Set<string>()
  return read.map(({ entries }, index) => {
    const file = texts[index]?.name ?? ''
    const named = entries.map((entry) => {
      if (!before.has(entry.name)) return { ...entry, file }
      return { ...entry, name: taken.free(entry.name, file), file }
    })
    for (const name of own[index] ?? []) before.add(name)
    return named
  })
}

class TakenNames {
  readonly #names: Set<string>
  /** Of one name there may be thousands: those that are taken are not all asked about again for each. */
  readonly #next = new Map<string, number>()

  constructor(names: readonly string[]) {
    this.#names = new Set(names)
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  take(name: string): string {
    this.#names.add(name)
    return name
  }

  /** Takes one that says where it is from. At most 100 characters, as a backend may have. */
  free(name: string, file: string): string {
    const stem = `${name.slice(0, 50)} (${file.slice(0, 36)}`
    for (let next = this.#next.get(stem) ?? 1; ; next++) {
      const free = `${stem}${next === 1 ? '' : ` ${next}`})`
      if (this.has(free)) continue
      this.#next.set(stem, next + 1)
      return this.take(free)
    }
  }
}

type UseOfText = ImportUse & { index: number }

/** What lies on an entry is said with it; what lies elsewhere becomes an entry of its own, with the reason. */
function put(uses: readonly UseOfText[], lists: readonly ImportEntry[][], texts: readonly ImportText[]) {
  const inText = lists.map(byKeyOf)
  const anywhere = byKeyOf(lists.flat())
  const itself = new Map<string, ImportEntry>()
  const on = new Map<ImportEntry, string[]>()
  const unknown = new Map<string, ImportEntry>()
  for (const use of uses) {
    const { who, of, reason, index } = use
    const own = inText[index]
    // The same name in its own text comes first.
    const entry = (own && entryFor(of, own)) ?? entryFor(of, anywhere) ?? itself.get(of) ?? use.itself
    if (entry === undefined) {
      const told: ImportEntry = { kind: 'other', line: null, name: who, type: null, problems: [], reason }
      unknown.set(`${index} ${who} ${reason}`, inFile(told, texts, index))
      continue
    }
    if (entry === use.itself) itself.set(of, entry)
    on.set(entry, [...new Set([...(on.get(entry) ?? []), who])])
  }
  const names = new TakenNames(lists.flat().map(({ name }) => name))
  const found = [...itself.values()].map((entry) => {
    const name = names.has(entry.name) ? names.free(entry.name, 'Ceph') : names.take(entry.name)
    return [entry, { ...entry, name }] as const
  })
  const used = [...lists.flat().map((entry) => [entry, entry] as const), ...found].map(([entry, shown]) => {
    const usedBy = on.get(entry)
    return usedBy === undefined ? shown : { ...shown, usedBy }
  })
  return { used, unknown: [...unknown.values()] }
}

function byKeyOf(entries: readonly ImportEntry[]): ReadonlyMap<string, ImportEntry> {
  const byKey = new Map<string, ImportEntry>()
  for (const entry of entries) {
    for (const key of entry.keys ?? []) {
      const place = withoutSlash(key)
      if (!byKey.has(place)) byKey.set(place, entry)
    }
  }
  return byKey
}

function withoutSlash(key: string): string {
  return key.startsWith('path ') && key.endsWith('/') ? key.slice(0, -1) : key
}

/** The longest path of Linux, and more levels than any has. */
const MAX_PATH = 4096
const MAX_LEVELS = 100

/** Of a path, the storage whose place is the nearest above it. */
function entryFor(of: string, byKey: ReadonlyMap<string, ImportEntry>): ImportEntry | undefined {
  if (!of.startsWith('path /')) return byKey.get(of)
  if (of.length > MAX_PATH) return undefined
  let above = withoutSlash(of)
  for (let level = 0; level < MAX_LEVELS && above.length > 'path /'.length; level++) {
    const entry = byKey.get(above)
    if (entry !== undefined) return entry
    above = above.slice(0, above.lastIndexOf('/'))
  }
  return undefined
}
