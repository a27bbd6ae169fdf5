import { z } from 'zod'
import { BackendName } from '@/lib/backends/schema'
import { ALL_TYPES } from '@/lib/drivers/registry'
import { Timestamp } from '@/lib/http/envelope'
import { MountPoint } from '@/lib/mounts/schema'

/** What WolfStack shows instead of a secret. Sent back, it means: keep what is stored. */
export const HIDDEN = '••••••••'

/** WolfStack's words for storage types, of those that it has. */
const TYPES = ALL_TYPES.flatMap(({ wolfstack }) => wolfstack?.type ?? [])

const Text = z.string().max(1024)

const S3Part = z.strictObject({
  access_key_id: Text.optional(),
  secret_access_key: Text.nullish(),
  region: Text.nullish(),
  endpoint: Text.nullish(),
  provider: Text.nullish(),
  bucket: Text.nullish(),
})

const SmbPart = z.strictObject({
  username: Text.nullish(),
  password: Text.nullish(),
  domain: Text.nullish(),
})

const SHARED = {
  source: Text.optional(),
  mount_point: MountPoint.optional(),
  enabled: z.boolean().optional(),
  /** Every host there is and will be. Without it, the host named by `host_id`, or the host of the console. */
  global: z.boolean().optional(),
  host_id: z.string().max(64).optional(),
  auto_mount: z.boolean().optional(),
  s3_config: S3Part.nullish(),
  s3_bucket: Text.nullish(),
  nfs_options: Text.nullish(),
  // Of a record that was read: we know these ourselves.
  id: Text.optional(),
  status: Text.optional(),
  error_message: Text.nullish(),
  created_at: Text.optional(),
  smb_config: SmbPart.nullish(),
  smb_options: Text.nullish(),
}

export const CreateWolfstackMount = z.strictObject({
  name: BackendName,
  type: z.enum(TYPES),
  ...SHARED,
  /** Mount now (default), or only write the definition down. */
  do_mount: z.boolean().default(true),
})
export type CreateWolfstackMount = z.infer<typeof CreateWolfstackMount>

/** A field that is left out stays. */
export const UpdateWolfstackMount = z.strictObject({
  name: BackendName.optional(),
  type: z.string().max(32).optional(),
  ...SHARED,
})
export type UpdateWolfstackMount = z.infer<typeof UpdateWolfstackMount>

export const WolfstackMount = z.object({
  id: z.string(),
  name: z.string(),
  /** One of WolfStack's types, or ours for what WolfStack does not have. */
  type: z.string(),
  source: z.string(),
  mount_point: z.string(),
  enabled: z.boolean(),
  global: z.boolean(),
  auto_mount: z.boolean(),
  s3_config: z
    .object({
      access_key_id: z.string(),
      secret_access_key: z.string(),
      region: z.string(),
      endpoint: z.string(),
      provider: z.string(),
      bucket: z.string(),
    })
    .nullable(),
  nfs_options: z.string().nullable(),
  smb_config: z.object({ username: z.string(), password: z.string(), domain: z.string() }).nullable(),
  status: z.enum(['mounted', 'unmounted', 'error']),
  error_message: z.string().nullable(),
  created_at: Timestamp,
})
export type WolfstackMount = z.infer<typeof WolfstackMount>

export const WolfstackSync = z.object({
  message: z.string(),
  results: z.array(
    z.object({
      /** The host's name. */
      node: z.string(),
      status: z.union([z.literal(200), z.literal('error')]),
      response: z.string(),
    }),
  ),
})
