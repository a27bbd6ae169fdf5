// @ts-check
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** This folder. */
export const LAB_SOURCE = fileURLToPath(new URL('.', import.meta.url))

/** Run state of this checkout: guest disks, pid files, console logs. `HOLDFAST_LAB_DIR` moves it. */
export function stateDir() {
  return resolve(process.env.HOLDFAST_LAB_DIR ?? join(LAB_SOURCE, '../../.cache/lab'))
}

/** Built images, shared by all checkouts of one user. */
export function cacheDir() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'holdfast-lab')
}

/** Unix sockets of this checkout. Their paths may have 107 bytes, which a checkout's own path can exceed. */
export function socketDir() {
  const id = createHash('sha256').update(stateDir()).digest('hex').slice(0, 10)
  const path = join(tmpdir(), `holdfast-lab-${process.getuid?.() ?? 0}-${id}`)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = lstatSync(path)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new Error(`${path} belongs to someone else or is open to others. Remove it and try again.`)
  }
  return path
}

/**
 * A short hash over files, folders (all their files, names and contents) and plain words.
 * @param {readonly string[]} paths relative to this folder
 * @param {readonly string[]} [words]
 */
export function hashOf(paths, words = []) {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of filesBelow(join(LAB_SOURCE, path))) {
      hash
        .update(`${relative(LAB_SOURCE, file)}\0`)
        .update(readFileSync(file))
        .update('\0')
    }
  }
  for (const word of words) hash.update(`${word}\0`)
  return hash.digest('hex').slice(0, 16)
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  if (!lstatSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
}
