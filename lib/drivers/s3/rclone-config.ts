import { renderRcloneFile } from '@/lib/drivers/mounting/rclone'
import type { S3Config, S3Provider } from '@/lib/drivers/s3/config'
import { effectiveEndpoint, signingRegion } from '@/lib/drivers/s3/config'
import { reveal, type Secret } from '@/lib/secret'

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

/** Where rclone puts the bucket into the host name whatever it is told. At these vendors both ways lead to the bucket. */
const HOST_STYLE_VENDORS: Partial<Record<S3Provider, RegExp>> = {
  AWS: /\.amazonaws\.com(?:\.cn)?$/,
  Wasabi: /\.wasabisys\.com$/,
  DigitalOcean: /\.digitaloceanspaces\.com$/,
}

/** A server of one's own is `Other`, so that path style is kept there. */
function rcloneProvider(config: S3Config): string {
  const vendor = HOST_STYLE_VENDORS[config.provider]
  if (vendor === undefined || !config.path_style || config.endpoint === undefined)
    return RCLONE_PROVIDER[config.provider]
  return vendor.test(new URL(config.endpoint).hostname) ? RCLONE_PROVIDER[config.provider] : 'Other'
}

/**
 * rclone.conf for the bucket. `env_auth` stays off, so that nothing of the host's own
 * cloud credentials is used; the bucket is never created.
 */
export function renderRcloneConfig(config: S3Config, secret: Secret): Secret {
  const settings: Record<string, string> = {
    type: 's3',
    provider: rcloneProvider(config),
    env_auth: 'false',
    access_key_id: config.access_key_id,
    secret_access_key: reveal(secret),
    region: signingRegion(config),
    endpoint: effectiveEndpoint(config) ?? '',
    force_path_style: String(config.path_style),
    no_check_bucket: 'true',
  }
  return renderRcloneFile(settings)
}
