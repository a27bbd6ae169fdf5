// What the tests need from the system, as Debian packages, and how each is recognised.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const SYSTEM_PACKAGES = [
  { package: 'postgresql', groups: ['unit'], present: () => anyPath('/usr/lib/postgresql/*/bin/initdb') },
  { package: 'fuse3', groups: ['machine'], present: () => onPath('fusermount3') },
  { package: 'rclone', groups: ['machine'], present: () => onPath('rclone') },
  { package: 'python3', groups: ['machine'], present: () => onPath('python3') },
  { package: 'strace', groups: ['machine'], present: () => onPath('strace') },
  { package: 'sqlite3', groups: ['product'], present: () => onPath('sqlite3') },
  { package: 'chromium', groups: ['console'], present: () => onPath('chromium') },
  { package: 'qemu-system-x86', groups: ['machine', 'lab'], present: () => onPath('qemu-system-x86_64') },
  {
    package: 'qemu-system-common',
    groups: ['lab'],
    present: () => existsSync('/usr/lib/x86_64-linux-gnu/qemu') || existsSync('/usr/share/qemu'),
  },
  // virt-xml-validate, which runs xmllint.
  { package: 'libvirt-clients', groups: ['machine'], present: () => onPath('virt-xml-validate') },
  { package: 'libvirt-daemon', groups: ['machine'], present: () => onPath('libvirtd') },
  {
    package: 'libvirt-daemon-driver-qemu',
    groups: ['machine'],
    present: () => anyPath('/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so'),
  },
  { package: 'libxml2-utils', groups: ['machine'], present: () => onPath('xmllint') },
  { package: 'qemu-utils', groups: ['machine', 'product', 'console', 'lab'], present: () => onPath('qemu-img') },
  { package: 'lvm2', groups: ['machine'], present: () => onPath('lvm') },
  { package: 'seabios', groups: ['lab'], present: () => existsSync('/usr/share/seabios') },
  { package: 'ipxe-qemu', groups: ['lab'], present: () => existsSync('/usr/lib/ipxe/qemu') },
  { package: 'mmdebstrap', groups: ['lab'], present: () => onPath('mmdebstrap') },
  { package: 'cpio', groups: ['lab'], present: () => onPath('cpio') },
  {
    package: 'debian-archive-keyring',
    groups: ['lab'],
    present: () => existsSync('/usr/share/keyrings/debian-archive-keyring.gpg'),
  },
  { package: 'openssh-client', groups: ['lab'], present: () => onPath('ssh') },
]

function onPath(command) {
  return ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((dir) =>
    existsSync(`${dir}/${command}`),
  )
}

function anyPath(pattern) {
  return spawnSync('sh', ['-c', `ls ${pattern}`]).status === 0
}

export const isRoot = () => process.getuid?.() === 0

export function missingPackages(group) {
  return SYSTEM_PACKAGES.filter((entry) => (group === undefined || entry.groups.includes(group)) && !entry.present())
}

/** On Debian and Ubuntu as root: installs what is missing and says which. Elsewhere the tiers that need it are skipped. */
export async function ensureSystemPackages(group) {
  const missing = missingPackages(group).map((entry) => entry.package)
  if (missing.length === 0 || !isRoot() || !onPath('apt-get')) return
  console.log(`Installing system packages: ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env })
  const result = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
  if (result.status !== 0) console.log('Some system packages could not be installed; the tiers that need them say so.')
}
