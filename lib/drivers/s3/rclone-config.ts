import type { S3Config, S3Provider } from '@/lib/drivers/s3/config'
import { effectiveEndpoint, signingRegion } from '@/lib/drivers/s3/config'
import { REMOTE } from '@/lib/drivers/s3/rclone-mount'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

/** rclone 1.60's names; a provider that it does not know is `Other`. */
const RCLONE_PROVIDER: Readonly<Record<S3Provider, string>> = {
  AWS: 'AWS',
  Ceph: 'Ceph',
  Minio: 'Minio',
  Wasabi: 'Wasabi',
  Cloudflare: 'Cloudflare',
  BackblazeB2: 'Other',
  DigitalOcean: 'DigitalOcean',
  Other: 'Other',
}

/**
 * rclone.conf with our one remote, read back before it is handed out. `env_auth` stays off, so that nothing of the host's own
 * cloud credentials is used; the bucket is never created.
 */
export function renderRcloneConfig(config: S3Config, secret: Secret): Secret {
  const settings: Record<string, string> = {
    type: 's3',
    provider: RCLONE_PROVIDER[config.provider],
    env_auth: 'false',
    access_key_id: config.access_key_id,
    secret_access_key: reveal(secret),
    region: signingRegion(config),
    endpoint: effectiveEndpoint(config) ?? '',
    force_path_style: String(config.path_style),
    no_check_bucket: 'true',
  }
  const text = [`[${REMOTE}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ''].join('\n')
  expectSame(text, settings)
  return new Secret(text)
}

/** The file must say exactly what was meant: one section, these keys, these values, one a line. */
function expectSame(text: string, settings: Record<string, string>): void {
  const [section, ...lines] = text.split('\n').slice(0, -1)
  const pairs = Object.entries(settings)
  const same =
    lines.length === pairs.length && pairs.every(([key, value], index) => lines[index] === `${key} = ${value}`)
  const clean = pairs.every(
    ([, value]) => /^[\x20-\x7e]*$/.test(value) && value === value.trim() && !/^["'`]|%\(|\\$/.test(value),
  )
  if (section === `[${REMOTE}]` && same && clean) return
  throw new HoldfastError('invalid_input', 'A setting has characters that rclone.conf cannot hold.')
}
