import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'

/** What every storage type that mounts with rclone shares: its file, its arguments, its version. Nothing here acts. */

/** Name of the only section in a generated rclone.conf. */
export const REMOTE = 'holdfast'

export const RCLONE_FS_TYPE = 'fuse.rclone'

/** Where the files that rclone reads lie; none of them on persistent disk but the cache. */
export interface RcloneFiles {
  config: string
  authority: string
  cache: string
}

export interface RcloneView {
  /** `holdfast:bucket/prefix`, as rclone takes it and as mountinfo shows it. */
  remote: string
  target: string
  readOnly: boolean
  uid: number
  gid: number
  umask: string
  /** Seconds. */
  dirCacheTime: number
  /** There is a `ca.pem` to trust. */
  hasAuthority: boolean
}

/**
 * Arguments for `rclone mount`, all known to 1.60.1 (Debian 12), with those of the storage type in the middle. Files have no
 * execute bit whatever `umask` is.
 */
export function rcloneArguments(view: RcloneView, files: RcloneFiles, own: readonly string[]): string[] {
  const args = [
    'mount',
    view.remote,
    view.target,
    `--config=${files.config}`,
    `--cache-dir=${files.cache}`,
    ...own,
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
  ]
  if (view.hasAuthority) args.push(`--ca-cert=${files.authority}`)
  if (view.readOnly) args.push('--read-only')
  return args
}

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

export interface RcloneVersion {
  text: string
  major: number
  minor: number
}

/** First line of `rclone version`: `rclone v1.60.1-DEV`. Throws `command_failed` when it is not there. */
export function parseRcloneVersion(stdout: string): RcloneVersion {
  const match = /^rclone v(?<text>(?<major>\d+)\.(?<minor>\d+)\S*)\s*$/m.exec(stdout)
  if (match?.groups === undefined) {
    throw new HoldfastError('command_failed', 'rclone did not print its version.', {
      details: { command: 'rclone', problem: 'output.unreadable' },
    })
  }
  return { text: match.groups.text ?? '', major: Number(match.groups.major), minor: Number(match.groups.minor) }
}

/** Remote control over a unix socket came after 1.60; 1.62 is the first that surely has it. */
export function hasSocketControl(version: RcloneVersion): boolean {
  return version.major > 1 || version.minor >= 62
}

export function isRcloneMountOf(entry: MountEntry, remote: string): boolean {
  return entry.fsType === RCLONE_FS_TYPE && entry.source === remote
}
