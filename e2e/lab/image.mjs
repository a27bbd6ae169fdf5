// @ts-check
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { aptSources, installPackages } from './machine.mjs'
import { cacheDir, hashOf, LAB_SOURCE } from './paths.mjs'
import { runOk } from './process.mjs'

/** @typedef {'debian12' | 'debian13'} Distribution as fixtures name it too */

/** Code names, as the archive calls them. @type {Record<Distribution, string>} */
const RELEASES = { debian12: 'bookworm', debian13: 'trixie' }
const DISK_SIZE = '12G'
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Where the image for these sources lies, built or not. The folder's name is the hash of all its inputs.
 * @param {Distribution} distribution
 */
export function imageDir(distribution) {
  const parts = ['essential.sh', 'customize.sh', 'make-initrd.sh', 'files', `packages/${distribution}.txt`]
  return join(cacheDir(), hashOf([...parts.map((part) => `image/${part}`), 'image.mjs'], [distribution]))
}

/**
 * The parts of a built image.
 * @param {Distribution} distribution
 */
export function imageFiles(distribution) {
  const dir = imageDir(distribution)
  return {
    disk: join(dir, 'base.img'),
    kernel: join(dir, 'vmlinuz'),
    initrd: join(dir, 'initrd.img'),
    /** Private ssh key of root in the guests. */
    key: join(dir, 'id_lab'),
  }
}

/**
 * Builds the image of a distribution unless the one for these inputs exists. Resolves to its folder.
 * It appears whole or not at all: it is built aside and renamed.
 * @param {Distribution} distribution
 */
export async function buildImage(distribution) {
  await installPackages()
  const dir = imageDir(distribution)
  await withLock(`${dir}.lock`, async () => {
    if (!existsSync(dir)) await buildInto(dir, distribution)
  })
  const now = new Date()
  utimesSync(dir, now, now)
  return dir
}

/**
 * @param {string} dir
 * @param {Distribution} distribution
 */
async function buildInto(dir, distribution) {
  if (process.getuid?.() !== 0) throw new Error('Building the guest image needs root: run this with sudo.')
  removeUnused()
  const started = performance.now()
  const work = mkdtempSync(`${dir}.build-`)
  try {
    const rootfs = join(work, 'rootfs')
    const out = join(work, 'out')
    mkdirSync(out, { mode: 0o700 })
    await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'holdfast-lab', '-f', join(out, 'id_lab')])
    console.error(`Building the ${distribution} image: packages …`)
    await bootstrap(distribution, rootfs, join(out, 'id_lab.pub'))
    console.error(`Packages are in after ${seconds(started)} s. Writing the disk …`)
    const kernel = readdirSync(join(rootfs, 'boot')).find((name) => name.startsWith('vmlinuz-'))
    if (kernel === undefined) throw new Error('The guest image has no kernel: linux-image-cloud-amd64 is missing.')
    await runOk('cp', [join(rootfs, 'boot', kernel), join(out, 'vmlinuz')])
    await runOk(join(LAB_SOURCE, 'image/make-initrd.sh'), [rootfs, join(out, 'initrd.img')])
    const features = ['-E', 'lazy_itable_init=1,root_owner=0:0']
    const disk = join(out, 'base.img')
    await runOk('mke2fs', ['-q', '-t', 'ext4', ...features, '-L', 'root', '-d', rootfs, disk, DISK_SIZE])
    renameSync(out, dir)
    console.error(`Built the ${distribution} image in ${seconds(started)} s.`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/**
 * @param {Distribution} distribution
 * @param {string} rootfs
 * @param {string} publicKey
 */
async function bootstrap(distribution, rootfs, publicKey) {
  const release = RELEASES[distribution]
  const packages = readFileSync(join(LAB_SOURCE, `image/packages/${distribution}.txt`), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join(' ')
    .trim()
    .split(/\s+/)
  const image = join(LAB_SOURCE, 'image')
  const quote = (/** @type {string} */ word) => `'${word.replaceAll("'", `'\\''`)}'`
  await runOk('mmdebstrap', [
    '--mode=root',
    '--variant=minbase',
    '--architectures=amd64',
    '--keyring=/usr/share/keyrings/debian-archive-keyring.gpg',
    `--include=${packages.join(',')}`,
    ...['doc', 'man', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    '--dpkgopt=force-confold',
    '--dpkgopt=force-unsafe-io',
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    // A mirror may be a snapshot of the archive whose lists have expired.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    `--essential-hook=${quote(join(image, 'essential.sh'))} "$1"`,
    `--customize-hook=${quote(join(image, 'customize.sh'))} "$1" ${quote(publicKey)} ${quote(join(image, 'files'))}`,
    release,
    rootfs,
    ...aptSources(release),
  ])
}

/** Images that no checkout has used for two weeks, and builds that died. */
function removeUnused() {
  mkdirSync(cacheDir(), { recursive: true })
  for (const name of readdirSync(cacheDir())) {
    const path = join(cacheDir(), name)
    if (Date.now() - statSync(path).mtimeMs > 14 * DAY_MS) rmSync(path, { recursive: true, force: true })
  }
}

/** @param {number} started */
function seconds(started) {
  return ((performance.now() - started) / 1000).toFixed(1)
}
