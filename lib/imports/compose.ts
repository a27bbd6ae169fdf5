import { isMap, isScalar, LineCounter, type Pair, parseDocument } from 'yaml'
import { entryOfVolume } from '@/lib/imports/docker-volumes'
import { type ImportEntry, type ImportUse, type ReadImport, refusedImport, showable } from '@/lib/imports/entry'
import { excessIn, MAX_ALIASES } from '@/lib/imports/yaml-limits'

/** A Compose file is written by hand; more is none. */
const MAX_LENGTH = 256 * 1024
/** Of services and of volumes. */
const MAX_ITEMS = 500

type Mapping = Readonly<Record<string, unknown>>

/** The volumes of a Compose file that mount a storage, and which services have them. Never throws, and repeats no value. */
export function readCompose(text: string): ReadImport {
  if (text.length > MAX_LENGTH) return refusedImport('This is too large to be a file of Docker Compose.')
  const lines = new LineCounter()
  const parsed = parsedFile(text.replace(/^\uFEFF/, ''), lines)
  if ('problem' in parsed) return refusedImport(parsed.problem, parsed.line)
  const { content, lineOf } = parsed
  const volumes = mappingIn(content.volumes)
  const services = mappingIn(content.services)
  if (volumes === null || services === null)
    return refusedImport('"services" and "volumes" of a file of Docker Compose are mappings.')
  const names = Object.keys(volumes)
  if (names.length === 0 && Object.keys(services).length === 0)
    return refusedImport('This file of Docker Compose has neither volumes nor services.')
  if (names.length > MAX_ITEMS || Object.keys(services).length > MAX_ITEMS)
    return refusedImport(`More than ${MAX_ITEMS} volumes or services are not read at once.`)
  const entries = names.map((name) => entryOf(name, volumes[name], lineOf(name)))
  return { entries, problems: [], isRefused: false, uses: usesOf(services, new Set(names)) }
}

function parsedFile(
  text: string,
  lineCounter: LineCounter,
): { content: Mapping; lineOf: (volume: string) => number | null } | { problem: string; line: number } {
  const excess = excessIn(text)
  if (excess !== null) return excess
  try {
    // Looking for names that stand twice compares each with each; below, only those of volumes are compared. Pretty errors look for the
    // line of each in the whole text, and repeat it.
    const options = { lineCounter, merge: true, logLevel: 'error', uniqueKeys: false, prettyErrors: false } as const
    const document = parseDocument(text, options)
    const [error] = document.errors
    if (error) {
      const problem = 'This is no valid YAML, or more than one document. Paste one whole file of Docker Compose.'
      return { problem, line: Math.max(1, lineCounter.linePos(error.pos[0]).line) }
    }
    const content = mappingIn(document.toJS({ maxAliasCount: MAX_ALIASES }))
    if (content === null) return { problem: 'This is no file of Docker Compose.', line: 1 }
    const volumes = document.get('volumes', true)
    const pairs: readonly Pair[] = isMap(volumes) ? volumes.items : []
    const byName = new Map<string, number>()
    for (const { key } of pairs) {
      if (!isScalar(key) || !key.range) continue
      const { line } = lineCounter.linePos(key.range[0])
      const name = String(key.value)
      if (byName.has(name)) return { problem: 'This volume has the name of one above it.', line }
      byName.set(name, line)
    }
    return { content, lineOf: (volume) => byName.get(volume) ?? null }
  } catch {
    return { problem: 'This YAML has aliases of aliases without end.', line: 1 }
  }
}

/** What is left out counts as empty; null for what is no mapping. */
function mappingIn(value: unknown): Mapping | null {
  if (value === undefined || value === null) return {}
  return typeof value === 'object' && !Array.isArray(value) ? (value as Mapping) : null
}

/** `${NAME}`, `$NAME`: of the environment. Two dollars are one. */
const VARIABLE = /(?<!\$)(?:\$\$)*\$(?:\{|[A-Za-z_])/

function entryOf(name: string, given: unknown, line: number | null): ImportEntry {
  const shared = { line, name: showable(name), type: null, problems: [], keys: [`compose ${name}`] }
  const volume = mappingIn(given)
  if (volume === null) return { ...shared, kind: 'refused', reason: 'It is not as Docker Compose writes a volume.' }
  if (volume.external !== undefined && volume.external !== false) {
    const reason = 'It is made outside of this file ("external"): add what "docker volume inspect" prints of it.'
    return { ...shared, kind: 'other', reason }
  }
  const options = mappingIn(volume.driver_opts)
  if (options === null) return { ...shared, kind: 'refused', reason: 'Its "driver_opts" are no mapping.' }
  const isWord = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value)
  const list = Object.entries(options).find(([, value]) => !isWord(value))
  if (list) return { ...shared, kind: 'refused', reason: `Its "${showable(list[0])}" is no text.` }
  const words = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, String(value ?? '')]))
  const { o, needsPassword } = withoutVariablePassword(words.o ?? '')
  const told = { ...words, ...(words.o === undefined ? {} : { o }) }
  const variable = Object.entries(told).find(([, value]) => VARIABLE.test(value))
  if (variable) {
    const reason = `Its "${showable(variable[0])}" is made of variables of the environment: write their values into the text.`
    return { ...shared, kind: 'refused', reason }
  }
  const Options = Object.fromEntries(Object.entries(told).map(([key, value]) => [key, value.replaceAll('$$', '$')]))
  const read = entryOfVolume({ Name: name, Driver: volume.driver ?? 'local', Options }, 0)
  const entry = {
    ...read,
    line,
    keys: shared.keys,
    problems: read.problems.map((problem) => ({ ...problem, line: line ?? 1 })),
  }
  if (!needsPassword || entry.kind !== 'storage' || entry.needs.includes('password')) return entry
  return { ...entry, needs: [...entry.needs, 'password'] }
}

/** A password out of the environment is asked for, like one that is not there. */
function withoutVariablePassword(o: string): { o: string; needsPassword: boolean } {
  const words = o.split(',')
  const kept = words.filter((word) => !(/^\s*pass(?:word)?=/.test(word) && VARIABLE.test(word)))
  return { o: kept.join(','), needsPassword: kept.length < words.length }
}

/** What services have been given: volumes of this file by name, directories of the host by path. */
function usesOf(services: Mapping, volumes: ReadonlySet<string>): ImportUse[] {
  return Object.entries(services).flatMap(([service, given]) => {
    const list = mappingIn(given)?.volumes
    const who = `Service ${showable(service)}`
    return (Array.isArray(list) ? list.slice(0, MAX_ITEMS) : []).flatMap((each: unknown): ImportUse[] => {
      const source = sourceOf(each)
      if (volumes.has(source)) return [{ who, of: `compose ${source}`, reason: '' }]
      // What begins otherwise lies beside the file, and nobody knows where that is.
      if (!source.startsWith('/') || VARIABLE.test(source)) return []
      return [{ who, of: `path ${source}`, reason: directoryOf(source) }]
    })
  })
}

function directoryOf(path: string): string {
  return `It has been given the directory ${showable(path)} of its host. Where a storage is mounted there, take that over on the page of the host.`
}

/** Of `media:/data:ro`, or of the long form. */
function sourceOf(volume: unknown): string {
  if (typeof volume === 'string') return /^([^:]+):/.exec(volume)?.[1] ?? ''
  const { source } = mappingIn(volume) ?? {}
  return typeof source === 'string' ? source : ''
}
