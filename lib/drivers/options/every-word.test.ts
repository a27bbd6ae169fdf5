import { describe, expect, it } from 'vitest'
import { CifsConfig } from '@/lib/drivers/cifs/config'
import { CIFS_OPTIONS } from '@/lib/drivers/cifs/option-words'
import { BIND_OPTIONS, LocalDirConfig } from '@/lib/drivers/local-dir/descriptor'
import { NfsConfig } from '@/lib/drivers/nfs/config'
import { NFS_OPTIONS } from '@/lib/drivers/nfs/option-words'
import { type OptionTable, optionWordOf, ruleFor } from '@/lib/drivers/options/option-table'
import { readOptions } from '@/lib/drivers/options/read-options'

/** Every word of the manual pages, with a value where it takes one. */
const SYSTEM = `async atime noatime auto noauto context="system_u:object_r:nfs_t:s0:c1,c2" fscontext=a defcontext=a rootcontext=a
  defaults dev nodev diratime nodiratime dirsync exec noexec group iversion noiversion mand nomand _netdev nofail relatime norelatime
  strictatime nostrictatime lazytime nolazytime suid nosuid silent loud owner remount ro rw sync user nouser users nosymfollow
  X-mount.mkdir X-mount.mkdir=0755 X-mount.subdir=a X-mount.owner=a X-mount.group=a X-mount.mode=0700 X-mount.idmap=a
  X-mount.auto-fstypes=a X-mount.nocanonicalize X-mount.noloop x-systemd.requires=a.mount x-systemd.before=a x-systemd.after=a
  x-systemd.wanted-by=a x-systemd.required-by=a x-systemd.requires-mounts-for=/a x-systemd.wants-mounts-for=/a x-systemd.device-bound
  x-systemd.automount x-systemd.idle-timeout=60 x-systemd.device-timeout=9 x-systemd.mount-timeout=30 x-systemd.makefs
  x-systemd.growfs x-systemd.pcrfs x-systemd.validatefs x-systemd.rw-only x-systemd.graceful-option=a x-initrd.mount x-gvfs-show
  x-gvfs-hide x-gvfs-name=Films x-parent=a x-anything comment=systemd.automount comment=mine bind rbind shared slave private
  unbindable rshared rslave rprivate runbindable move loop helper=a uhelper=a`

const NFS = `nfsvers=3 nfsvers=4 vers=4.2 vers=4.1 vers=4.0 vers=2 v2 v3 v4 v4.0 v4.1 v4.2 minorversion=1 soft hard softerr softreval
  nosoftreval intr nointr timeo=600 retrans=3 rsize=1048576 rsize=1000000 wsize=65536 ac noac acregmin=3 acregmax=9 acdirmin=5
  acdirmax=9 actimeo=600 bg fg nconnect=16 max_connect=16 rdirplus nordirplus rdirplus=none rdirplus=force retry=2 retry=0 sec=sys
  sec=krb5 sec=krb5i sec=krb5p sec=none sec=null sec=lkey sec=krb5p:sys xprtsec=none xprtsec=tls xprtsec=mtls sharecache nosharecache
  resvport noresvport lookupcache=all lookupcache=none lookupcache=pos lookupcache=positive fsc fsc=a nofsc sloppy proto=tcp proto=tcp6
  proto=udp proto=udp6 proto=rdma proto=rdma6 udp tcp rdma port=2049 port=0 mountport=20048 mountproto=tcp mounthost=a mountvers=3
  mountaddr=192.0.2.1 namlen=255 lock nolock cto nocto acl noacl local_lock=none local_lock=all local_lock=flock local_lock=posix
  clientaddr=192.0.2.9 migration nomigration trunkdiscovery notrunkdiscovery addr=192.0.2.9 bsize=4096 posix noposix write=lazy
  write=eager write=wait fatal_neterrors=none noalignwrite cert_serial=1 privkey_serial=1`

const CIFS = `username=alice user=alice password=x pass=x password2=x credentials=/etc/a cred=/etc/a uid=1000 forceuid noforceuid
  cruid=1000 gid=100 forcegid noforcegid idsfromsid port=1445 netbiosname=A servern=A file_mode=0640 dir_mode=0750 dirmode=0750
  ip=192.0.2.1 addr=192.0.2.1 domain=A dom=A workgroup=A domainauto guest iocharset=utf8 iocharset=iso8859-1 setuids nosetuids perm
  noperm dynperm nodynperm directio strictcache cache=none cache=strict cache=loose cache=ro cache=singleclient handlecache
  nohandlecache handletimeout=9 rwpidforward mapchars nomapchars mapposix nomapposix mfsymlinks noposixpaths posixpaths prefixpath=a
  intr nointr hard soft nohard nosoft noacl acl user_xattr nouser_xattr nocase ignorecase sfu nosfu serverino noserverino nounix unix
  posix noposix linux nolinux nobrl brl locallease forcemandatorylock forcemand nostrictsync strictsync persistenthandles
  nopersistenthandles resilienthandles noresilienthandles snapshot=@GMT-2024.01.01-00.00.00 nodfs sign seal rdma multiuser actimeo=5
  acregmax=5 acdirmax=5 closetimeo=5 noposix rsize=130048 wsize=1000000 bsize=1048576 max_credits=9 max_channels=4 multichannel
  nomultichannel echo_interval=30 sec=none sec=krb5 sec=krb5i sec=ntlm sec=ntlmi sec=ntlmv2 sec=ntlmv2i sec=ntlmssp sec=ntlmsspi
  sec=lanman vers=1.0 vers=2.0 vers=2.1 vers=3 vers=3.0 vers=3.02 vers=3.0.2 vers=3.11 vers=3.1.1 vers=default vers=9 cifsacl
  modefromsid setuidfromacl backupuid=1 backupgid=1 fsc nosharesock sloppy unc=a upcall_target=app srcaddr=192.0.2.9 nodelete nosparse
  nolease noblocksend noautotune tcpnodelay rootfs compress witness max_cached_dirs=9 min_enc_offload=9 esize=9 rasize=9 retrans=3
  ignore_signature signloosely ver=1 reparse=nfs symlink=native symlinkroot=/mnt nativesocket nonativesocket`

const TABLES = [
  {
    type: 'nfs',
    table: NFS_OPTIONS as OptionTable<object>,
    schema: NfsConfig,
    words: NFS,
    guarded: /^(?:vers|nfsvers|v2|minorversion|sec|xprtsec|cert|privkey)/,
  },
  {
    type: 'cifs',
    table: CIFS_OPTIONS as OptionTable<object>,
    schema: CifsConfig,
    words: CIFS,
    guarded: /^(?:vers=|sec=|multiuser|cruid|snapshot|upcall)/,
  },
  { type: 'local-dir', table: BIND_OPTIONS as OptionTable<object>, schema: LocalDirConfig, words: '', guarded: /^$/ },
]
const GUARDED = /^(?:(?:fs|def|root)?context=|nosymfollow|X-mount\.(?:idmap|subdir)=)/

describe.each(TABLES)('a line of fstab of type $type', ({ table, schema, words, guarded }) => {
  const list = `${SYSTEM} ${words}`.split(/\s+/).filter(Boolean)

  it.each(list)('%s is kept, named or refused, and does not vanish', (option) => {
    const rule = ruleFor(optionWordOf(option), table)
    expect(rule, 'a word of the manual is in the table').toBeDefined()
    const read = readOptions({ source: '', fsType: '', from: 'fstab', options: [option] }, { table, schema })
    const isKept = Object.keys(read.taken).length > 0
    const isTold = read.leftOut.includes(option) || read.refusal?.includes(`"${optionWordOf(option).name}"`) === true
    // Read by the mount or by the type itself, or what every mount of ours is.
    const isOurs = option === 'ro' || option === 'rw' || rule?.fate === 'usual' || rule?.fate === 'elsewhere'
    expect([isKept, isTold, isOurs].filter(Boolean)).toHaveLength(1)
    if (read.refusal !== null) expect(option).toMatch(new RegExp(`${guarded.source}|${GUARDED.source}`))
  })

  it.each(['zork', 'zork=1', '__proto__', 'constructor', 'toString=x'])('names the unknown word %s', (option) => {
    expect(readOptions({ source: '', fsType: '', from: 'fstab', options: [option] }, { table, schema })).toEqual({
      taken: {},
      leftOut: [option],
      refusal: null,
    })
  })
})
