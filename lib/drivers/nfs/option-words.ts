import type { z } from 'zod'
import type { NfsConfig } from '@/lib/drivers/nfs/config'
import {
  each,
  missing,
  type OptionRule,
  type OptionTable,
  optionWords,
  refused,
  sets,
  size,
  unasked,
  usual,
  wholeNumber,
  wordFor,
} from '@/lib/drivers/options/option-table'
import { parseOptionText } from '@/lib/drivers/options/option-text'
import { SYSTEM_WORDS } from '@/lib/drivers/options/system-words'

type Config = z.infer<typeof NfsConfig>
type Rule = OptionRule<Config>

const WAITING = 'Holdfast itself keeps trying when the server is away'
const MOUNT_SERVER = 'the kernel finds the mount service of the server by itself'
const UDP = 'NFS over UDP can damage data and is not offered; TCP is used'
const CACHE_TIMES = 'Holdfast has one time for all attributes, actimeo'
const SIZES = { least: 1024, most: 1_048_576 }

const VERSIONS: Readonly<Record<string, Config['version']>> = {
  '3': '3',
  '3.0': '3',
  '4': '4',
  '4.0': '4.0',
  '4.1': '4.1',
  '4.2': '4.2',
}

function version(value: string): Partial<Config> | string {
  const known = Object.hasOwn(VERSIONS, value) ? VERSIONS[value] : undefined
  if (known !== undefined) return { version: known }
  if (/^2(?:\.|$)/.test(value)) return 'NFS 2 is no longer spoken by kernels; the server has to offer version 3 or 4'
  return 'versions are 3, 4, 4.0, 4.1 and 4.2'
}

/** A loss of these would be another protocol or another protection. */
const VERSION: Rule = { fate: 'kept', read: version, guards: true }
const SECURITY: Rule = {
  fate: 'kept',
  read: (value) =>
    /^(?:sys|krb5[ip]?)$/.test(value)
      ? { sec: value as NonNullable<Config['sec']> }
      : 'sec is sys, krb5, krb5i or krb5p',
  guards: true,
}

/** Every option of nfs(5), and those that kernels take besides. */
export const NFS_OPTIONS: OptionTable<Config> = {
  protocol: 'NFS',
  words: {
    ...SYSTEM_WORDS,
    hard: sets({ on_outage: 'hard' }),
    soft: sets({ on_outage: 'soft' }),
    softerr: sets({ on_outage: 'softerr' }),
    ro: sets({ read_only: true }),
    rw: sets({ read_only: false }),
    sync: sets({ sync: true }),
    noatime: sets({ noatime: true }),
    atime: sets({ noatime: false }),
    relatime: { ...sets<Config>({ noatime: false }), unasked: true },
    nolock: sets({ nolock: true }),
    lock: sets({ nolock: false }),
    'local_lock=': {
      fate: 'kept',
      read: (value) => (value === 'all' ? { nolock: true } : 'locks are all on the server or all on the host'),
    },
    // The kernel says so of every mount.
    'local_lock=none': unasked,
    nordirplus: sets({ nordirplus: true }),
    'rdirplus=none': sets({ nordirplus: true }),
    rdirplus: sets({ nordirplus: false }),
    'rdirplus=': missing(),
    noresvport: sets({ noresvport: true }),
    resvport: sets({ noresvport: false }),
    noexec: sets({ noexec: true }),
    exec: sets({ noexec: false }),
    noac: sets({ actimeo: 0, sync: true }),
    ...Object.fromEntries(
      ['2', '3', '4', '4.0', '4.1', '4.2'].map((value): [string, Rule] => [`v${value}`, spelt(value)]),
    ),
    ...each('vers= nfsvers=', VERSION),
    'minorversion=': { fate: 'kept', read: (value) => version(`4.${value}`), guards: true },
    'sec=': SECURITY,
    ...each('xprtsec=tls xprtsec=mtls xprtsec=', refused('Holdfast has no encrypted transport for NFS')),
    'xprtsec=none': usual,
    ...each('cert_serial= privkey_serial=', refused('Holdfast has no encrypted transport for NFS')),

    'timeo=': wholeNumber('timeo'),
    'retrans=': wholeNumber('retrans'),
    'port=': wholeNumber('port'),
    // As if it were not there.
    'port=0': usual,
    'nconnect=': wholeNumber('nconnect'),
    'actimeo=': wholeNumber('actimeo'),
    'rsize=': { ...size<Config>('rsize', SIZES), unasked: true },
    'wsize=': { ...size<Config>('wsize', SIZES), unasked: true },
    'proto=': wordFor('proto', { rdma6: 'rdma' }),
    ...each('proto=udp proto=udp6 udp', missing(UDP)),
    tcp: sets({ proto: 'tcp' }),
    rdma: sets({ proto: 'rdma' }),
    'lookupcache=': wordFor('lookupcache', { pos: 'positive' }),

    ...each('fg intr nointr retry=0 ac cto acl sharecache nofsc nomigration nosoftreval', usual),
    ...each('notrunkdiscovery noposix sharetransport alignwrite', usual),
    ...each('bg retry=', missing(WAITING)),
    ...each('acregmin= acregmax= acdirmin= acdirmax=', missing(CACHE_TIMES)),
    ...each('nocto noacl nosharecache fsc fsc= migration softreval trunkdiscovery max_connect=', missing()),
    ...each('write=lazy write=eager write=wait write= posix nosharetransport sloppy noalignwrite', missing()),
    ...each('fatal_neterrors= bsize=', missing()),
    // The same.
    'fatal_neterrors=none': { ...missing(), unasked: true },
    'addr=': { ...missing('the server has its own field'), unasked: true },
    ...each('clientaddr= namlen=', { ...missing('the kernel finds it out by itself'), unasked: true }),
    ...each('mountaddr= mounthost= mountport= mountproto= mountvers=', { ...missing(MOUNT_SERVER), unasked: true }),
  },
}

/** `v4.1` for `vers=4.1`. */
function spelt(value: string): Rule {
  return { fate: 'kept', read: () => version(value), guards: true }
}

/** What is said of versions; undefined when nothing is. */
export function versionIn(options: readonly string[]): Config['version'] | undefined {
  const words = options.filter((option) => /^(?:v[234](?:\.\d)?$|vers=|nfsvers=|minorversion=)/.test(option))
  try {
    return parseNfsOptions(words.join()).version
  } catch {
    // Another one than there is: refused under its name.
    return undefined
  }
}

/** Of these the kernel takes no notice in version 4. */
export const ONLY_VERSION_3 = ['nolock', 'nordirplus'] as const

/** `rw,soft,timeo=50` into typed settings. The values themselves are checked by the config schema afterwards. */
export function parseNfsOptions(text: string): Partial<Config> {
  const settings: Partial<Config> = parseOptionText(text, NFS_OPTIONS)
  // `vers=4,minorversion=1` is 4.1, in whatever order.
  const minor = optionWords(text).find(({ name }) => name === 'minorversion')?.value
  if (minor !== undefined) Object.assign(settings, version(`4.${minor}`))
  if (!settings.version?.startsWith('4')) return settings
  for (const word of ONLY_VERSION_3) delete settings[word]
  return settings
}
