import type { WolfstackWords } from '@/lib/drivers/contract/wolfstack'
import { isUrl } from '@/lib/drivers/pasted'
import type { S3Config } from '@/lib/drivers/s3/config'
import { addressesBucketByPath, providerNamed } from '@/lib/drivers/s3/rclone-remotes'

/** The source is `bucket:prefix`. */
export const s3Wolfstack: WolfstackWords<S3Config> = {
  type: 's3',
  fields: {
    access_key_id: 's3_config.access_key_id',
    secret_access_key: 's3_config.secret_access_key',
    region: 's3_config.region',
    endpoint: 's3_config.endpoint',
    bucket: 's3_config.bucket',
    prefix: 'source',
  },
  configFrom({ source, s3_config: s3, s3_bucket }) {
    const text = source ?? ''
    const [, fromSource, prefix] = isUrl(text) ? [text, text] : (/^([^:/]*)(?:[:/]+(.*))?$/.exec(text) ?? [])
    const provider = s3?.provider
    return {
      bucket: s3?.bucket || s3_bucket || fromSource || undefined,
      ...(prefix ? { prefix } : {}),
      access_key_id: s3?.access_key_id,
      secret_access_key: s3?.secret_access_key,
      region: s3?.region,
      endpoint: s3?.endpoint,
      ...(provider ? { provider: providerNamed(provider), path_style: addressesBucketByPath(provider) } : {}),
    }
  },
  sourceOf: ({ bucket, prefix = '' }) => `${bucket}:${prefix}`,
  show: ({ access_key_id, region = '', endpoint = '', provider, bucket }, hidden) => ({
    s3_config: {
      access_key_id,
      secret_access_key: hidden('secret_access_key'),
      region,
      endpoint,
      provider,
      bucket,
    },
  }),
}
