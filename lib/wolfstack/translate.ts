import type { BackendView } from '@/lib/backends/schema'
import type { WolfstackRecord, WolfstackWords } from '@/lib/drivers/contract/wolfstack'
import { ALL_TYPES, type AnyDescriptor, type DriverId, driverById, isDriverId } from '@/lib/drivers/registry'
import { mountNameOf } from '@/lib/mounts/mount-name'
import type { MountView } from '@/lib/mounts/schema'
import { isSilent } from '@/lib/mounts/state'
import {
  type CreateWolfstackMount,
  HIDDEN,
  type UpdateWolfstackMount,
  type WolfstackMount,
} from '@/lib/wolfstack/schema'

type Given = Omit<CreateWolfstackMount, 'name' | 'type' | 'do_mount'> | UpdateWolfstackMount

/** The name of a mount, as WolfStack makes its ids: `S3 Backups` is `s3-backups`. */
export function slugOf(name: string): string {
  return mountNameOf(name) || 'mount'
}

/** Our type for one of WolfStack's. */
export function driverFor(type: string): DriverId | null {
  return ALL_TYPES.find(({ wolfstack }) => wolfstack?.type === type)?.id ?? null
}

/** WolfStack's words for a type of ours; null for one that it does not have. */
export function wordsFor(driver: string): WolfstackWords<Record<string, unknown>> | null {
  const found: AnyDescriptor | undefined = ALL_TYPES.find(({ id }) => id === driver)
  return found?.wolfstack ?? null
}

/** Eight bullets say nothing about a secret. */
function withoutHidden(part: Record<string, unknown> | null | undefined) {
  return part && Object.fromEntries(Object.entries(part).filter(([, value]) => value !== HIDDEN))
}

/** The flat config of a backend of ours, as far as the request says it. Fields of other types are left alone. */
export function configFrom(driver: string, given: Given): Record<string, unknown> {
  const record: WolfstackRecord = {
    ...given,
    s3_config: withoutHidden(given.s3_config),
    smb_config: withoutHidden(given.smb_config),
  }
  const said = wordsFor(driver)?.configFrom(record) ?? {}
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}

/**
 * Of a change: what a record says as it was shown changes nothing, also where our settings hold more than it can show. A source that
 * says no folder has none.
 */
export function changeFrom(backend: BackendView, given: Given): Record<string, unknown> {
  const { driver } = backend
  const shown = configFrom(driver, partsOf(backend))
  const parts = Object.entries(wordsFor(driver)?.fields ?? {}).filter(([, word]) => word === 'source')
  const absent = given.source === undefined ? {} : Object.fromEntries(parts.map(([key]) => [key, null]))
  const said = Object.entries({ ...absent, ...configFrom(driver, given) })
  return Object.fromEntries(said.filter(([key, value]) => value !== shown[key]))
}

/** As rclone does: a bucket that cannot be a part of the name of its server is addressed by path. */
export function withBucketByPath(driver: string, config: Record<string, unknown>): Record<string, unknown> {
  const { rcloneRemotes } = isDriverId(driver) ? driverById(driver) : {}
  const bucket = rcloneRemotes && config[rcloneRemotes.bucket.field]
  return typeof bucket === 'string' && bucket !== '' ? { ...rcloneRemotes?.forBucket(config, bucket) } : config
}

const STATUS: Record<MountView['status'], WolfstackMount['status']> = {
  mounted: 'mounted',
  unmounted: 'unmounted',
  error: 'error',
  degraded: 'error',
  working: 'unmounted',
  unknown: 'unmounted',
}

/** What a record shows of a backend. Secrets are eight bullets whether they are set or not known. */
function partsOf({ driver, config, source, secrets }: BackendView) {
  const words = wordsFor(driver)
  const { s3_config, nfs_options, smb_config } =
    words?.show?.(config, (key) => (secrets[key]?.has_secret ? HIDDEN : '')) ?? {}
  return {
    source: words?.sourceOf?.(config) ?? source,
    s3_config: s3_config ?? null,
    nfs_options: nfs_options ?? null,
    smb_config: smb_config ?? null,
  }
}

/** One record as WolfStack shows it. */
export function wolfstackMount(mount: MountView, backend: BackendView): WolfstackMount {
  const { source, ...settings } = partsOf(backend)
  return {
    id: mount.id,
    name: mount.name === slugOf(backend.name) ? backend.name : mount.name,
    type: wordsFor(backend.driver)?.type ?? backend.driver,
    source,
    mount_point: mount.mount_point,
    enabled: mount.desired_state === 'mounted' || mount.auto_mount,
    global: mount.global,
    auto_mount: mount.auto_mount,
    ...settings,
    status: statusOf(mount),
    error_message: errorOf(mount),
    created_at: mount.created_at,
  }
}

/** WolfStack has no word for what is not known, and `unmounted` would be one that is not true. */
export const DOES_NOT_ANSWER = 'The host does not answer: what is there now is not known.'

function statusOf(mount: MountView): WolfstackMount['status'] {
  if (mount.status === 'unknown' && someHostIsSilent(mount)) return 'error'
  // It is there; only nobody has looked at the storage behind it yet.
  const isThere =
    mount.hosts.length > 0 && mount.hosts.every(({ status }) => status === 'mounted' || status === 'unproven')
  if (isThere) return 'mounted'
  const status = STATUS[mount.status]
  // `unmounted` is one that nothing went wrong with: what has an error is in error, also while it is tried again.
  return status === 'unmounted' && errorOf(mount) !== null ? 'error' : status
}

/** Also one that has not answered since the start of the controller. */
function someHostIsSilent({ hosts }: MountView): boolean {
  return hosts.some(
    ({ host_status, status, state }) => isSilent(host_status) || (status === 'unknown' && state !== 'unknown'),
  )
}

/** The first failure, with what to do about it: WolfStack has one field for both. */
function errorOf(mount: MountView): string | null {
  const failing = mount.hosts.find(({ error }) => error !== null)
  if (failing !== undefined) return [failing.error, failing.advice].filter(Boolean).join(' ')
  return mount.status === 'unknown' && someHostIsSilent(mount) ? DOES_NOT_ANSWER : null
}
