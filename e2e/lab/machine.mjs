// @ts-check
import { existsSync, readFileSync } from 'node:fs'
import { ensureSystemPackages, isRoot, missingPackages } from '../../scripts/system-packages.mjs'

/** Why the lab cannot run here, one sentence each with its cure; empty when it can. */
export function missingNeeds() {
  const needs = []
  if (!isRoot()) needs.push('The lab needs root, to build the guest image: run it with sudo.')
  if (process.arch !== 'x64') needs.push(`The lab's guests are x86-64, and this machine is ${process.arch}.`)
  const names = labPackages()
  if (names.length > 0) needs.push(`The lab needs ${names.join(', ')}: npm run lab -- packages`)
  return needs
}

/** Installs the Debian packages that the lab needs, and says which. Resolves to their names. */
export async function installPackages() {
  const before = labPackages()
  await ensureSystemPackages('lab')
  const left = labPackages()
  if (left.length > 0) {
    throw new Error(`The lab needs these Debian packages: ${left.join(', ')}. Install them, or run this as root.`)
  }
  return before
}

function labPackages() {
  return missingPackages('lab').map((entry) => entry.package)
}

/**
 * The apt sources for the guests, as arguments for mmdebstrap: this machine's own where it runs the same Debian release
 * (it may use a mirror), the same archive where it runs another one, else the public archive. `HOLDFAST_LAB_MIRROR` names
 * another one.
 * @param {string} release
 */
export function aptSources(release) {
  const mirror = process.env.HOLDFAST_LAB_MIRROR
  if (mirror) return [`deb ${mirror} ${release} main`]
  const own = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((file) => existsSync(file))
  const codename = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  if (own && codename.includes(`VERSION_CODENAME=${release}`)) return [own]
  const archive = own && debianArchive(readFileSync(own, 'utf8'))
  return [`deb ${archive ?? 'http://deb.debian.org/debian'} ${release} main`]
}

/**
 * The Debian archive that apt sources of either format name first. One with a password in its address is passed over: it
 * would be shown among the processes.
 * @param {string} sources
 */
export function debianArchive(sources) {
  const start = /^(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:\s*)/
  const archive = /(https?:\/\/[^\s@]+\/debian(?:\/\d{8}T\d{6}Z)?)\/?(?=\s|$)/
  return new RegExp(start.source + archive.source, 'm').exec(sources)?.[1]
}
