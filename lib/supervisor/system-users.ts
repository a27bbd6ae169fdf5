import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { lstatSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Env } from '@/lib/env'

/** What runs without rights of root. */
export type Part = 'web' | 'controller'

/** The users of web and controller, and the group of what they share. */
export interface Owners {
  web: number
  controller: number
  group: number
  /** What `ps` shows: names of system users, or bare numbers. */
  isNamed: boolean
}

export const WEB_USER = 'holdfast-web'
export const CONTROLLER_USER = 'holdfast-controller'
/** Not `holdfast`: an administrator may well have an account of that name, and its group must not come to own our database. */
const SHARED_GROUP = 'holdfast-shared'

/** Ids that nobody gives to accounts: the range systemd takes for users that last as long as a service. */
const TRANSIENT_IDS = { from: 61_184, to: 65_519 }
const COMMAND_MS = 20_000

/** Id of a user or group by name, wherever the system knows it from; undefined when there is none, or it is root's. */
function idOf(database: 'passwd' | 'group', name: string): number | undefined {
  const { stdout } = spawnSync('getent', [database, name], { encoding: 'utf8', timeout: COMMAND_MS })
  const id = Number.parseInt(stdout?.split(':')[2] ?? '', 10)
  return id > 0 ? id : undefined
}

/** Made at the first start. A second start at the same moment may have been quicker: what counts is that they are there. */
function ensureGroup(): number | undefined {
  const known = idOf('group', SHARED_GROUP)
  if (known !== undefined) return known
  spawnSync('groupadd', ['--system', SHARED_GROUP], { stdio: 'ignore', timeout: COMMAND_MS })
  return idOf('group', SHARED_GROUP)
}

function ensureUser(name: string, purpose: string): number | undefined {
  const known = idOf('passwd', name)
  if (known !== undefined) return known
  const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin']
  spawnSync('useradd', ['--system', '--gid', SHARED_GROUP, ...home, '--comment', purpose, name], {
    stdio: 'ignore',
    timeout: COMMAND_MS,
  })
  return idOf('passwd', name)
}

function namedOwners(): Owners | null {
  const group = ensureGroup()
  if (group === undefined) return null
  const web = ensureUser(WEB_USER, 'Holdfast console and API')
  const controller = ensureUser(CONTROLLER_USER, 'Holdfast controller')
  if (web === undefined || controller === undefined || web === controller) return null
  return { web, controller, group, isNamed: true }
}

function isTransient(id: number): boolean {
  return id >= TRANSIENT_IDS.from && id <= TRANSIENT_IDS.to
}

/** Ids of the last start stand on the files; they are kept, so that nothing has to change hands at every start. */
function recordedOwners(env: Pick<Env, 'stateDir' | 'controllerDir'>): Owners | null {
  const web = lstatSync(path.join(env.stateDir, 'web'), { throwIfNoEntry: false })?.uid ?? 0
  const controller = lstatSync(env.controllerDir, { throwIfNoEntry: false })?.uid ?? 0
  const group = lstatSync(path.join(env.stateDir, 'run'), { throwIfNoEntry: false })?.gid ?? 0
  return [web, controller, group].every(isTransient) && web !== controller
    ? { web, controller, group, isNamed: false }
    : null
}

/** Three ids in a row that no account has; from a random place, so that two installations do not share them. */
function freshOwners(): Owners {
  const accounts = ['/etc/passwd', '/etc/group'].map((file) => readFileSync(file, 'utf8')).join('\n')
  for (;;) {
    const first = randomInt(TRANSIENT_IDS.from, TRANSIENT_IDS.to - 2)
    const ids = [first, first + 1, first + 2]
    if (ids.some((id) => accounts.includes(`:${id}:`))) continue
    return { web: first, controller: first + 1, group: first + 2, isNamed: false }
  }
}

/**
 * The users that web and controller run as: system users, made at the first start, or bare ids where none can be made (no
 * `useradd`, read-only `/etc`). A demo leaves nothing behind, so it gets bare ids too.
 */
export function findOwners(env: Pick<Env, 'stateDir' | 'controllerDir' | 'isDemo'>): Owners {
  const named = env.isDemo ? null : namedOwners()
  return named ?? recordedOwners(env) ?? freshOwners()
}
