import type { DaemonMountRequest, Mounting, MountTarget } from '@/lib/drivers/contract/mount-request'
import {
  RCLONE_FS_TYPE,
  RCLONE_OPTIONS,
  type RcloneFiles,
  REMOTE,
  rcloneRequest,
  SHOWN_FILES,
} from '@/lib/drivers/mounting/rclone'
import type { S3Config } from '@/lib/drivers/s3/config'

/** `holdfast:bucket/prefix`, as rclone takes it and as mountinfo shows it. */
export function remotePath(config: Pick<S3Config, 'bucket' | 'prefix'>): string {
  return config.prefix === undefined ? `${REMOTE}:${config.bucket}` : `${REMOTE}:${config.bucket}/${config.prefix}`
}

/** How the upload queue is asked for: over a socket, or with rclone before 1.62 over loopback with a password. */
export type RcloneControl = { kind: 'unix'; socket: string } | { kind: 'tcp'; port: number; passwords: string }

function controlArguments(control: RcloneControl): string[] {
  return control.kind === 'unix'
    ? ['--rc', `--rc-addr=unix://${control.socket}`, '--rc-no-auth']
    : ['--rc', `--rc-addr=127.0.0.1:${control.port}`, `--rc-htpasswd=${control.passwords}`]
}

/** What only the host knows about one of its mounts. */
export interface S3OnHost {
  files: RcloneFiles
  control: RcloneControl
}

const SHOWN: S3OnHost = { files: SHOWN_FILES, control: { kind: 'unix', socket: '…/control.sock' } }

const OLDER_RCLONE =
  'With rclone before 1.62 the last options are --rc-addr=127.0.0.1:PORT and --rc-htpasswd=…/rc.htpasswd, a file in memory.'

/**
 * Uploads wait in the cache directory and are taken up again by the next start with the same arguments. Without what the host knows, the
 * request is the one for people.
 */
export function s3MountRequest(
  config: S3Config,
  target: MountTarget,
  { files, control }: S3OnHost = SHOWN,
): DaemonMountRequest {
  const view = {
    remote: remotePath(config),
    readOnly: target.readOnly || config.read_only,
    noexec: config.noexec,
    uid: config.uid,
    gid: config.gid,
    umask: config.umask,
    dirCacheTime: config.dir_cache_time,
    hasAuthority: config.ca_certificate !== undefined,
    own: [
      `--vfs-cache-mode=${config.cache_mode}`,
      `--vfs-cache-max-size=${config.cache_max_size}B`,
      `--vfs-cache-max-age=${config.cache_max_age}s`,
      `--vfs-write-back=${config.write_back}s`,
    ],
    control: controlArguments(control),
    notes: [OLDER_RCLONE],
  }
  return rcloneRequest(target, view, files)
}

export const s3Mounting: Mounting<S3Config, DaemonMountRequest> = {
  fsTypes: [RCLONE_FS_TYPE],
  options: RCLONE_OPTIONS,
  request: (config, target) => s3MountRequest(config, target),
}
