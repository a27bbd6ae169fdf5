import type { CifsConfig } from '@/lib/drivers/cifs/config'
import type { KernelMountRequest, Mounting, MountOption, MountTarget } from '@/lib/drivers/contract/mount-request'
import { mountOptions } from '@/lib/drivers/options/mount-options'
import { type OptionGrammar, parseOptionText } from '@/lib/drivers/options/option-text'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

/** `//nas/share/folder`, as mount(8) and mountinfo write it. */
export function cifsSource(config: Pick<CifsConfig, 'server' | 'share_name' | 'path'>): string {
  const folder = config.path ? `/${config.path}` : ''
  return `//${config.server}/${config.share_name}${folder}`
}

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

const OWN_FIELD = 'it has its own field'
const SEEN = 'a password in the options would be seen by everyone on the host; it has its own field'
const OWN_FILE = 'Holdfast writes that file itself, in memory'

const GRAMMAR: OptionGrammar<CifsConfig> = {
  protocol: 'SMB',
  ignored: ['nosharesock', 'forceuid', 'forcegid', 'iocharset=utf8', 'relatime', 'vers=default'],
  flags: {
    hard: { on_outage: 'hard' },
    soft: { on_outage: 'soft' },
    guest: { auth: 'guest' },
    'sec=none': { auth: 'anonymous' },
    ro: { read_only: true },
    rw: { read_only: false },
    seal: { seal: true },
    noserverino: { noserverino: true },
    serverino: { noserverino: false },
    nobrl: { nobrl: true },
    mfsymlinks: { mfsymlinks: true },
    noexec: { noexec: true },
    exec: { noexec: false },
  },
  numbers: ['uid', 'gid', 'port', 'actimeo', 'rsize', 'wsize', 'echo_interval'],
  words: ['file_mode', 'dir_mode', 'sec', 'cache'],
  others: { vers: version },
  whyRefused: {
    user: OWN_FIELD,
    username: OWN_FIELD,
    pass: SEEN,
    password: SEEN,
    cred: OWN_FILE,
    credentials: OWN_FILE,
    domain: OWN_FIELD,
    dom: OWN_FIELD,
    workgroup: OWN_FIELD,
    ip: 'the server has its own field',
    unc: 'server and share have their own fields',
    prefixpath: 'the folder has its own field',
  },
  hidesValues: true,
}

function version(value: string): Partial<CifsConfig> | string {
  if (/^1/.test(value)) return 'SMB 1 is unsafe and is not spoken here; choose 2.1 or newer'
  if (value === '3.02') return { smb_version: '3.0.2' }
  if (value === '3.11') return { smb_version: '3.1.1' }
  return { smb_version: value as CifsConfig['smb_version'] }
}

/** `vers=3.0,seal,uid=1000` into typed settings. The values themselves are checked by the config schema afterwards. */
export function parseCifsOptions(text: string): Partial<CifsConfig> {
  return parseOptionText(text, GRAMMAR)
}
