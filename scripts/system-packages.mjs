// What the tests need from the system, as Debian packages, and how each is recognised.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where programs lie that were taken out of their package. */
const PROGRAMS = fileURLToPath(new URL('../.cache/programs', import.meta.url))

const SYSTEM_PACKAGES = [
  { package: 'postgresql', groups: ['unit'], present: () => anyPath('/usr/lib/postgresql/*/bin/initdb') },
  { package: 'fuse3', groups: ['machine'], present: () => onPath('fusermount3') },
  { package: 'rclone', groups: ['machine'], present: () => onPath('rclone') },
  { package: 'python3', groups: ['machine'], present: () => onPath('python3') },
  // Another VNC server than QEMU's, and what looks into its clipboard.
  { package: 'tigervnc-standalone-server', groups: ['machine'], present: () => onPath('Xtigervnc') },
  { package: 'xclip', groups: ['machine'], present: () => onPath('xclip') },
  // What others take to bring a VNC server into a browser, to measure beside ours.
  { package: 'websockify', groups: ['product'], present: () => onPath('websockify') },
  // gvnccapture: a viewer of others, without a display of its own.
  { package: 'gvncviewer', groups: ['product'], present: () => onPath('gvnccapture') },
  { package: 'strace', groups: ['machine'], present: () => onPath('strace') },
  { package: 'sqlite3', groups: ['product'], present: () => onPath('sqlite3') },
  // Installed, it would start a server on all addresses, now and at each boot; only its programs are wanted.
  {
    package: 'prometheus',
    groups: ['product'],
    programs: ['prometheus', 'promtool'],
    present: () => ['prometheus', 'promtool'].every((name) => programPath(name) !== undefined),
  },
  // Installed, they would start an engine that changes the network of this machine.
  {
    package: 'docker.io',
    groups: ['machine'],
    programs: ['dockerd'],
    present: () => programPath('dockerd') !== undefined,
  },
  {
    package: 'containerd',
    groups: ['machine'],
    programs: ['containerd', 'containerd-shim-runc-v2'],
    present: () => ['containerd', 'containerd-shim-runc-v2'].every((name) => programPath(name) !== undefined),
  },
  { package: 'runc', groups: ['machine'], programs: ['runc'], present: () => programPath('runc') !== undefined },
  // The one of Debian 12 is too old to make backups with; the one of its successor runs there as it is.
  { package: 'restic', groups: ['machine'], release: 'trixie', present: hasWholeRestic },
  { package: 'chromium', groups: ['console'], present: () => onPath('chromium') },
  { package: 'qemu-system-x86', groups: ['machine', 'console', 'lab'], present: () => onPath('qemu-system-x86_64') },
  {
    package: 'qemu-system-common',
    groups: ['lab'],
    present: () => existsSync('/usr/lib/x86_64-linux-gnu/qemu') || existsSync('/usr/share/qemu'),
  },
  // virt-xml-validate, which runs xmllint.
  { package: 'libvirt-clients', groups: ['machine', 'console'], present: () => onPath('virt-xml-validate') },
  { package: 'libvirt-daemon', groups: ['machine', 'console'], present: () => onPath('libvirtd') },
  {
    package: 'libvirt-daemon-driver-qemu',
    groups: ['machine', 'console'],
    present: () => anyPath('/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so'),
  },
  { package: 'libxml2-utils', groups: ['machine'], present: () => onPath('xmllint') },
  { package: 'qemu-utils', groups: ['machine', 'product', 'console', 'lab'], present: () => onPath('qemu-img') },
  { package: 'smartmontools', groups: ['machine'], present: () => onPath('smartctl') },
  { package: 'lxc', groups: ['machine'], present: () => onPath('lxc-ls') },
  { package: 'busybox-static', groups: ['machine'], present: () => onPath('busybox') },
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

const PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

function onPath(command) {
  return PATH.some((dir) => existsSync(`${dir}/${command}`))
}

/** A program of the system, or one that was taken out of its package; undefined where there is none. */
export function programPath(name) {
  return [...PATH, PROGRAMS].map((dir) => path.join(dir, name)).find((file) => existsSync(file))
}

function anyPath(pattern) {
  return spawnSync('sh', ['-c', `ls ${pattern}`]).status === 0
}

/** As `wholeSince` of lib/backup-engines/restic/descriptor.ts. */
function hasWholeRestic() {
  const said = spawnSync('restic', ['version'], { encoding: 'utf8', env: { PATH: PATH.join(':') } }).stdout ?? ''
  const [, major, minor] = /^restic (\d+)\.(\d+)\./.exec(said) ?? []
  return Number(major) > 0 || Number(minor) >= 17
}

export const isRoot = () => process.getuid?.() === 0

export function missingPackages(group) {
  return SYSTEM_PACKAGES.filter((entry) => (group === undefined || entry.groups.includes(group)) && !entry.present())
}

/** On Debian and Ubuntu as root: installs what is missing and says which. Elsewhere the tiers that need it are skipped. */
export async function ensureSystemPackages(group) {
  const missing = missingPackages(group)
  if (missing.length === 0 || !isRoot() || !onPath('apt-get')) return
  console.log(`Installing system packages: ${missing.map((entry) => entry.package).join(' ')}`)
  apt(['update', '-qq'])
  const isOfRelease = (entry) => entry.release !== undefined && !isOffered(entry)
  const plain = missing.filter((entry) => !isOfRelease(entry))
  const whole = plain.filter((entry) => entry.programs === undefined).map((entry) => entry.package)
  const isInstalled = whole.length === 0 || apt(['install', '-y', '-qq', '--no-install-recommends', ...whole])
  const isTaken = missing.filter((entry) => entry.programs !== undefined).every(takePrograms)
  const isBorrowed = missing.filter(isOfRelease).every(installOfRelease)
  if (!isInstalled || !isTaken || !isBorrowed)
    console.log('Some system packages could not be installed; the tiers that need them say so.')
}

/** Is the system's own package as new as that of the release that is named? */
function isOffered(entry) {
  const releases = readFileSync('/etc/os-release', 'utf8')
  return !releases.includes('VERSION_CODENAME=bookworm') || entry.release === 'bookworm'
}

/** Installs a package of another release of Debian, from the mirror that apt uses, whose own lists stay as they are. */
function installOfRelease(entry) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'holdfast-package-'))
  try {
    const format = ['--format', '$(REPO_URI)', 'Created-By: Packages', 'Origin: Debian', 'Component: main']
    const targets = spawnSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).stdout ?? ''
    const mirror = targets.split('\n').find((line) => /\/debian\/?$/.test(line))
    if (mirror === undefined) return false
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
    writeFileSync(path.join(scratch, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${entry.release} main\n`)
    for (const folder of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(path.join(scratch, folder), { recursive: true })
    }
    const options = Object.entries({
      'Dir::Etc::sourcelist': path.join(scratch, 'sources.list'),
      'Dir::Etc::sourceparts': '-',
      'Dir::State::lists': path.join(scratch, 'lists'),
      'Dir::Cache': path.join(scratch, 'cache'),
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
    }).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    if (!apt([...options, 'update', '-qq'])) return false
    if (!apt([...options, 'download', '-qq', entry.package], scratch)) return false
    const [file] = readdirSync(scratch).filter((name) => name.endsWith('.deb'))
    return file !== undefined && spawnSync('dpkg', ['-i', path.join(scratch, file)], { stdio: 'ignore' }).status === 0
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function apt(args, cwd) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env, cwd }).status === 0
}

/** Takes the programs out of a package, and nothing else of it. */
function takePrograms(entry) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'holdfast-package-'))
  try {
    // The user that apt would become cannot write here.
    if (!apt(['download', '-qq', '-o', 'APT::Sandbox::User=root', entry.package], scratch)) return false
    if (spawnSync('sh', ['-c', 'dpkg-deb -x *.deb .'], { cwd: scratch, stdio: 'inherit' }).status !== 0) return false
    mkdirSync(PROGRAMS, { recursive: true })
    for (const name of entry.programs) {
      const file = ['usr/sbin', 'usr/bin'].map((dir) => path.join(scratch, dir, name)).find((each) => existsSync(each))
      if (file === undefined) return false
      copyFileSync(file, path.join(PROGRAMS, name))
    }
    return true
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
