import type { ReadStorage } from '@/lib/drivers/contract/rclone-remote'
import {
  type LineProblem,
  parseRcloneConfig,
  type RcloneSection,
  showableKey,
} from '@/lib/drivers/mounting/rclone-config'
import { parseRcloneDump } from '@/lib/drivers/mounting/rclone-dump'
import { ALL_TYPES, type DriverId } from '@/lib/drivers/registry'
import { MAX_STORAGES, TOO_MANY } from '@/lib/imports/entry'
import { bucketsNamed, explainWrapper } from '@/lib/imports/rclone-wrappers'

interface Shared {
  line: number
  name: string
  /** The remote's type as it stands in the file, when it looks like one. */
  type: string | null
  problems: LineProblem[]
}

export type ReadRemote = Shared &
  (
    | {
        kind: 'storage'
        /** The storage type that reads it. */
        driver: DriverId
        settings: ReadStorage['settings']
        /** Buckets that other remotes of the same text name, such as aliases. */
        buckets: readonly string[]
      }
    | { kind: 'other'; reason: string }
    | { kind: 'refused'; reason: string }
  )

export interface ReadRemotes {
  remotes: ReadRemote[]
  problems: LineProblem[]
  isRefused: boolean
}

/** Settings that make rclone run a program, read a file of its own choice, or build another remote out of text. */
const DANGEROUS =
  /(?:^|_)(?:command|cmd|program|exec)$|^ssh$|^key_file$|^(?:shared_credentials_file|profile|sdk_log_mode)$/

/** All sections of a pasted rclone.conf, or of what `rclone config dump` prints, in their order. Never throws; what is reported holds no value of a secret setting. */
export function readRemotes(text: string): ReadRemotes {
  const { sections, problems, isRefused } = parseRcloneDump(text) ?? parseRcloneConfig(text)
  if (sections.length > MAX_STORAGES)
    return { remotes: [], problems: [{ line: 1, message: TOO_MANY }], isRefused: true }
  const buckets = bucketsNamed(sections)
  const byName = new Map(sections.map((section) => [section.name, section]))
  const twins = twinsIn(sections)
  const remotes = sections.map((section) => {
    const remote = readRemote(section, byName, buckets.get(section.name) ?? [])
    const same = twins.get(section.name)
    return same === undefined ? remote : amongTwins(remote, section, same)
  })
  return { remotes, problems, isRefused }
}

interface Twins {
  first: RcloneSection
  areEqual: boolean
  /** Of the first of them. */
  lines: string
}

/** How many lines of twins are told. */
const MOST_LINES = 10

/** Sections whose name is there more than once. */
function twinsIn(sections: readonly RcloneSection[]): ReadonlyMap<string, Twins> {
  const twins = new Map<string, Twins>()
  for (const [name, [first, ...others]] of Map.groupBy(sections, (section) => section.name)) {
    if (first === undefined || others.length === 0) continue
    const all = [first, ...others].map(({ line }) => line)
    const lines = `${all.slice(0, MOST_LINES).join(', ')}${all.length > MOST_LINES ? ', …' : ''}`
    twins.set(name, { first, areEqual: others.every((other) => isSame(other, first)), lines })
  }
  return twins
}

/** rclone mixes sections of the same name. Two that say the same are one; two that differ are nobody's intention. */
function amongTwins(remote: ReadRemote, section: RcloneSection, { first, areEqual, lines }: Twins): ReadRemote {
  const { line, name, type, problems } = remote
  const shared = { line, name, type, problems }
  if (!areEqual) {
    return {
      ...shared,
      kind: 'refused',
      reason: `The section is there more than once (lines ${lines}) with different settings. Keep one of them.`,
    }
  }
  if (section === first) return remote
  return { ...shared, kind: 'other', reason: `The same section is on line ${first.line}.` }
}

function isSame(a: RcloneSection, b: RcloneSection): boolean {
  if (a.settings.size !== b.settings.size) return false
  return [...a.settings].every(([key, setting]) => b.settings.get(key)?.value === setting.value)
}

function readRemote(
  section: RcloneSection,
  byName: ReadonlyMap<string, RcloneSection>,
  buckets: readonly string[],
): ReadRemote {
  const { line, name, settings } = section
  const given = settings.get('type')?.value ?? ''
  const type = /^[a-z0-9 ]{1,32}$/i.test(given) ? given : null
  const problems = [...section.problems]
  const shared = { line, name, type, problems }
  const reader = ALL_TYPES.find(({ rcloneRemotes }) => rcloneRemotes?.rcloneType === given)
  // What is not taken does nothing, whatever it says.
  if (given !== '' && !reader?.rcloneRemotes)
    return { ...shared, kind: 'other', reason: explainWrapper(section, byName) ?? otherType(type) }

  const danger = dangerIn(settings)
  if (danger !== null) return { ...shared, kind: 'refused', reason: danger }
  if (!reader?.rcloneRemotes)
    return { ...shared, kind: 'refused', reason: 'The section has no "type", so it is no remote.' }
  const read = reader.rcloneRemotes.read(section)
  if (typeof read === 'string') return { ...shared, kind: 'refused', reason: read }
  problems.push(...read.problems)
  return { ...shared, kind: 'storage', driver: reader.id, settings: read.settings, buckets }
}

function dangerIn(settings: RcloneSection['settings']): string | null {
  for (const [key, { line, value }] of settings) {
    const named = `"${showableKey(key) ?? 'a setting'}" (line ${line})`
    if (value !== '' && DANGEROUS.test(key))
      return `${named} would start a program or read a file of the host. Remove the line if you trust the rest.`
    if (isConnectionString(value))
      return `${named} holds a connection string, a whole remote in one text. Write its settings as a section.`
  }
  return null
}

/** `:s3,access_key_id=…:bucket` or `name,option=value:`: rclone builds a remote out of such a value. */
function isConnectionString(value: string): boolean {
  return /^:[a-z0-9_ -]+[,:]/i.test(value) || /^[\w .+@-]+,[a-z0-9_]+(?:=|:)/i.test(value)
}

/** Storages that can be reached in another way. */
const INSTEAD: Readonly<Record<string, string>> = {
  b2: 'Backblaze offers S3 too: make an application key there and a backend of type S3 with it.',
  'google cloud storage':
    'Google offers S3 too: make HMAC keys for the bucket there and a backend of type S3 with them.',
  swift: 'Many Swift servers offer S3 too: make S3 (EC2) keys there and a backend of type S3 with them.',
  smb: 'Make a backend of type SMB for its share.',
  http: 'Make a backend of type HTTP for its address.',
  local: 'Make a backend of type Directory for its path.',
}

function otherType(type: string | null): string {
  const named = type === null ? 'Its type' : `"${type}"`
  const known = ALL_TYPES.filter(({ rcloneRemotes }) => rcloneRemotes !== undefined)
  const titles = known.map(({ title }) => title).join(' or ')
  const types = known.map(({ rcloneRemotes }) => `"${rcloneRemotes?.rcloneType}"`).join(' or ')
  const instead = type !== null && Object.hasOwn(INSTEAD, type) ? ` ${INSTEAD[type]}` : ''
  return `${named} is not an ${titles} remote; only remotes of type ${types} can be imported.${instead}`
}
