import type { RcloneRemotes } from '@/lib/drivers/contract/rclone-remote'
import { type LineProblem, type RcloneSection, showableKey } from '@/lib/drivers/mounting/rclone-config'
import { effectiveEndpoint, S3_PROVIDERS, S3Config, type S3Provider, S3Secrets } from '@/lib/drivers/s3/config'
import { fieldMessage } from '@/lib/field-messages'

/** The storage answers differently or not at all without these, and this type does not have them. */
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
    return {
      settings: { ...rest, ...(endpoint ? { endpoint } : {}), ...(region ? { region } : {}) },
      problems: leftOut(settings),
    }
  },

  accountOf(config) {
    const { provider, endpoint, region, access_key_id } = config as Account
    const server = effectiveEndpoint({ provider, endpoint, region })?.toLowerCase() ?? provider
    return JSON.stringify([server, access_key_id])
  },
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

function isOn(value: string): boolean {
  return /^(?:1|t|true|yes|on)$/i.test(value)
}
