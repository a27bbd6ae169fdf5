import { spawnSync } from 'node:child_process'
import { existsSync, lchownSync, lstatSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import type { Env } from '@/lib/env'
import { diskProblem, HoldfastError } from '@/lib/errors'
import { OddFile, oidcSecretFileFor, runtimeDirectory, setOwners } from '@/lib/supervisor/state-owners'
import { CONTROLLER_USER, findOwners, type Owners, type Part, WEB_USER } from '@/lib/supervisor/system-users'
import { type ProgramCall, unprivilegedCall } from '@/lib/supervisor/unprivileged'

/** Variables for a child process. */
export type Variables = Record<string, string | undefined>

/** How web and controller run under this supervisor. */
export interface Separation {
  /** Why both have all rights of root; undefined when they do not. One sentence without a full stop, for people. */
  asRoot: string | undefined
  /** One line for people. */
  summary: string
  /** How to start this part now; prepares what it needs on disk. */
  call(part: Part, args: string[]): ProgramCall & { env: Variables }
}

const PROBE_MS = 15_000
/** What a part may know of the supervisor's surroundings: settings, and how to reach the network and the time. */
const HANDED_ON = /^(HOLDFAST_\w+|PATH|LANG|LC_\w+|TZ|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|PG\w+|(https?|no|all)_proxy)$/i
/** Settings that only web needs: they sign sessions and people in. */
const OF_WEB_ALONE = /^HOLDFAST_(AUTH_SECRET|OIDC_\w+)$/
/** Prints the first file that cannot be read. */
const PROBE = 'for file; do [ -r "$file" ] || { printf "%s" "$file"; exit 1; }; done'

function pinnedNode(root: string): string {
  const pinned = path.join(root, 'node_modules/node/bin/node')
  return existsSync(pinned) ? pinned : process.execPath
}

/** Where the files are that a part reads; the checkout first. */
function placesOf(part: Part, env: Env, root: string): string[] {
  const location = parseDatabaseUrl(env.databaseUrl)
  const node = pinnedNode(root)
  const places = [
    root,
    env.stateDir,
    ...(location.provider === 'sqlite' ? [path.dirname(location.path)] : []),
    ...(part === 'controller' ? [env.controllerDir] : []),
    ...(node.startsWith(`${root}/`) ? [] : [path.dirname(node)]),
  ]
  // What a link leads to must be reached; the link itself lies where root put it.
  return places.map((place) => realpathSync(place))
}

/** A sample of what each part opens: with one of them closed it would not start. */
function neededFiles(part: Part, env: Env, root: string): string[] {
  const location = parseDatabaseUrl(env.databaseUrl)
  const own =
    part === 'web'
      ? ['.next/BUILD_ID', 'public', 'dist/client', 'next.config.mjs', 'node_modules/next/package.json']
      : ['dist/agent']
  const shared = [`dist/${part}.mjs`, 'package.json', 'prisma/migrations', 'node_modules/better-sqlite3/package.json']
  const code = [...own, ...shared].map((file) => path.join(root, file)).filter((file) => existsSync(file))
  return [pinnedNode(root), ...code, ...(location.provider === 'sqlite' ? [location.path] : [])]
}

/** Ports below this need a privilege. */
function firstFreePort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
  } catch {
    return 1024
  }
}

/** Throws `unavailable` with the reason when this part could not run. */
function probe(part: Part, call: ProgramCall, root: string): void {
  const tried = spawnSync(call.file, call.args, { encoding: 'utf8', timeout: PROBE_MS })
  if (tried.status === 0) return
  if (tried.error) {
    const { code } = tried.error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? `the command ${call.file} (package util-linux) is missing` : `${call.file}: ${code}`
    throw new HoldfastError('unavailable', why)
  }
  if (tried.stdout) {
    const cure = tried.stdout.startsWith(root) ? `chmod -R o+rX ${root}` : `chmod o+rx ${path.dirname(tried.stdout)}`
    throw new HoldfastError('unavailable', `the user of ${part} cannot read ${tried.stdout}; run: ${cure}`)
  }
  const words = tried.stderr.trim().split('\n').at(-1)
  throw new HoldfastError('unavailable', words || `${call.file} ended with ${tried.status ?? tried.signal}`)
}

function environment(part: Part, env: Env): Variables {
  const handed = Object.entries(process.env).filter(
    ([name]) => HANDED_ON.test(name) && (part === 'web' || !OF_WEB_ALONE.test(name)),
  )
  return {
    ...Object.fromEntries(handed),
    // The places that the supervisor found for root are not those that another user would find.
    HOLDFAST_STATE_DIR: env.stateDir,
    HOLDFAST_BUS_SOCKET: env.busSocket,
    NODE_COMPILE_CACHE: path.join(runtimeDirectory(env, part), 'compile-cache'),
  }
}

function separated(env: Env, root: string, owners: Owners): Separation {
  const ports = { web: env.port, controller: env.fleetPort }
  const unprivileged = (part: Part, program: ProgramCall) =>
    unprivilegedCall(program, {
      uid: owners[part],
      gid: owners.group,
      places: placesOf(part, env, root),
      mayBindLowPorts: ports[part] < firstFreePort(),
    })
  for (const part of ['web', 'controller'] as const) {
    probe(part, unprivileged(part, { file: 'sh', args: ['-c', PROBE, 'sh', ...neededFiles(part, env, root)] }), root)
  }
  const users = owners.isNamed ? `${WEB_USER} and ${CONTROLLER_USER}` : `the ids ${owners.web} and ${owners.controller}`
  return {
    asRoot: undefined,
    summary: `Web and controller run as ${users}, without rights of root.`,
    call(part, args) {
      // Again at each start: a backup program may have taken the WAL away while nothing ran.
      setOwners(env, owners, [part])
      const secretFile = part === 'web' ? oidcSecretFileFor(env, owners) : undefined
      const call = unprivileged(part, { file: pinnedNode(root), args })
      const given = secretFile === undefined ? {} : { HOLDFAST_OIDC_CLIENT_SECRET_FILE: secretFile }
      return { ...call, env: { ...environment(part, env), ...given } }
    },
  }
}

function together(asRoot: string | undefined, summary: string): Separation {
  return {
    asRoot,
    summary,
    call: (_part, args) => ({
      file: process.execPath,
      args,
      env: asRoot === undefined ? process.env : { ...process.env, HOLDFAST_RUNS_AS_ROOT: asRoot },
    }),
  }
}

/** Do the keys belong to a user without rights of root? Then an earlier start has separated the parts. */
function wereSeparated({ controllerDir }: Env): boolean {
  return (lstatSync(controllerDir, { throwIfNoEntry: false })?.uid ?? 0) !== 0
}

/**
 * As root, gives web and controller users of their own and each its files. Where that cannot be done from the first start on they
 * run as root, and `asRoot` says why. Where it could be done before, and where a part could have caused it, it throws instead,
 * `unavailable` or as `diskProblem`. As another user than root everything runs as that one.
 */
export function separate(env: Env, root: string): Separation {
  if (process.getuid?.() !== 0) return together(undefined, 'Web and controller run as the user that started them.')
  const hasBeen = wereSeparated(env)
  try {
    const owners = findOwners(env)
    setOwners(env, owners)
    return separated(env, root, owners)
  } catch (error) {
    // Else a part that was taken over could put something odd there, and would be root from the next start on.
    if (error instanceof OddFile) throw error
    // It passes, and nothing runs without the disk anyway: no reason to give anybody rights of root.
    const problem = diskProblem(error, env.stateDir)
    if (problem) throw problem
    const code = (error as NodeJS.ErrnoException).code
    const why =
      error instanceof HoldfastError
        ? error.message
        : `the files in ${env.stateDir} cannot be given to other users (${code ?? (error as Error).message})`
    // What passes, such as a machine too slow to answer, must not give rights of root to what had none.
    if (hasBeen) {
      throw new HoldfastError(
        'unavailable',
        `Web and controller ran without rights of root until now, and today that cannot be: ${why}. Mend it and start again. (To have them run as root from now on: chown -R root ${env.controllerDir}.)`,
        { cause: error },
      )
    }
    // So that the next start does not take this one for a start that had separated them.
    if (wereSeparated(env)) lchownSync(env.controllerDir, 0, 0)
    return together(why, `Web and controller run with all rights of root: ${why}`)
  }
}
