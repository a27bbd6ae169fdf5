// @ts-check
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { waitFor } from './process.mjs'

/**
 * Does the work while no other process holds the same lock. A lock whose owner is gone is taken over.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  await waitFor(
    `the lock ${path}`,
    () => {
      if (take(path)) return true
      if (!told) console.error(`Another process is busy with the lab; waiting for it to end (${path}).`)
      told = true
      return undefined
    },
    { timeoutMs: 15 * 60_000, everyMs: 500 },
  )
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** @param {string} path */
function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
  }
  if (ownerLives(path)) return false
  rmSync(path, { force: true })
  return false
}

/** @param {string} path */
function ownerLives(path) {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}
