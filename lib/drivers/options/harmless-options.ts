/**
 * The options whose words and values may leave a host: those of mount(8), fstab(5), systemd.mount(5), nfs(5), mount.cifs(8) and of the
 * other storage that people mount. The list is closed: what is not in it may be, or may carry, a secret.
 */

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean)

/** They stand alone. */
const FLAGS: ReadonlySet<string> = new Set(
  words(`
    defaults rw ro auto noauto user nouser users owner group exec noexec suid nosuid dev nodev atime noatime diratime nodiratime
    relatime norelatime strictatime nostrictatime lazytime nolazytime sync async dirsync mand nomand silent loud iversion
    noiversion remount bind rbind private rprivate shared rshared slave rslave unbindable runbindable nofail _netdev sloppy
    nosymfollow acl noacl posixacl noposixacl user_xattr nouser_xattr xattr noxattr quota noquota usrquota grpquota prjquota
    discard nodiscard loop inode32 inode64 barrier nobarrier space_cache ssd autodefrag
    x-systemd.automount x-systemd.device-bound x-systemd.makefs x-systemd.growfs x-systemd.rw-only x-systemd.pcrfs
    x-systemd.validatefs x-initrd.mount x-initrd.attach x-mount.mkdir x-mount.nocanonicalize x-gvfs-show x-gvfs-hide
    x-gvfs-trash x-gvfs-notrash x-udisks-auth

    hard soft softerr softreval nosoftreval intr nointr ac noac bg fg rdirplus nordirplus cto nocto lock nolock resvport
    noresvport sharecache nosharecache fsc nofsc migration nomigration tcp udp rdma posix noposix v2 v3 v4 v4.0 v4.1 v4.2 vers4
    trunkdiscovery notrunkdiscovery

    guest sign nosign seal forceuid noforceuid forcegid noforcegid nocase ignorecase mapchars nomapchars mapposix nomapposix
    serverino noserverino unix nounix linux nolinux posixpaths noposixpaths perm noperm dynperm nodynperm cifsacl nocifsacl
    idsfromsid modefromsid brl nobrl forcemandatorylock noblocksend noautotune multiuser nomultiuser mfsymlinks nomfsymlinks
    sfu nosfu dfs nodfs resilienthandles noresilienthandles persistenthandles nopersistenthandles sharesock nosharesock
    domainauto directio forcedirectio strictcache strictsync nostrictsync setuids nosetuids rwpidforward handlecache
    nohandlecache nodelete nolease multichannel nomultichannel witness nowitness compress sparse nosparse nativesocket
    tcpnodelay noasyncwrite unicode nounicode signloosely

    noshare share nocrc crc dcache nodcache wsync nowsync rbytes norbytes dirstat nodirstat asyncreaddir noasyncreaddir
    nocephx nopoolperm poolperm
    allow_other allow_root default_permissions nonempty reconnect follow_symlinks transform_symlinks compression delay_connect
    direct_io kernel_cache auto_cache big_writes splice_read splice_write splice_move no_remote_lock password_stdin
    use_path_request_style use_ino enable_acl dropcacheonclose flock noflock localflock user_xattr lazystatfs nolazystatfs
    checksum nochecksum lruresize nolruresize 32bitapi no32bitapi verbose noverbose encrypt noencrypt zfsutil casesensitive
    nodevmap mmap posixlock dax args2env
  `),
)

const NUMBER = /^-?(?:0x[0-9a-f]{1,16}|\d{1,20}(?:[.]\d{1,9})?)(?:[kmgtp](?:i?b)?|%|s|ms|min|h|d)?$/i
const WORD = /^[a-z0-9](?:[a-z0-9._+:-]{0,30})$/i
const ADDRESS = /^[\w.:%[\],/-]{1,255}$/
const PATH = /^(?:~?\/|%[dh]\/)[^\p{Cc},;?="]{0,1023}$/u
const SECURITY = /^(?:(?:none|null|sys|unix|krb5[ip]?|lkey[ip]?|spkm3?[ip]?|ntlm(?:v2|ssp)?i?|nontlm|lanman)(?::|$))+$/
const VERSION = /^(?:v?\d(?:[.]\d{1,2}){0,2}|3any|default|9p2000(?:[.][ul])?)$/i
const TRANSPORT = /^(?:tcp|udp|rdma)6?$|^(?:virtio|fd|unix|xen|auto|socket|ib)$/
const NAME = /^[^\p{Cc},:"%=]{1,256}$/u
const UNIT = /^[\w:.@\\/-]{1,255}$/
const LABEL = /^(?:"[\w:.,-]{1,255}"|[\w:.-]{1,255})$/

/** What a value of each of these looks like; one that does not is hidden. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  [
    NUMBER,
    `offset sizelimit uid gid umask fmask dmask mode size nr_inodes commit stripe subvolid file_mode dir_mode port timeo retrans
     rsize wsize bsize namlen acregmin acregmax acdirmin acdirmax actimeo retry mountport mountvers nconnect max_connect minorversion
     mountprog nfsprog closetimeo echo_interval max_channels max_credits max_cached_dirs handletimeout min_enc_offload esize
     cruid backupuid backupgid rasize rdcachesize mount_timeout osdkeepalive caps_max readdir_max_entries readdir_max_bytes
     write_congestion_kb attribute-timeout entry-timeout attr_timeout entry_timeout negative_timeout ac_attr_timeout max_read
     max_write blksize user_id group_id rootmode max_background congestion_threshold serveraliveinterval serveralivecountmax
     connecttimeout mp_umask minfreespace msize dfltuid dfltgid fd pgrp timeout minproto maxproto pipe_ino
     x-systemd.idle-timeout x-systemd.device-timeout x-systemd.mount-timeout x-mount.mkdir x-mount.mode`,
  ],
  [
    WORD,
    `lookupcache local_lock xprtsec write rdirplus fatal_neterrors cache iocharset reparse
     symlink upcall_target snapshot errors data helper uhelper usrquota grpquota jqfmt uid gid mode
     fs mds_namespace fsid ms_mode recover_session snapdirname log-level direct-io-mode
     ciphers stricthostkeychecking idmap compression endpoint vfs_cache_mode vfs-cache-mode dir_cache_time dir-cache-time
     category.create category.action category.search cache.files func.getattr func.readdir moveonenospc inodecalc ignorepponrename
     access xattr flock localflock checksum x-mount.owner x-mount.group compress space_cache`,
  ],
  [SECURITY, 'sec'],
  [VERSION, 'vers nfsvers version'],
  [TRANSPORT, 'proto mountproto transport trans'],
  [ADDRESS, 'addr ip clientaddr mountaddr mounthost srcaddr mon_addr backup-volfile-servers backupvolfile-server'],
  [
    PATH,
    `credentials cred secretfile keyfile conf passwd_file identityfile userknownhostsfile log-file use_cache cache_dir cache-dir
     config cfgfile subvol prefixpath symlinkroot x-systemd.requires-mounts-for x-systemd.wants-mounts-for x-mount.subdir aname`,
  ],
  [NAME, 'user username dom domain domainname workgroup netbiosname servern name uname'],
  [
    UNIT,
    `x-systemd.requires x-systemd.wants x-systemd.requires-mounts-for x-systemd.before x-systemd.after x-systemd.wanted-by
     x-systemd.required-by`,
  ],
  [LABEL, 'context fscontext defcontext rootcontext'],
  [/^(?:x-)?systemd[.](?:automount|mount|device|idle)[\w.=-]{0,40}$/, 'comment'],
]

const SHAPES = new Map<string, RegExp[]>()
for (const [shape, keys] of VALUES) for (const key of words(keys)) SHAPES.set(key, [...(SHAPES.get(key) ?? []), shape])

/** Words that announce a secret or free text, so that it does not hide anything to name them. */
const SPEAKING: ReadonlySet<string> = new Set(
  words(`
    pass password passwd password2 pass2 pwd passphrase secret token access_token key privkey cert comment sep
    ssh_command ahbe_conf x-gvfs-name x-gvfs-icon x-gvfs-symbolic-icon x-mount.idmap fsname url
  `),
)

export function isHarmlessFlag(word: string): boolean {
  return FLAGS.has(word.toLowerCase())
}

/** Is it a key whose values may be told, and this one as such a value looks? */
export function isHarmlessValue(key: string, value: string): boolean {
  // An empty one hides nothing.
  return SHAPES.get(key.toLowerCase())?.some((shape) => value === '' || shape.test(value)) ?? false
}

/** Is it the name of an option, and no part of somebody's password? */
export function isOptionKey(word: string): boolean {
  const key = word.toLowerCase()
  return SPEAKING.has(key) || SHAPES.has(key) || FLAGS.has(key)
}

/** Does it announce a secret or free text, in which commas may follow? */
export function announcesSecret(word: string): boolean {
  return SPEAKING.has(word.toLowerCase())
}
