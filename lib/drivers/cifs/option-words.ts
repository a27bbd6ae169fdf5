import type { CifsConfig } from '@/lib/drivers/cifs/config'
import {
  each,
  elsewhere,
  missing,
  type OptionRule,
  type OptionTable,
  outside,
  refused,
  sets,
  size,
  usual,
  wholeNumber,
  wordFor,
} from '@/lib/drivers/options/option-table'
import { parseOptionText } from '@/lib/drivers/options/option-text'
import { SYSTEM_WORDS } from '@/lib/drivers/options/system-words'

type Rule = OptionRule<CifsConfig>

const OWN_FIELD = 'it has its own field'
const SEEN = 'a password in the options would be seen by everyone on the host; it has its own field'
const OWN_FILE = 'Holdfast writes that file itself, in memory'
const OWN_OWNER = 'all files have one owner, and the server decides who may do what'
const KERBEROS = 'Holdfast signs in with a name and a password, not with Kerberos'
const SIZES = { least: 16_384, most: 8_388_608 }

const VERSIONS: Readonly<Record<string, CifsConfig['smb_version'] | undefined>> = Object.assign(Object.create(null), {
  default: 'auto',
  '2.0': '2.0',
  '2.1': '2.1',
  '3': '3',
  '3.0': '3.0',
  '3.02': '3.0.2',
  '3.0.2': '3.0.2',
  '3.11': '3.1.1',
  '3.1.1': '3.1.1',
})

function version(value: string): Partial<CifsConfig> | string {
  if (/^1/.test(value)) return 'SMB 1 is unsafe and is not spoken here; choose 2.1 or newer'
  const known = VERSIONS[value]
  return known === undefined ? 'versions are 2.0, 2.1, 3, 3.0, 3.0.2 and 3.1.1' : { smb_version: known }
}

function security(value: string): Partial<CifsConfig> | string {
  if (value === 'none') return { auth: 'anonymous' }
  if (/^(?:ntlmssp|ntlmv2|nontlm)$/.test(value)) return { sec: 'ntlmssp' }
  if (/^(?:ntlmsspi|ntlmv2i)$/.test(value)) return { sec: 'ntlmsspi' }
  if (value.startsWith('krb5')) return KERBEROS
  if (/^(?:ntlmi?|lanman)$/.test(value)) return 'kernels no longer offer it, since it gives the password away'
  return 'sec is ntlmssp or ntlmsspi'
}

/** A loss of these would be another protocol or another protection. */
const VERSION: Rule = { fate: 'kept', read: version, guards: true }
const SECURITY: Rule = { fate: 'kept', read: security, guards: true }
/** As `sec=ntlmsspi`, the only sign-in of ours with signed packets. */
const SIGNED: Rule = { fate: 'kept', read: () => ({ sec: 'ntlmsspi' }), guards: true }

/** Packets once asked to be signed stay so, whatever sign-in is named after that. */
function keepSigning(before: Partial<CifsConfig>, settings: Partial<CifsConfig>): Partial<CifsConfig> {
  return before.sec === 'ntlmsspi' && settings.sec !== undefined ? { ...settings, sec: before.sec } : settings
}

/** Every option of mount.cifs(8), and those that kernels take besides. */
export const CIFS_OPTIONS: OptionTable<CifsConfig> = {
  protocol: 'SMB',
  after: keepSigning,
  words: {
    ...SYSTEM_WORDS,
    ...each('hard nosoft', sets<CifsConfig>({ on_outage: 'hard' })),
    ...each('soft nohard', sets<CifsConfig>({ on_outage: 'soft' })),
    guest: sets({ auth: 'guest' }),
    ro: sets({ read_only: true }),
    rw: sets({ read_only: false }),
    'vers=': VERSION,
    'sec=': SECURITY,
    seal: sets({ seal: true }),
    sign: SIGNED,
    noserverino: sets({ noserverino: true }),
    serverino: sets({ noserverino: false }),
    nobrl: sets({ nobrl: true }),
    brl: sets({ nobrl: false }),
    mfsymlinks: sets({ mfsymlinks: true }),
    noexec: sets({ noexec: true }),
    exec: sets({ noexec: false }),
    strictcache: sets({ cache: 'strict' }),
    ...each('directio forcedirectio', sets<CifsConfig>({ cache: 'none' })),
    'cache=': wordFor('cache'),
    'cache=strict': { ...sets<CifsConfig>({ cache: 'strict' }), unasked: true },
    'uid=': wholeNumber('uid'),
    'gid=': wholeNumber('gid'),
    'file_mode=': wordFor('file_mode'),
    ...each('dir_mode= dirmode=', wordFor<CifsConfig>('dir_mode')),
    'port=': wholeNumber('port'),
    'actimeo=': wholeNumber('actimeo'),
    'actimeo=1': { ...wholeNumber<CifsConfig>('actimeo'), unasked: true },
    'rsize=': { ...size<CifsConfig>('rsize', SIZES), unasked: true },
    'wsize=': { ...size<CifsConfig>('wsize', SIZES), unasked: true },
    'echo_interval=': wholeNumber('echo_interval'),
    'echo_interval=60': { ...wholeNumber<CifsConfig>('echo_interval'), unasked: true },

    ...each('user= username= domain= dom= workgroup=', elsewhere(OWN_FIELD)),
    ...each('pass= password= pass2= password2=', elsewhere(SEEN)),
    ...each('cred= credentials=', elsewhere(OWN_FILE)),
    'prefixpath=': elsewhere('the folder has its own field'),
    'unc=': elsewhere('server and share have their own fields'),

    ...each('multiuser cruid= upcall_target=', refused(`${KERBEROS}, and every user of the host would be this one`)),
    // Newer kernels say so of every mount, also without Kerberos.
    'upcall_target=app': usual,
    'snapshot=': refused('Holdfast would show the share as it is now, and not as it was then'),

    ...each('ip= addr=', { ...missing('the server has its own field'), unasked: true }),
    ...each('forceuid forcegid nosharesock iocharset=utf8 perm nosetuids noacl user_xattr', usual),
    ...each('strictsync nosfu nodynperm intr nointr posixpaths handlecache noresilienthandles nocifsacl', usual),
    ...each('nomultichannel nopersistenthandles notcpnodelay', usual),
    // Kernels show these of their own accord, some of them after they have talked to the server.
    ...each('noforceuid noforcegid nounix unix mapposix', { ...missing(), unasked: true }),
    ...each('posix noposix linux nolinux noposixpaths nomapposix mapchars nomapchars', missing()),
    ...each('reparse= symlink= symlinkroot= nativesocket nonativesocket unicode', { ...missing(), unasked: true }),
    ...each('bsize= closetimeo=1', { ...missing(), unasked: true }),
    ...each('noperm dynperm setuids acl cifsacl idsfromsid setuidfromacl modefromsid modesid', missing(OWN_OWNER)),
    ...each('backupuid= backupgid=', missing(OWN_OWNER)),
    ...each('multichannel max_channels= rdma persistenthandles resilienthandles tcpnodelay witness', missing()),
    ...each('iocharset= netbiosname= servern= srcaddr= domainauto nodfs nouser_xattr sfu', missing()),
    ...each('nocase ignorecase forcemandatorylock forcemand locallease nolease nohandlecache', missing()),
    ...each('nostrictsync nosparse nodelete noblocksend noautotune rwpidforward rootfs compress noac', missing()),
    ...each('closetimeo= acregmax= acdirmax= handletimeout= max_credits= max_cached_dirs=', missing()),
    ...each('min_enc_offload= esize= rasize= retrans= fsc sloppy fsname=', missing()),
    ...each('ignore_signature signloosely', missing('signatures that are wrong are never overlooked')),
    'ver=': outside('it is for the mount program'),
  },
}

/** `vers=3.0,seal,uid=1000` into typed settings. The values themselves are checked by the config schema afterwards. */
export function parseCifsOptions(text: string): Partial<CifsConfig> {
  return parseOptionText(text, CIFS_OPTIONS)
}

/** What is said of the version; undefined when nothing is. */
export function smbVersionIn(options: readonly string[]): CifsConfig['smb_version'] | undefined {
  const said = options.findLast((option) => option.startsWith('vers='))
  return said === undefined ? undefined : VERSIONS[said.slice('vers='.length)]
}
