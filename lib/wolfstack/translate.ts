import type { BackendView } from '@/lib/backends/schema'
import type { CifsConfig } from '@/lib/drivers/cifs/config'
import { nfsOptions, nfsSource } from '@/lib/drivers/nfs/mount-options'
import { optionWord } from '@/lib/drivers/options/mount-options'
import type { ConfigOf } from '@/lib/drivers/registry'
import { addressesBucketByPath, providerNamed } from '@/lib/drivers/s3/rclone-remotes'
import { mountNameOf } from '@/lib/mounts/mount-name'
import type { MountView } from '@/lib/mounts/schema'
import {
  type CreateWolfstackMount,
  HIDDEN,
  type UpdateWolfstackMount,
  WOLFSTACK_TYPES,
  type WolfstackMount,
  type WolfstackType,
} from '@/lib/wolfstack/schema'

type Given = Omit<CreateWolfstackMount, 'name' | 'type' | 'do_mount'> | UpdateWolfstackMount
type Flat = Record<string, unknown>

/** The name of a mount, as WolfStack makes its ids: `S3 Backups` is `s3-backups`. */
export function slugOf(name: string): string {
  return mountNameOf(name) || 'mount'
}

function withoutAbsent(config: Flat): Flat {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}

/** Absent, or eight bullets: nothing is said about the secret. */
function secretOf(value: string | null | undefined): string | null | undefined {
  return value === HIDDEN ? undefined : value
}

function s3Config({ source, s3_config: s3, s3_bucket }: Given): Flat {
  const [, fromSource, prefix] = /^([^:/]*)(?:[:/]+(.*))?$/.exec(source ?? '') ?? []
  const bucket = s3?.bucket || s3_bucket || fromSource || undefined
  const provider = s3?.provider
  return {
    bucket,
    ...(prefix ? { prefix } : {}),
    access_key_id: s3?.access_key_id,
    secret_access_key: secretOf(s3?.secret_access_key),
    region: s3?.region,
    endpoint: s3?.endpoint,
    ...(provider ? { provider: providerNamed(provider), path_style: addressesBucketByPath(provider) } : {}),
  }
}

function nfsConfig({ source, nfs_options }: Given): Flat {
  const match = /^(?<server>\[[^\]]*\]|[^:]*):(?<path>.*)$/s.exec(source ?? '')?.groups
  return {
    server: match?.server ?? source,
    export_path: match?.path,
    nfs_options: nfs_options ?? undefined,
  }
}

function cifsConfig({ source, smb_config: smb, smb_options }: Given): Flat {
  const [server, share_name, ...folders] = (source ?? '').replaceAll('\\', '/').replace(/^\/+/, '').split('/')
  const hasSource = source !== undefined
  return {
    server: hasSource ? server : undefined,
    share_name: hasSource ? share_name : undefined,
    path: hasSource && folders.length > 0 ? folders.join('/') : undefined,
    ...(smb === undefined ? {} : { auth: smb?.username ? 'password' : 'guest' }),
    username: smb?.username,
    domain: smb?.domain,
    password: secretOf(smb?.password),
    options: smb_options ?? undefined,
  }
}

/** The flat config of a backend of ours, as far as the request says it. Fields of other types are left alone. */
export function configFrom(type: WolfstackType, given: Given): Flat {
  const { source } = given
  switch (type) {
    case 's3':
      return withoutAbsent(s3Config(given))
    case 'nfs':
      return withoutAbsent(nfsConfig(given))
    case 'smb':
      return withoutAbsent(cifsConfig(given))
    case 'directory':
      return withoutAbsent({ path: source })
    case 'wolfdisk':
      // WolfStack names the configuration file, its plan the directory.
      if (source === undefined) return {}
      return source.endsWith('.toml')
        ? { config_file: source, data_dir: '/var/lib/wolfdisk' }
        : { data_dir: source || '/var/lib/wolfdisk' }
  }
}

export function wolfstackType(driver: string): WolfstackType | null {
  const found = Object.entries(WOLFSTACK_TYPES).find(([, id]) => id === driver)
  return (found?.[0] as WolfstackType | undefined) ?? null
}

function sourceOf(backend: BackendView): string {
  const { config } = backend
  switch (wolfstackType(backend.type)) {
    case 's3':
      return `${config.bucket}:${config.prefix ?? ''}`
    case 'nfs':
      return nfsSource(config as ConfigOf<'nfs'>)
    case 'wolfdisk':
      return String(config.config_file ?? config.data_dir)
    default:
      return backend.source
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

const STATUS: Record<MountView['status'], WolfstackMount['status']> = {
  mounted: 'mounted',
  unmounted: 'unmounted',
  error: 'error',
  degraded: 'error',
  working: 'unmounted',
  unknown: 'unmounted',
}

/** One record as WolfStack shows it. Secrets are eight bullets whether they are set or not known. */
export function wolfstackMount(mount: MountView, backend: BackendView): WolfstackMount {
  const { config } = backend
  const type = wolfstackType(backend.type)
  const nfs = config as ConfigOf<'nfs'>
  const smb = config as unknown as CifsConfig
  const hidden = (field: string) => (backend.secrets[field]?.has_secret ? HIDDEN : '')
  return {
    id: mount.id,
    name: mount.name === slugOf(backend.name) ? backend.name : mount.name,
    type: type ?? backend.type,
    source: sourceOf(backend),
    mount_point: mount.mount_point,
    enabled: mount.desired_state === 'mounted' || mount.auto_mount,
    global: mount.global,
    auto_mount: mount.auto_mount,
    s3_config:
      type === 's3'
        ? {
            access_key_id: textOf(config.access_key_id),
            secret_access_key: hidden('secret_access_key'),
            region: textOf(config.region),
            endpoint: textOf(config.endpoint),
            provider: textOf(config.provider),
            bucket: textOf(config.bucket),
          }
        : null,
    nfs_options: type === 'nfs' ? [...nfsOptions(nfs).map(optionWord), nfs.read_only ? 'ro' : 'rw'].join(',') : null,
    smb_config:
      type === 'smb'
        ? { username: textOf(smb.username), password: hidden('password'), domain: textOf(smb.domain) }
        : null,
    status: STATUS[mount.status],
    error_message: mount.hosts.find((host) => host.error !== null)?.error ?? null,
    created_at: mount.created_at,
  }
}
