import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import type { Env } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'
import type { Owners, Part } from '@/lib/supervisor/system-users'

type StateEnv = Pick<Env, 'stateDir' | 'controllerDir' | 'busSocket' | 'databaseUrl' | 'oidc'>

const WEB_FILES = /^session-secret$/
const SECRET_DRAFT = /^session-secret\.[0-9a-f]+$/
const CONTROLLER_FILES = /^(authority|sealing-keys|secrets-have-destinations)\.json(\.\d+\.new)?$/

function cannot(message: string): HoldfastError {
  return new HoldfastError('unavailable', message)
}

/** Something lies in a directory of web's or the controller's that it may have put there itself. */
export class OddFile extends HoldfastError {
  constructor(message: string, cause?: unknown) {
    super('unavailable', message, { cause })
  }
}

/** Where a process keeps what it can lose: compiled code, the controller its socket. */
export function runtimeDirectory(env: Pick<Env, 'stateDir'>, part: Part): string {
  return path.join(env.stateDir, 'run', part)
}

/**
 * Gives a private directory and the files in it that are `isOurs` to a user. It is taken back first: from then on nobody but root
 * can put a link in the place of a file, whoever had it before. A file that has a second name somewhere is refused: giving it
 * away would give away that other one too.
 */
function giveDirectory(directory: string, uid: number, owners: Owners, isOurs: RegExp): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const handle = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    fchownSync(handle, 0, 0)
    fchmodSync(handle, 0o700)
    const names = readdirSync(directory)
    // Left by a process that was killed while it made the key: often the second name of the key itself.
    for (const name of names) if (SECRET_DRAFT.test(name)) dropFile(path.join(directory, name))
    for (const name of names) if (isOurs.test(name)) giveFile(path.join(directory, name), uid, owners)
    fchownSync(handle, uid, owners.group)
  } finally {
    closeSync(handle)
  }
}

function dropFile(file: string): void {
  try {
    rmSync(file)
  } catch (error) {
    throw new OddFile(`${file} is not a file; take it away.`, error)
  }
}

function giveFile(file: string, uid: number, owners: Owners): void {
  const odd = (cause?: unknown) =>
    new OddFile(`${file} is not a file of its own (a link, or linked to); put a copy in its place.`, cause)
  let handle: number
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    throw odd(error)
  }
  try {
    const found = fstatSync(handle)
    if (!found.isFile() || found.nlink !== 1) throw odd()
    fchownSync(handle, uid, owners.group)
    fchmodSync(handle, 0o600)
  } finally {
    closeSync(handle)
  }
}

/**
 * The directory of keys may have been chosen by a person; one that holds other things is not ours to give away. The one in the state
 * directory is ours, and in one that was given away already the other things may be the controller's own.
 */
function requireOwnDirectory(directory: string, stateDir: string, owners: Owners): void {
  if (directory === path.join(stateDir, 'controller') || statSync(directory).uid === owners.controller) return
  const other = readdirSync(directory).find((name) => !CONTROLLER_FILES.test(name))
  if (other === undefined) return
  throw cannot(
    `the directory ${directory} holds other things than the controller's keys (${other}); move those away, or set HOLDFAST_CONTROLLER_DIR to a directory of its own and move the keys there.`,
  )
}

/** As for the keys: the directory of the socket is thrown away when it is another user's, so nothing else may lie in it. */
function requireOnlySocket(socket: string, owners: Owners): void {
  const directory = path.dirname(socket)
  const found = lstatSync(directory, { throwIfNoEntry: false })
  if (!found || found.uid === owners.controller) return
  const ours = [path.basename(socket), 'compile-cache']
  const other = found.isDirectory() ? readdirSync(directory).find((name) => !ours.includes(name)) : 'a link or a file'
  if (other === undefined) return
  throw cannot(
    `the directory ${directory} holds other things than the controller's socket (${other}); set HOLDFAST_BUS_SOCKET to a place in a directory of its own.`,
  )
}

/** Nobody but root may make or rename anything in there: that alone keeps web from taking the place of what root reads. */
function requireRootsOwn(directory: string): void {
  const { uid, mode } = statSync(directory)
  if (uid === 0 && (mode & 0o022) === 0) return
  throw cannot(
    `${directory} can be written by others than root; run: chown root ${directory} && chmod go-w ${directory}`,
  )
}

/**
 * The database, for reading and writing by both. Neither can make files beside it, so the log and the index of SQLite's WAL are
 * made here and stay; SQLite gives those that root makes to the owner of the database by itself. No file of the database is ever
 * opened here: closing it would drop the locks that this process holds on it.
 */
function shareDatabase(file: string, owners: Owners): void {
  requireRootsOwn(path.dirname(file))
  for (const suffix of ['', '-wal', '-shm']) {
    const part = `${file}${suffix}`
    const found = lstatSync(part, { throwIfNoEntry: false })
    if (!found && suffix === '') return
    if (!found) writeFileSync(part, '', { flag: 'wx', mode: 0o600 })
    else if (!found.isFile()) throw cannot(`${part} is not a file; put the file itself in its place.`)
    lchownSync(part, owners.controller, owners.group)
    chmodSync(part, 0o660)
  }
}

/** A directory of root's that the group may pass and look into; one that is open to all stays so. */
function openToGroup(directory: string, owners: Owners): void {
  const { mode } = statSync(directory)
  if ((mode & 0o005) === 0o005) return
  chownSync(directory, 0, owners.group)
  chmodSync(directory, 0o750)
}

/** What this part alone needs; it must not run meanwhile, since its directory is taken back for a moment. */
function givePart(part: Part, env: StateEnv, owners: Owners): void {
  giveRuntime(runtimeDirectory(env, part), owners[part], owners.group)
  if (part === 'web') {
    giveDirectory(path.join(env.stateDir, 'web'), owners.web, owners, WEB_FILES)
    return
  }
  // A socket whose name would be too long in the state directory lies elsewhere.
  requireOnlySocket(env.busSocket, owners)
  giveRuntime(path.dirname(env.busSocket), owners.controller, owners.group)
  mkdirSync(env.controllerDir, { recursive: true, mode: 0o700 })
  requireOwnDirectory(env.controllerDir, env.stateDir, owners)
  giveDirectory(env.controllerDir, owners.controller, owners, CONTROLLER_FILES)
}

/**
 * Sets the owners of everything in the state directory that these parts, which are not running, need: each has what it alone
 * needs, the database they share, all else stays root's. The content of no file changes. Repeated at every start, so what was
 * restored from a backup as root is theirs again. Throws `unavailable` with one sentence when it cannot be done.
 */
export function setOwners(env: StateEnv, owners: Owners, parts: readonly Part[] = ['web', 'controller']): void {
  requireRootsOwn(env.stateDir)
  openToGroup(env.stateDir, owners)
  for (const name of ['run', 'log', 'agent']) mkdirSync(path.join(env.stateDir, name), { recursive: true, mode: 0o700 })
  chownSync(path.join(env.stateDir, 'run'), 0, owners.group)
  chmodSync(path.join(env.stateDir, 'run'), 0o750)
  for (const name of ['log', 'agent']) {
    chownSync(path.join(env.stateDir, name), 0, 0)
    chmodSync(path.join(env.stateDir, name), 0o700)
  }
  for (const part of parts) givePart(part, env, owners)
  const location = parseDatabaseUrl(env.databaseUrl)
  if (location.provider === 'sqlite') shareDatabase(location.path, owners)
}

/** What is in there can be lost, so what another user left is thrown away. The group may pass: it connects to the socket. */
function giveRuntime(directory: string, uid: number, gid: number): void {
  const found = lstatSync(directory, { throwIfNoEntry: false })
  if (found && (!found.isDirectory() || found.uid !== uid)) rmSync(directory, { recursive: true })
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  chownSync(directory, uid, gid)
  chmodSync(directory, 0o750)
}

/**
 * The file with the client secret of single sign-on, as web can read it: a copy for it alone when the file is root's. Made again
 * whenever web starts.
 */
export function oidcSecretFileFor(env: Pick<Env, 'stateDir' | 'oidc'>, owners: Owners): string | undefined {
  const copy = path.join(env.stateDir, 'run', 'oidc-client-secret')
  // One of an earlier start too: the secret may have changed, or single sign-on is off now.
  rmSync(copy, { force: true })
  const secret = env.oidc?.clientSecret
  if (!secret || !('file' in secret)) return undefined
  writeFileSync(copy, readFileSync(secret.file), { flag: 'wx', mode: 0o400 })
  chownSync(copy, owners.web, owners.group)
  return copy
}
