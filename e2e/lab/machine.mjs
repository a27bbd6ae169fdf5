// @ts-check
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runOk } from './process.mjs'

/** What the lab runs on this machine, and the Debian package that brings it. */
const TOOLS = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  mmdebstrap: 'mmdebstrap',
  cpio: 'cpio',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  mke2fs: 'e2fsprogs',
}
/** Files that a minimal qemu package only recommends. */
const FILES = {
  '/usr/share/seabios/bios-256k.bin': 'seabios',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
}

/** Debian packages that this machine lacks for the lab. */
export function missingPackages() {
  const missing = new Set()
  for (const [tool, name] of Object.entries(TOOLS)) if (!onPath(tool)) missing.add(name)
  for (const [file, name] of Object.entries(FILES)) if (!existsSync(file)) missing.add(name)
  return [...missing]
}

/**
 * Why the lab cannot run here, one sentence each with its cure; empty when it can.
 * Missing packages count only where they cannot be installed.
 */
export function missingNeeds() {
  const needs = []
  if (process.getuid?.() !== 0) needs.push('The lab needs root, to build the guest image: run it with sudo.')
  if (process.arch !== 'x64') needs.push(`The lab's guests are x86-64, and this machine is ${process.arch}.`)
  const missing = missingPackages()
  if (missing.length > 0 && !canInstall()) needs.push(`The lab needs ${missing.join(', ')}: install them.`)
  return needs
}

/** Installs what is missing, and says which. */
export async function installPackages() {
  const missing = missingPackages()
  if (missing.length === 0) return
  if (!canInstall()) {
    throw new Error(`The lab needs these Debian packages: ${missing.join(', ')}. Install them, or run this as root.`)
  }
  console.error(`Installing ${missing.join(', ')} …`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '--yes', '--no-install-recommends', ...missing]
  try {
    await runOk('apt-get', install, { env })
  } catch {
    // The package lists may be older than the archive.
    await runOk('apt-get', ['update'], { env })
    await runOk('apt-get', install, { env })
  }
}

function canInstall() {
  return process.getuid?.() === 0 && onPath('apt-get')
}

/** @param {string} tool */
function onPath(tool) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => folder !== '' && existsSync(join(folder, tool)))
}

/**
 * The apt sources for the guests, as arguments for mmdebstrap: this machine's own where it runs the same Debian release
 * (it may use a mirror), else the public archive. `HOLDFAST_LAB_MIRROR` names another one.
 * @param {string} release
 */
export function aptSources(release) {
  const mirror = process.env.HOLDFAST_LAB_MIRROR
  if (mirror) return [`deb ${mirror} ${release} main`]
  const own = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((file) => existsSync(file))
  const codename = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  if (own && codename.includes(`VERSION_CODENAME=${release}`)) return [own]
  return [`deb http://deb.debian.org/debian ${release} main`]
}
