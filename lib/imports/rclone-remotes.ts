import type { ReadStorage } from '@/lib/drivers/contract/rclone-remote'
import {
  type LineProblem,
  parseRcloneConfig,
  type RcloneSection,
  showableKey,
  showableName,
} from '@/lib/drivers/mounting/rclone-config'
import { ALL_TYPES, type DriverId } from '@/lib/drivers/registry'

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
        /** Buckets that aliases in the same text name. */
        buckets: string[]
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

/** All sections of a pasted rclone.conf, in their order. Never throws; what is reported holds no value of a secret setting. */
export function readRemotes(text: string): ReadRemotes {
  const { sections, problems, isRefused } = parseRcloneConfig(text)
  const buckets = bucketsOfAliases(sections)
  const sameName = Map.groupBy(sections, (section) => section.name)
  const remotes = sections.map((section) => {
    const remote = readRemote(section, buckets.get(section.name) ?? [])
    const twins = sameName.get(section.name) ?? []
    return twins.length > 1 ? amongTwins(remote, section, twins) : remote
  })
  return { remotes, problems, isRefused }
}

/** rclone mixes sections of the same name. Two that say the same are one; two that differ are nobody's intention. */
function amongTwins(remote: ReadRemote, section: RcloneSection, twins: RcloneSection[]): ReadRemote {
  const { line, name, type, problems } = remote
  const shared = { line, name, type, problems }
  const lines = twins.map((twin) => twin.line).join(', ')
  const first = twins[0] ?? section
  if (!twins.every((twin) => isSame(twin, first))) {
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

/** `[media] type = alias, remote = wasabi:films/2020` says that the remote `wasabi` has a bucket `films`. */
function bucketsOfAliases(sections: RcloneSection[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { settings } of sections) {
    if (settings.get('type')?.value !== 'alias') continue
    const match = /^(?<name>[^:,"'`/]{1,100}):(?<bucket>[A-Za-z0-9._-]{3,63})(?:\/|$)/.exec(
      settings.get('remote')?.value ?? '',
    )
    if (!match?.groups) continue
    const name = showableName(match.groups.name ?? '')
    const bucket = match.groups.bucket ?? ''
    const known = found.get(name) ?? []
    if (!known.includes(bucket)) found.set(name, [...known, bucket])
  }
  return found
}

function readRemote(section: RcloneSection, buckets: string[]): ReadRemote {
  const { line, name, settings } = section
  const given = settings.get('type')?.value ?? ''
  const type = /^[a-z0-9 ]{1,32}$/i.test(given) ? given : null
  const problems = [...section.problems]
  const shared = { line, name, type, problems }

  const dangerous = [...settings].find(([key]) => DANGEROUS.test(key))
  if (dangerous) {
    const [key, setting] = dangerous
    const named = showableKey(key) ?? 'a setting'
    const reason = `"${named}" (line ${setting.line}) would start a program or read a file of the host. Remove the line if you trust the rest.`
    return { ...shared, kind: 'refused', reason }
  }
  const connection = [...settings].find(([, setting]) => isConnectionString(setting.value))
  if (connection) {
    const [key, setting] = connection
    const named = showableKey(key) ?? 'a setting'
    const reason = `"${named}" (line ${setting.line}) holds a connection string, a whole remote in one text. Write its settings as a section.`
    return { ...shared, kind: 'refused', reason }
  }
  if (given === '') return { ...shared, kind: 'refused', reason: 'The section has no "type", so it is no remote.' }
  const reader = ALL_TYPES.find(({ rcloneRemotes }) => rcloneRemotes?.rcloneType === given)
  if (!reader?.rcloneRemotes) return { ...shared, kind: 'other', reason: otherType(type) }
  const read = reader.rcloneRemotes.read(section)
  if (typeof read === 'string') return { ...shared, kind: 'refused', reason: read }
  problems.push(...read.problems)
  return { ...shared, kind: 'storage', driver: reader.id, settings: read.settings, buckets }
}

/** `:s3,access_key_id=…:bucket` or `name,option=value:`: rclone builds a remote out of such a value. */
function isConnectionString(value: string): boolean {
  return /^:[a-z0-9_ -]+[,:]/i.test(value) || /^[\w .+@-]+,[a-z0-9_]+(?:=|:)/i.test(value)
}

function otherType(type: string | null): string {
  if (type === 'alias') return 'An alias is a name for part of another remote; the bucket it names is offered there.'
  if (type === 'crypt') return 'Encryption by rclone (crypt) is not supported; the S3 remote below it can be imported.'
  const named = type === null ? 'Its type' : `"${type}"`
  const known = ALL_TYPES.filter(({ rcloneRemotes }) => rcloneRemotes !== undefined)
  const titles = known.map(({ title }) => title).join(' or ')
  const types = known.map(({ rcloneRemotes }) => `"${rcloneRemotes?.rcloneType}"`).join(' or ')
  return `${named} is not an ${titles} remote; only remotes of type ${types} can be imported.`
}
