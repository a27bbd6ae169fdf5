import { effectiveEndpoint, S3_PROVIDERS, S3Config, type S3Provider, S3Secrets } from '@/lib/drivers/s3/config'
import { fieldMessage } from '@/lib/field-messages'
import {
  type LineProblem,
  parseRcloneConfig,
  type RcloneSection,
  showableKey,
  showableName,
} from '@/lib/imports/rclone-config'

/** What an S3 remote gives for a backend; a remote names no bucket. */
export interface S3Remote {
  provider: S3Provider
  endpoint?: string
  region?: string
  path_style: boolean
  access_key_id: string
  secret_access_key: string
}

interface Shared {
  line: number
  name: string
  /** The remote's type as it stands in the file, when it looks like one. */
  type: string | null
  problems: LineProblem[]
}

export type ReadRemote = Shared &
  (
    | { kind: 's3'; remote: S3Remote /** Buckets that aliases in the same text name. */; buckets: string[] }
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

/** The storage answers differently or not at all without these, and the driver does not have them. */
const NEEDED: Readonly<Record<string, string>> = {
  session_token: 'temporary keys end by themselves; make lasting ones',
  role_arn: 'taking on a role is not supported; make keys for a user',
  sse_customer_key: 'objects are encrypted with a key of your own, which is not supported',
  sse_customer_key_base64: 'objects are encrypted with a key of your own, which is not supported',
}

const TAKEN: ReadonlySet<string> = new Set([
  'type',
  'provider',
  'access_key_id',
  'secret_access_key',
  'region',
  'endpoint',
  'force_path_style',
])
/** They change nothing of what a backend is. */
const SILENT: ReadonlySet<string> = new Set([
  'description',
  'env_auth',
  'no_check_bucket',
  'acl',
  'location_constraint',
])

/** rclone's names for what we call otherwise. Those that are not here are other servers that speak S3. */
const PROVIDERS: ReadonlyMap<string, S3Provider> = new Map([
  ...S3_PROVIDERS.map((provider) => [provider.toLowerCase(), provider] as const),
  ['backblaze', 'BackblazeB2'],
  ['rclone', 'Other'],
])
/** Here rclone's default is the bucket in the host name. */
const HOST_STYLE: ReadonlySet<string> = new Set(['aws', 'alibaba', 'huaweiobs', 'tencentcos', 'netease', 'qiniu'])

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
  if (given !== 's3') return { ...shared, kind: 'other', reason: otherType(type) }
  return readS3(section, shared, buckets)
}

/** `:s3,access_key_id=…:bucket` or `name,option=value:`: rclone builds a remote out of such a value. */
function isConnectionString(value: string): boolean {
  return /^:[a-z0-9_ -]+[,:]/i.test(value) || /^[\w .+@-]+,[a-z0-9_]+(?:=|:)/i.test(value)
}

function otherType(type: string | null): string {
  if (type === 'alias') return 'An alias is a name for part of another remote; the bucket it names is offered there.'
  if (type === 'crypt') return 'Encryption by rclone (crypt) is not supported; the S3 remote below it can be imported.'
  const named = type === null ? 'Its type' : `"${type}"`
  return `${named} is not an S3 remote; only remotes of type "s3" can be imported.`
}

function readS3(section: RcloneSection, shared: Shared, buckets: string[]): ReadRemote {
  const { settings } = section
  const obstacle = obstacleIn(settings)
  if (obstacle !== null) return { ...shared, kind: 'refused', reason: obstacle }
  shared.problems.push(...leftOut(settings))
  const parsed = RemoteConfig.safeParse(remoteOf(settings), { error: fieldMessage })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const key = String(issue?.path[0] ?? '')
    const line = settings.get(key)?.line ?? section.line
    return { ...shared, kind: 'refused', reason: `"${key}" (line ${line}): ${issue?.message ?? 'Check the value.'}` }
  }
  const { endpoint, region, ...rest } = parsed.data
  if (effectiveEndpoint(parsed.data) === null) {
    const reason =
      'The remote names no endpoint, and none follows from provider and region. Add "endpoint = https://…".'
    return { ...shared, kind: 'refused', reason }
  }
  const remote: S3Remote = { ...rest, ...(endpoint ? { endpoint } : {}), ...(region ? { region } : {}) }
  return { ...shared, kind: 's3', remote, buckets }
}

/** Why this remote cannot be a backend, whatever its other settings say. */
function obstacleIn(settings: RcloneSection['settings']): string | null {
  for (const [key, why] of Object.entries(NEEDED)) {
    const setting = settings.get(key)
    if (setting && setting.value !== '') return `"${key}" (line ${setting.line}): ${why}.`
  }
  const environment = settings.get('env_auth')
  if (environment && isOn(environment.value)) {
    return `"env_auth" (line ${environment.line}) takes the keys from wherever rclone runs. Write access_key_id and secret_access_key instead.`
  }
  const missing = ['access_key_id', 'secret_access_key'].find((key) => (settings.get(key)?.value ?? '') === '')
  return missing === undefined ? null : `"${missing}" is missing; a backend needs both keys.`
}

function leftOut(settings: RcloneSection['settings']): LineProblem[] {
  return [...settings].flatMap(([key, { line, value }]) => {
    if (TAKEN.has(key) || SILENT.has(key) || value === '') return []
    const shown = showableKey(key)
    const message = 'This setting has no counterpart here and is left out.'
    return [{ line, message, ...(shown === undefined ? {} : { key: shown }) }]
  })
}

/** Our word for a provider that rclone, or a product that uses it, names. */
export function providerNamed(name: string): S3Provider {
  return PROVIDERS.get(name.toLowerCase()) ?? 'Other'
}

/** Whether rclone would write the bucket into the path for this provider. */
export function addressesBucketByPath(provider: string): boolean {
  return !HOST_STYLE.has(provider.toLowerCase())
}

function remoteOf(settings: RcloneSection['settings']) {
  const read = (key: string) => settings.get(key)?.value ?? ''
  const named = read('provider')
  const style = read('force_path_style')
  return {
    provider: providerNamed(named),
    endpoint: read('endpoint') || undefined,
    region: read('region') || undefined,
    path_style: style === '' ? addressesBucketByPath(named) : isOn(style),
    access_key_id: read('access_key_id'),
    secret_access_key: read('secret_access_key'),
  }
}

const RemoteConfig = S3Config.pick({
  provider: true,
  endpoint: true,
  region: true,
  path_style: true,
  access_key_id: true,
}).extend({ secret_access_key: S3Secrets.shape.secret_access_key.unwrap() })

function isOn(value: string): boolean {
  return /^(?:1|t|true|yes|on)$/i.test(value)
}

/** The same for remotes and backends that are the same account on the same server. */
export function accountOf(
  config: Pick<S3Config, 'provider' | 'access_key_id'> & { endpoint?: string | undefined; region?: string | undefined },
): string {
  return JSON.stringify([
    effectiveEndpoint({ ...config, endpoint: config.endpoint, region: config.region })?.toLowerCase() ??
      config.provider,
    config.access_key_id,
  ])
}
