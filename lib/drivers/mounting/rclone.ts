import type { FusePaths } from '@/lib/drivers/contract/driver-host'
import type { DaemonMountRequest, MountTarget, OptionFacts } from '@/lib/drivers/contract/mount-request'
import { daemonUnit } from '@/lib/drivers/mounting/commands'
import { mountOptions } from '@/lib/drivers/options/mount-options'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'

/** What every storage type that mounts with rclone shares: its file and its arguments. Nothing here acts. */

/** Name of the only section in a generated rclone.conf. */
export const REMOTE = 'holdfast'

export const RCLONE_FS_TYPE = 'fuse.rclone'

/** Where the files that rclone reads lie; none of them on persistent disk but the cache. */
export interface RcloneFiles {
  config: string
  authority: string
  cache: string
}

/** Each mount has its own private directories on the host; people see the file names only. */
export const SHOWN_FILES: RcloneFiles = { config: '…/rclone.conf', authority: '…/ca.pem', cache: '…/cache' }

export function rcloneFiles({ directory, cache }: Pick<FusePaths, 'directory' | 'cache'>): RcloneFiles {
  return { config: `${directory}/rclone.conf`, authority: `${directory}/ca.pem`, cache }
}

/** What a storage type says about one of its mounts by rclone. */
export interface RcloneView {
  /** `holdfast:bucket/prefix`, as rclone takes it and as mountinfo shows it. */
  remote: string
  readOnly: boolean
  noexec: boolean
  uid: number
  gid: number
  umask: string
  /** Seconds. */
  dirCacheTime: number
  /** There is a `ca.pem` to trust. */
  hasAuthority: boolean
  /** Arguments of the type itself. */
  own: readonly string[]
  /** Those with which the host reaches the daemon. */
  control?: readonly string[]
  notes?: readonly string[]
}

/** All arguments are known to 1.60.1 (Debian 12). Files have no execute bit whatever `umask` is. */
function rcloneArguments(view: RcloneView, target: string, files: RcloneFiles): string[] {
  return [
    'mount',
    view.remote,
    target,
    `--config=${files.config}`,
    `--cache-dir=${files.cache}`,
    ...view.own,
    `--dir-cache-time=${view.dirCacheTime}s`,
    '--poll-interval=0',
    '--allow-other',
    `--uid=${view.uid}`,
    `--gid=${view.gid}`,
    `--umask=${view.umask}`,
    '--dir-perms=0777',
    '--file-perms=0666',
    '--contimeout=10s',
    '--timeout=60s',
    '--low-level-retries=3',
    '--ask-password=false',
    ...(view.hasAuthority ? [`--ca-cert=${files.authority}`] : []),
    ...(view.readOnly ? ['--read-only'] : []),
    ...(view.control ?? []),
  ]
}

/** `files` are the host's; `SHOWN_FILES` make the request for people. */
export function rcloneRequest(target: MountTarget, view: RcloneView, files: RcloneFiles): DaemonMountRequest {
  return {
    kind: 'daemon',
    source: view.remote,
    target: target.path,
    options: mountOptions({ noexec: view.noexec }),
    readOnly: view.readOnly,
    daemon: {
      unit: daemonUnit(target.mountId),
      command: 'rclone',
      args: rcloneArguments(view, target.path, files),
    },
    // It makes its mounts nosuid,nodev, and takes no noexec.
    setsOptions: view.noexec,
    notes: view.notes ?? [],
  }
}

export const RCLONE_OPTIONS: OptionFacts = { negotiated: ['max_read'] }

/** rclone.conf with our one remote, read back before it is handed out. Throws `invalid_input` for a value that it cannot hold. */
export function renderRcloneFile(settings: Readonly<Record<string, string>>): Secret {
  const text = [`[${REMOTE}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ''].join('\n')
  expectSame(text, settings)
  return new Secret(text)
}

/** The file must say exactly what was meant: one section, these keys, these values, one a line. */
function expectSame(text: string, settings: Readonly<Record<string, string>>): void {
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
