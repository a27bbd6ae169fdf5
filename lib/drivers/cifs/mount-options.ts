import type { CifsConfig } from '@/lib/drivers/cifs/config'
import { cifsSource } from '@/lib/drivers/cifs/source'
import type { KernelMountRequest, Mounting, MountOption, MountTarget } from '@/lib/drivers/contract/mount-request'
import { mountOptions } from '@/lib/drivers/options/mount-options'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

/** Who signs in. The credentials themselves are only in the file. */
function signIn(config: CifsConfig, credentials: string): Parameters<typeof mountOptions>[0] {
  if (config.auth === 'password') return { credentials }
  return config.auth === 'guest' ? { username: 'guest', guest: true } : { sec: 'none', guest: true }
}

/** What mount.cifs gets beside the settings. */
export interface CifsConnection {
  /** Path of the credentials file; not used without a password. */
  credentials: string
  /** That the name of the server has been resolved to, so that nobody resolves it again. */
  address: string
}

/** Each mount has a credentials file of its own, in memory and only while it is made; people see the name only. */
const SHOWN: CifsConnection = { credentials: '…/credentials', address: '…' }

/**
 * The options of mount.cifs(8) for these settings. `nosharesock` always: each mount has a connection and a superblock of its own, so
 * that one does not answer with another's folder, sign-in or outage, and a test really signs in.
 */
export function cifsOptions(config: CifsConfig, { credentials, address }: CifsConnection): MountOption[] {
  return mountOptions({
    ...signIn(config, credentials),
    ip: address,
    vers: config.smb_version === 'auto' ? 'default' : config.smb_version,
    [config.on_outage]: true,
    nosharesock: true,
    uid: config.uid,
    gid: config.gid,
    forceuid: true,
    forcegid: true,
    file_mode: config.file_mode,
    dir_mode: config.dir_mode,
    seal: config.seal,
    ...(config.auth === 'anonymous' ? {} : { sec: config.sec }),
    port: config.port,
    cache: config.cache,
    actimeo: config.actimeo,
    rsize: config.rsize,
    wsize: config.wsize,
    echo_interval: config.echo_interval,
    noserverino: config.noserverino,
    nobrl: config.nobrl,
    mfsymlinks: config.mfsymlinks,
    noexec: config.noexec,
  })
}

/** `connection` is the host's; without it the request is the one for people. */
export function cifsMountRequest(
  config: CifsConfig,
  { path, readOnly }: MountTarget,
  connection: CifsConnection = SHOWN,
): KernelMountRequest {
  return {
    kind: 'kernel',
    fsType: 'cifs',
    source: cifsSource(config),
    target: path,
    options: cifsOptions(config, connection),
    readOnly: readOnly || config.read_only,
  }
}

export const cifsMounting: Mounting<CifsConfig, KernelMountRequest> = {
  fsTypes: ['cifs', 'smb3'],
  spoken(inForce) {
    const [, version] = /(?:^|,)vers=([\d.]+)/.exec(inForce) ?? []
    return version === undefined ? null : `SMB ${version}`
  },
  canBeForced: true,
  options: {
    alternatives: [['hard', 'soft']],
    negotiated: ['rsize', 'wsize', 'bsize', 'port', 'sec'],
    // The highest that both sides speak.
    open: ['vers=default', 'vers=3'],
  },
  request: (config, target) => cifsMountRequest(config, target),
}

/** The file that mount.cifs and smbclient read alike, read back before it is handed out: one line per setting, nothing else. */
export function renderCredentials(config: CifsConfig, password: Secret): Secret {
  const settings: Record<string, string> = {
    username: config.username ?? '',
    password: reveal(password),
    ...(config.domain === undefined ? {} : { domain: config.domain }),
  }
  const values = Object.values(settings)
  if (values.some((value) => value !== value.trim() || /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(value))) {
    throw new HoldfastError('invalid_input', 'A setting has characters that the credentials file cannot hold.')
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  return new Secret(lines.join(''))
}
