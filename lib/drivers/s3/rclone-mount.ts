import { type RcloneFiles, REMOTE, rcloneArguments } from '@/lib/drivers/mounting/rclone'
import type { S3Config } from '@/lib/drivers/s3/config'

/** `holdfast:bucket/prefix`, as rclone takes it and as mountinfo shows it. */
export function remotePath(config: Pick<S3Config, 'bucket' | 'prefix'>): string {
  return config.prefix === undefined ? `${REMOTE}:${config.bucket}` : `${REMOTE}:${config.bucket}/${config.prefix}`
}

/** Uploads wait in the cache directory and are taken up again by the next start with the same arguments. */
export function rcloneMountArguments(
  config: S3Config,
  target: string,
  readOnly: boolean,
  files: RcloneFiles,
): string[] {
  const view = {
    remote: remotePath(config),
    target,
    readOnly: readOnly || config.read_only,
    uid: config.uid,
    gid: config.gid,
    umask: config.umask,
    dirCacheTime: config.dir_cache_time,
    hasAuthority: config.ca_certificate !== undefined,
  }
  return rcloneArguments(view, files, [
    `--vfs-cache-mode=${config.cache_mode}`,
    `--vfs-cache-max-size=${config.cache_max_size}B`,
    `--vfs-cache-max-age=${config.cache_max_age}s`,
    `--vfs-write-back=${config.write_back}s`,
  ])
}
