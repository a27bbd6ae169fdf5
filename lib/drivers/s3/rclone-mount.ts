import type { S3Config } from '@/lib/drivers/s3/config'

/** Name of the only section in the generated rclone.conf. */
export const REMOTE = 'holdfast'

/** `holdfast:bucket/prefix`, as rclone takes it and as mountinfo shows it. */
export function remotePath(config: Pick<S3Config, 'bucket' | 'prefix'>): string {
  return config.prefix === undefined ? `${REMOTE}:${config.bucket}` : `${REMOTE}:${config.bucket}/${config.prefix}`
}

/** Where the files that rclone reads lie; none of them on persistent disk but the cache. */
export interface RcloneFiles {
  config: string
  authority: string
  cache: string
}

/**
 * Arguments for `rclone mount`, all known to 1.60.1 (Debian 12). Files have no execute bit whatever `umask` is; uploads wait in
 * the cache directory and are taken up again by the next start with the same arguments.
 */
export function rcloneMountArguments(
  config: S3Config,
  target: string,
  readOnly: boolean,
  files: RcloneFiles,
): string[] {
  const args = [
    'mount',
    remotePath(config),
    target,
    `--config=${files.config}`,
    `--cache-dir=${files.cache}`,
    `--vfs-cache-mode=${config.cache_mode}`,
    `--vfs-cache-max-size=${config.cache_max_size}B`,
    `--vfs-cache-max-age=${config.cache_max_age}s`,
    `--vfs-write-back=${config.write_back}s`,
    `--dir-cache-time=${config.dir_cache_time}s`,
    '--poll-interval=0',
    '--allow-other',
    `--uid=${config.uid}`,
    `--gid=${config.gid}`,
    `--umask=${config.umask}`,
    '--dir-perms=0777',
    '--file-perms=0666',
    '--contimeout=10s',
    '--timeout=60s',
    '--low-level-retries=3',
    '--ask-password=false',
  ]
  if (config.ca_certificate !== undefined) args.push(`--ca-cert=${files.authority}`)
  if (readOnly || config.read_only) args.push('--read-only')
  return args
}

/** After the mount: rclone's FUSE library takes no `noexec`, so the flags are set on the mount itself. */
export function hardenArguments(config: S3Config, target: string, readOnly: boolean): string[] {
  const flags = ['remount', 'bind', readOnly || config.read_only ? 'ro' : 'rw']
  if (config.noexec) flags.push('noexec')
  return ['-c', '-o', [...flags, 'nosuid', 'nodev'].join(','), '--', target]
}
