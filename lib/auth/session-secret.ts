import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Env } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'

let known: { file: string; secret: string } | undefined

/**
 * The key that signs session cookies. It is not in the database, so a copy of the database signs nobody in. Several web
 * processes on different machines share it through HOLDFAST_AUTH_SECRET; otherwise it is a file that is made once.
 */
export function sessionSecret(env: Pick<Env, 'stateDir' | 'authSecret'>): string {
  if (env.authSecret !== undefined) return env.authSecret
  const file = path.join(env.stateDir, 'web', 'session-secret')
  if (known?.file === file) return known.secret
  const secret = read(file) ?? create(file)
  known = { file, secret }
  return secret
}

function read(file: string): string | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const { code } = error as NodeJS.ErrnoException
    throw new HoldfastError(
      'unavailable',
      `The session key ${file} cannot be read (${code}); give it back to the user of the web process, mode 0600, or move it away and sign in again.`,
      { cause: error },
    )
  }
  if (text.length < 32)
    throw new HoldfastError('unavailable', `The session key ${file} is damaged; move it away and sign in again.`)
  return text
}

/** Written beside and linked into place: two processes that start together end up with the same key. */
function create(file: string): string {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  const secret = read(file)
  if (secret === undefined) throw new HoldfastError('unavailable', `The session key ${file} could not be written.`)
  return secret
}
