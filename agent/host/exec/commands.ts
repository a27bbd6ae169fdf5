import { statSync } from 'node:fs'
import { type Distribution, familyNamed } from '@/lib/agent-protocol/package-managers'

type Packages = Readonly<Record<Distribution, string>>

export interface CatalogueEntry {
  /** Absolute paths, first that exists wins. Never taken from the environment. */
  paths: readonly string[]
  timeoutMs: number
  okExitCodes: readonly number[]
  /** Package that brings the command. */
  packages: Packages
  /** Arguments that print the version and touch nothing. null: it has none. */
  version: readonly string[] | null
  /** What it starts lives on by itself, and is to have none of what the agent keeps to itself: its umask, and its protection from the OOM killer. */
  startsOthers?: true
}

function everywhere(name: string): Packages {
  return { debian: name, ubuntu: name, rhel: name, fedora: name, suse: name, arch: name, alpine: name }
}

function system(name: string, more: Partial<CatalogueEntry> & { packages: Packages }): CatalogueEntry {
  return {
    paths: [`/usr/bin/${name}`, `/usr/sbin/${name}`, `/bin/${name}`, `/sbin/${name}`],
    timeoutMs: 10_000,
    okExitCodes: [0],
    version: ['--version'],
    ...more,
  }
}

const UTIL_LINUX = everywhere('util-linux')
const COREUTILS = everywhere('coreutils')
const NFS: Packages = { ...everywhere('nfs-utils'), debian: 'nfs-common', ubuntu: 'nfs-common', suse: 'nfs-client' }
const RPCBIND = everywhere('rpcbind')
const CHATTR: Packages = { ...everywhere('e2fsprogs'), alpine: 'e2fsprogs-extra' }
const SYSTEMD: Packages = { ...everywhere('systemd'), alpine: '(none: Alpine has no systemd)' }

function only(distributions: readonly Distribution[], name: string): Packages {
  const packages = { ...everywhere('(not of this distribution)') }
  for (const distribution of distributions) packages[distribution] = name
  return packages
}

/** No distribution has it; its installer puts it into one of these places. */
function wolfdiskProgram(name: string): CatalogueEntry {
  return {
    paths: [`/usr/local/bin/${name}`, `/opt/wolfdisk/${name}`, `/usr/bin/${name}`],
    timeoutMs: 10_000,
    // Help is printed with 0 or 2, as with every program of its kind.
    okExitCodes: [0, 2],
    packages: everywhere('(from the WolfDisk installer)'),
    version: null,
  }
}

/**
 * Every program that the agent may start: name → where it may lie, how long it may run, which exit codes are answers, and
 * which package brings it. A name that is not here cannot be run.
 */
export const COMMANDS = {
  mount: system('mount', { timeoutMs: 60_000, packages: UTIL_LINUX }),
  umount: system('umount', { packages: UTIL_LINUX }),
  /** What runs confined is started by it, and takes its own time. */
  unshare: system('unshare', { timeoutMs: 120_000, packages: UTIL_LINUX }),
  prlimit: system('prlimit', { packages: { ...UTIL_LINUX, alpine: 'util-linux-misc' } }),
  setpriv: system('setpriv', { packages: { ...UTIL_LINUX, alpine: 'setpriv' } }),
  chroot: system('chroot', { packages: COREUTILS }),
  /** With `ip` and `unshare` for the network namespaces of daemons. */
  nsenter: system('nsenter', { packages: UTIL_LINUX }),
  ip: system('ip', {
    packages: { ...everywhere('iproute2'), rhel: 'iproute', fedora: 'iproute' },
    version: ['-V'],
  }),
  findmnt: system('findmnt', { packages: UTIL_LINUX }),
  stat: system('stat', { timeoutMs: 15_000, packages: COREUTILS }),
  ls: system('ls', { timeoutMs: 15_000, packages: COREUTILS }),
  dd: system('dd', { timeoutMs: 30_000, packages: COREUTILS }),
  cat: system('cat', { timeoutMs: 30_000, packages: COREUTILS }),
  rm: system('rm', { timeoutMs: 30_000, packages: COREUTILS }),
  chattr: system('chattr', { packages: CHATTR, version: ['-V'] }),
  'mount.nfs': system('mount.nfs', { packages: NFS, version: ['-V'] }),
  showmount: system('showmount', { packages: NFS }),
  rpcinfo: system('rpcinfo', { packages: RPCBIND, version: null }),
  'mount.cifs': system('mount.cifs', { packages: everywhere('cifs-utils'), version: ['-V'] }),
  smbclient: system('smbclient', {
    timeoutMs: 30_000,
    packages: { ...everywhere('samba-client'), debian: 'smbclient', ubuntu: 'smbclient', arch: 'smbclient' },
  }),
  /** The ceph command is a Python program: seconds to start on a small host. */
  ceph: system('ceph', {
    timeoutMs: 60_000,
    packages: { ...everywhere('ceph-common'), arch: 'ceph', alpine: 'ceph-common' },
  }),
  rbd: system('rbd', {
    timeoutMs: 60_000,
    packages: { ...everywhere('ceph-common'), arch: 'ceph', alpine: 'ceph-common' },
  }),
  modprobe: system('modprobe', { packages: everywhere('kmod') }),
  iscsiadm: system('iscsiadm', {
    // A login waits up to 15 s for the target, and as long again to give it up.
    timeoutMs: 60_000,
    packages: { ...everywhere('open-iscsi'), rhel: 'iscsi-initiator-utils', fedora: 'iscsi-initiator-utils' },
  }),
  lvm: system('lvm', { timeoutMs: 90_000, packages: everywhere('lvm2'), version: ['version'] }),
  dmsetup: system('dmsetup', {
    timeoutMs: 10_000,
    packages: { ...everywhere('device-mapper'), debian: 'dmsetup', ubuntu: 'dmsetup' },
  }),
  thin_check: system('thin_check', {
    packages: {
      ...everywhere('device-mapper-persistent-data'),
      debian: 'thin-provisioning-tools',
      ubuntu: 'thin-provisioning-tools',
      suse: 'thin-provisioning-tools',
      arch: 'thin-provisioning-tools',
      alpine: 'thin-provisioning-tools',
    },
    version: ['-V'],
  }),
  wipefs: system('wipefs', { packages: { ...UTIL_LINUX, alpine: 'wipefs' } }),
  blkid: system('blkid', { packages: { ...UTIL_LINUX, alpine: 'blkid' } }),
  blkdiscard: system('blkdiscard', { timeoutMs: 600_000, packages: { ...UTIL_LINUX, alpine: 'blkdiscard' } }),
  blockdev: system('blockdev', { timeoutMs: 30_000, packages: { ...UTIL_LINUX, alpine: 'util-linux-misc' } }),
  /** Seconds on a disk that is failing; the agent asks one at a time. */
  smartctl: system('smartctl', { timeoutMs: 30_000, packages: everywhere('smartmontools') }),
  cmp: system('cmp', { timeoutMs: 30_000, packages: everywhere('diffutils') }),
  'qemu-img': system('qemu-img', {
    timeoutMs: 120_000,
    packages: {
      ...everywhere('qemu-img'),
      debian: 'qemu-utils',
      ubuntu: 'qemu-utils',
      suse: 'qemu-tools',
    },
  }),
  /** Of libvirt, for the machines of the host; asks its daemon, wherever that has its socket. */
  virsh: system('virsh', {
    // A start reserves the memory of the machine; looks set themselves shorter limits.
    timeoutMs: 30_000,
    packages: {
      ...everywhere('libvirt-client'),
      debian: 'libvirt-clients',
      ubuntu: 'libvirt-clients',
      arch: 'libvirt',
    },
  }),
  /** Of LXC, for the containers of the host. */
  'lxc-ls': system('lxc-ls', { timeoutMs: 20_000, packages: everywhere('lxc') }),
  'lxc-info': system('lxc-info', { packages: everywhere('lxc') }),
  'lxc-config': system('lxc-config', { packages: everywhere('lxc'), version: null }),
  'lxc-start': system('lxc-start', { timeoutMs: 60_000, packages: everywhere('lxc'), startsOthers: true }),
  /** A container has 30 s to end by itself. */
  'lxc-stop': system('lxc-stop', { timeoutMs: 60_000, packages: everywhere('lxc') }),
  'lxc-unfreeze': system('lxc-unfreeze', { packages: everywhere('lxc') }),
  /** A program in Perl that reads the whole configuration of a cluster: a second and more to start, and a stop may take 30 s more. */
  pct: system('pct', { timeoutMs: 90_000, packages: everywhere('(comes with Proxmox VE)'), version: null }),
  rclone: {
    paths: ['/usr/bin/rclone', '/usr/local/bin/rclone'],
    timeoutMs: 30_000,
    okExitCodes: [0],
    packages: everywhere('rclone'),
    version: ['version'],
  },
  /** Its first reading of a large repository takes minutes; who waits for an answer asks for less. */
  restic: {
    paths: ['/usr/local/bin/restic', '/usr/bin/restic'],
    timeoutMs: 600_000,
    okExitCodes: [0],
    packages: everywhere('restic'),
    version: ['version'],
  },
  wolfdisk: wolfdiskProgram('wolfdisk'),
  wolfdiskctl: wolfdiskProgram('wolfdiskctl'),
  fusermount3: system('fusermount3', {
    packages: { ...everywhere('fuse3') },
    version: ['-V'],
  }),
  systemctl: system('systemctl', { timeoutMs: 90_000, packages: SYSTEMD }),
  journalctl: system('journalctl', { packages: SYSTEMD }),
  'apt-get': system('apt-get', { timeoutMs: 600_000, packages: only(['debian', 'ubuntu'], 'apt') }),
  dnf: system('dnf', { timeoutMs: 600_000, packages: only(['rhel', 'fedora'], 'dnf') }),
  zypper: system('zypper', { timeoutMs: 600_000, packages: only(['suse'], 'zypper') }),
  pacman: system('pacman', { timeoutMs: 600_000, packages: only(['arch'], 'pacman') }),
  apk: system('apk', { timeoutMs: 600_000, packages: only(['alpine'], 'apk-tools') }),
  tar: system('tar', { timeoutMs: 120_000, packages: everywhere('tar') }),
  /** The installed agent; while it is updated, the one that takes its place. */
  'holdfast-agent': {
    paths: ['/usr/local/lib/holdfast-agent/holdfast-agent'],
    timeoutMs: 30_000,
    okExitCodes: [0],
    packages: everywhere('(from the console)'),
    version: null,
  },
  /** This very Node: for our own helper processes only. */
  node: {
    paths: [process.execPath],
    timeoutMs: 60_000,
    okExitCodes: [0],
    packages: everywhere('nodejs'),
    version: null,
  },
} as const satisfies Record<string, CatalogueEntry>

export type CommandName = keyof typeof COMMANDS

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name)
}

/** Where the command lies on this machine, or null. Only programs on local disk in fixed places are looked at. */
export function locateCommand(name: CommandName): string | null {
  const entry: CatalogueEntry = COMMANDS[name]
  for (const path of entry.paths) {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isFile()) return path
  }
  return null
}

/** Maps the fields of /etc/os-release to the family whose package names apply; unknown ones count as Debian-like. */
export function distributionFamily(osRelease: { id: string; idLike: string }): Distribution {
  const words = [osRelease.id, ...osRelease.idLike.split(/\s+/)]
  for (const word of words) {
    const family = familyNamed(word)
    if (family !== null) return family
  }
  return 'debian'
}

export function packageFor(name: CommandName, distribution: Distribution): string {
  return COMMANDS[name].packages[distribution]
}
