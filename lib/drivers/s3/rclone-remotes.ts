import { z } from 'zod'
import type { RcloneRemotes } from '@/lib/drivers/contract/rclone-remote'
import { type LineProblem, type RcloneSection, showableKey } from '@/lib/drivers/mounting/rclone-config'
import {
  effectiveEndpoint,
  needsPathStyle,
  S3_PROVIDERS,
  S3Config,
  type S3Provider,
  S3Secrets,
} from '@/lib/drivers/s3/config'
import { endpointIn } from '@/lib/drivers/s3/pasted'
import { isOn, type KeyRule, RCLONE_S3_KEYS } from '@/lib/drivers/s3/rclone-keys'
import { fieldMessage } from '@/lib/field-messages'

/** rclone's names for what we call otherwise. Those that are not here are other servers that speak S3. */
const PROVIDERS: ReadonlyMap<string, S3Provider> = new Map([
  ...S3_PROVIDERS.map((provider) => [provider.toLowerCase(), provider] as const),
  ['backblaze', 'BackblazeB2'],
  ['rclone', 'Other'],
])
/** Here rclone's default is the bucket in the host name. */
const HOST_STYLE: ReadonlySet<string> = new Set(['aws', 'alibaba', 'huaweiobs', 'tencentcos', 'netease', 'qiniu'])

/** Our word for a provider that rclone, or a product that uses it, names. */
export function providerNamed(name: string): S3Provider {
  return PROVIDERS.get(name.toLowerCase()) ?? 'Other'
}

/** Whether rclone would write the bucket into the path for this provider. */
export function addressesBucketByPath(provider: string): boolean {
  return !HOST_STYLE.has(provider.toLowerCase())
}

const Remote = S3Config.pick({
  provider: true,
  endpoint: true,
  region: true,
  path_style: true,
  access_key_id: true,
}).extend({ secret_access_key: S3Secrets.shape.secret_access_key.unwrap() })

/** What decides how a bucket is addressed. */
const Place = z.object(S3Config.pick({ provider: true, endpoint: true, region: true, bucket: true }).shape)

type Account = Pick<S3Config, 'provider' | 'endpoint' | 'region' | 'access_key_id'>

export const s3RcloneRemotes: RcloneRemotes = {
  rcloneType: 's3',
  bucket: { field: 'bucket', discovery: 'buckets' },
  shown: ['provider', 'endpoint', 'region', 'path_style', 'access_key_id'],

  read({ line, settings }) {
    const obstacle = obstacleIn(settings)
    if (obstacle !== null) return obstacle
    const parsed = Remote.safeParse(remoteOf(settings), { error: fieldMessage })
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      const key = String(issue?.path[0] ?? '')
      return `"${key}" (line ${settings.get(key)?.line ?? line}): ${issue?.message ?? 'Check the value.'}`
    }
    if (effectiveEndpoint(parsed.data) === null)
      return 'The remote names no endpoint, and none follows from provider and region. Add "endpoint = https://…".'
    const { endpoint, region, ...rest } = parsed.data
    const account = { ...rest, ...(endpoint ? { endpoint } : {}), ...(region ? { region } : {}) }
    return { settings: withBucketOf(account), problems: leftOut(settings) }
  },

  forBucket(settings, bucket) {
    // rclone goes by path wherever the bucket cannot be part of a host name, whatever it was told.
    const place = { ...settings, bucket, region: settings.region || undefined }
    return { ...settings, bucket, ...(isOnlyByPath(place) ? { path_style: true } : {}) }
  },

  accountOf(config) {
    const { provider, endpoint, region, access_key_id } = config as Account
    const server = effectiveEndpoint({ provider, endpoint, region })?.toLowerCase() ?? provider
    return JSON.stringify([server, access_key_id])
  },
}

/** An endpoint as the console of a vendor shows it has the bucket in it: rclone finds all that it shows in there. */
function withBucketOf(account: Readonly<Record<string, string | boolean>>) {
  const place = typeof account.endpoint === 'string' ? endpointIn(account.endpoint, undefined) : null
  if (place?.bucket === undefined) return account
  return { ...account, ...place, ...(isOnlyByPath({ ...account, ...place }) ? { path_style: true } : {}) }
}

function isOnlyByPath(place: Readonly<Record<string, unknown>>): boolean {
  const parsed = Place.safeParse(place)
  return parsed.success && needsPathStyle(parsed.data)
}

/** In the place of everything that may be a secret. */
const REDACTED = 'XXX'

/** Why this remote cannot be a backend, whatever its other settings say. */
function obstacleIn(settings: RcloneSection['settings']): string | null {
  for (const [key, { line, value }] of settings) {
    const rule = ruleOf(key)
    if (value !== '' && rule?.kind === 'refused' && rule.when?.(value, settings) !== false)
      return `"${key}" (line ${line}): ${rule.why}.`
  }
  const redacted = ['access_key_id', 'secret_access_key'].find((key) => settings.get(key)?.value === REDACTED)
  if (redacted !== undefined)
    return `"${redacted}" (line ${settings.get(redacted)?.line}) is hidden, as "rclone config redacted" prints it. Paste what "rclone config show" prints.`
  const missing = ['access_key_id', 'secret_access_key'].filter((key) => (settings.get(key)?.value ?? '') === '')
  const environment = settings.get('env_auth')
  // As rclone does: keys in the file win over those of the environment.
  if (missing.length === 2 && environment && isOn(environment.value)) {
    return `"env_auth" (line ${environment.line}) takes the keys from wherever rclone runs. Write access_key_id and secret_access_key instead.`
  }
  return missing.length === 0 ? null : `"${missing[0]}" is missing; a backend needs both keys.`
}

function ruleOf(key: string) {
  return Object.hasOwn(RCLONE_S3_KEYS, key) ? RCLONE_S3_KEYS[key] : undefined
}

/** As if they were not there. */
const IS_USUAL = /^(?:false|unset|off|private|STANDARD)$/

function whyLeftOut(rule: KeyRule | undefined, value: string): string | null {
  if (rule === undefined) return 'It has no counterpart here.'
  if (rule.kind === 'refused') return rule.otherwise ?? null
  return rule.kind === 'left_out' && !IS_USUAL.test(value) ? rule.why : null
}

function leftOut(settings: RcloneSection['settings']): LineProblem[] {
  return [...settings].flatMap(([key, { line, value }]) => {
    const rule = ruleOf(key)
    const why = whyLeftOut(rule, value)
    if (value === '' || why === null) return []
    const shown = showableKey(key)
    return [{ line, message: `This setting is left out. ${why}`, ...(shown === undefined ? {} : { key: shown }) }]
  })
}

function remoteOf(settings: RcloneSection['settings']) {
  const read = (key: string) => settings.get(key)?.value ?? ''
  const named = read('provider')
  const style = read('force_path_style')
  return {
    // Without a provider and an endpoint, rclone goes to Amazon.
    provider: named === '' && read('endpoint') === '' ? 'AWS' : providerNamed(named),
    endpoint: read('endpoint') || undefined,
    region: read('region') || undefined,
    path_style: style === '' ? addressesBucketByPath(named) : isOn(style),
    access_key_id: read('access_key_id'),
    secret_access_key: read('secret_access_key'),
  }
}
