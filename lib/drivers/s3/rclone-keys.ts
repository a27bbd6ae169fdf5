import type { RcloneSection } from '@/lib/drivers/mounting/rclone-config'

type Settings = RcloneSection['settings']

/** What becomes of a setting of rclone's s3 section that is not blank. */
export type KeyRule =
  /** It is part of the backend, or changes nothing of what one is. */
  | { kind: 'kept' }
  /** It is named with the reason, and the remote is taken without it. */
  | { kind: 'left_out'; why: string }
  /** The storage answers differently, less safely or not at all without it; `otherwise` is said where that is not so. */
  | { kind: 'refused'; why: string; when?: (value: string, settings: Settings) => boolean; otherwise?: string }

const KEPT: KeyRule = { kind: 'kept' }

/** rclone reads booleans as Go does, and a little more is understood. */
export function isOn(value: string): boolean {
  return /^(?:1|t|true|y|yes|on)$/i.test(value)
}

function isProvider(name: string) {
  return (settings: Settings) => settings.get('provider')?.value.toLowerCase() === name.toLowerCase()
}

/** rclone signs in with what IBM calls an API key only then. */
function hasNoKeys(_value: string, settings: Settings): boolean {
  return !settings.get('access_key_id')?.value
}

function leftOut(why: string): KeyRule {
  return { kind: 'left_out', why }
}

function refused(why: string, when?: (value: string, settings: Settings) => boolean): KeyRule {
  return { kind: 'refused', why, ...(when ? { when } : {}) }
}

const OWN_KEY = 'objects are encrypted with a key of your own, which is not supported'
const OLD_SIGNATURE =
  'the server wants signatures of version 2, which are not supported; use a newer version of it, if there is one'
const IBM = 'signing in with an API key of IBM is not supported; make HMAC keys for the bucket'
const ROLE = 'taking on a role is not supported; make keys for a user'
const TUNING = leftOut('It only tunes how rclone transfers; the defaults are used.')
const UPLOADS = leftOut('It only changes how rclone uploads; the defaults are used.')
const NO_BUCKETS = leftOut('It is only for making buckets, which Holdfast does not do.')
const SERVER_QUIRK = leftOut('It adapts rclone to a server; what the provider is known to need is used.')

/** Every setting of rclone's s3 section, to version 1.71. One that is not here is named as unknown. */
export const RCLONE_S3_KEYS: Readonly<Record<string, KeyRule>> = {
  type: KEPT,
  provider: KEPT,
  access_key_id: KEPT,
  secret_access_key: KEPT,
  region: refused(OLD_SIGNATURE, (value) => value === 'other-v2-signature'),
  endpoint: KEPT,
  force_path_style: KEPT,
  // Only without keys; `obstacleIn` looks at that.
  env_auth: KEPT,
  // Buckets are never made here, so it is always as if it were on.
  no_check_bucket: KEPT,
  description: KEPT,

  // ---- who signs in, and how
  session_token: refused('temporary keys end by themselves; make lasting ones'),
  v2_auth: refused(OLD_SIGNATURE, isOn),
  role_arn: refused(ROLE),
  role_session_name: leftOut('It belongs to taking on a role, which is not supported.'),
  role_session_duration: leftOut('It belongs to taking on a role, which is not supported.'),
  role_external_id: leftOut('It belongs to taking on a role, which is not supported.'),
  sts_endpoint: leftOut('It is only for temporary keys, which are not supported.'),
  ibm_api_key: { kind: 'refused', why: IBM, when: hasNoKeys, otherwise: 'The keys of the file are used.' },
  ibm_resource_instance_id: { kind: 'refused', why: IBM, when: hasNoKeys, otherwise: 'The keys of the file are used.' },
  ibm_iam_endpoint: leftOut('It belongs to API keys of IBM, which are not supported.'),
  requester_pays: refused('the bucket is read at the cost of the reader, which is not supported', isOn),
  directory_bucket: refused('directory buckets (S3 Express) are signed in another way, which is not supported', isOn),

  // ---- encryption
  sse_customer_key: refused(OWN_KEY),
  sse_customer_key_base64: refused(OWN_KEY),
  sse_customer_key_md5: refused(OWN_KEY),
  sse_customer_algorithm: refused(OWN_KEY),
  sse_kms_key_id: refused(
    'new files would not be encrypted with this key; make it the default encryption of the bucket, then remove the line',
  ),
  server_side_encryption: {
    kind: 'refused',
    why: 'new files would not be encrypted as it says; make it the default encryption of the bucket, then remove the line',
    when: (value, settings) => !(value === 'AES256' && isProvider('AWS')(settings)),
    otherwise: 'Amazon encrypts everything in this way anyway.',
  },

  // ---- what is seen
  versions: refused(
    'it shows old versions of files, which is not supported; remove the line to see what is there now',
    isOn,
  ),
  version_at: refused(
    'it shows the bucket as it was, to read only, which is not supported; remove the line to see what is there now',
    (value) => value !== 'off',
  ),
  version_deleted: refused(
    'it shows deleted files, which is not supported; remove the line to see what is there now',
    isOn,
  ),
  decompress: leftOut('Files are shown as they are stored, compressed ones too.'),
  encoding: leftOut('File names are written in the usual way; names with special characters may look different.'),
  directory_markers: leftOut('Empty folders are not kept in the bucket.'),
  download_url: leftOut('Files are read from the endpoint itself.'),
  use_accelerate_endpoint: leftOut('The usual endpoint of the region is used.'),
  use_dual_stack: leftOut('The usual endpoint of the region is used.'),
  use_arn_region: leftOut('It is only for buckets that are named by an ARN.'),

  // ---- what new files get
  acl: leftOut('New files get the access that is usual in the bucket.'),
  storage_class: leftOut('New files get the storage class that is usual in the bucket.'),
  object_lock_mode: refused(
    'new files would not be locked against changes; make it the default of the bucket, then remove the line',
  ),
  object_lock_retain_until_date: leftOut('New files get the retention that is usual in the bucket.'),
  object_lock_legal_hold_status: leftOut('New files get the legal hold that is usual in the bucket.'),
  object_lock_enabled: NO_BUCKETS,
  object_lock_supported: SERVER_QUIRK,
  object_lock_set_after_upload: UPLOADS,
  bypass_governance_retention: leftOut('Files that are locked in the bucket stay locked.'),
  no_system_metadata: leftOut('Metadata of files is not shown anyway.'),
  location_constraint: NO_BUCKETS,
  bucket_acl: NO_BUCKETS,
  bucket_object_lock_enabled: NO_BUCKETS,
  use_already_exists: NO_BUCKETS,

  // ---- how it is transferred
  upload_cutoff: UPLOADS,
  chunk_size: UPLOADS,
  max_upload_parts: UPLOADS,
  upload_concurrency: UPLOADS,
  disable_checksum: UPLOADS,
  leave_parts_on_error: UPLOADS,
  use_multipart_uploads: UPLOADS,
  use_multipart_etag: UPLOADS,
  use_presigned_request: UPLOADS,
  use_unsigned_payload: UPLOADS,
  use_data_integrity_protections: UPLOADS,
  copy_cutoff: TUNING,
  list_chunk: TUNING,
  no_head: TUNING,
  no_head_object: TUNING,
  disable_http2: TUNING,
  memory_pool_flush_time: TUNING,
  memory_pool_use_mmap: TUNING,
  list_version: SERVER_QUIRK,
  list_url_encode: SERVER_QUIRK,
  list_versions_oldest_first: SERVER_QUIRK,
  might_gzip: SERVER_QUIRK,
  use_accept_encoding_gzip: SERVER_QUIRK,
  sign_accept_encoding: SERVER_QUIRK,
  use_x_id: SERVER_QUIRK,
  etag_is_not_md5: SERVER_QUIRK,
  sdk_log_mode: leftOut('It only changes what rclone writes into its log.'),
}
