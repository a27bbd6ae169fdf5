import { execFile, spawnSync } from 'node:child_process'
import { readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { certificateFingerprint } from '@/lib/controller/fleet/fleet-ca'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import type { Env } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'

const run = promisify(execFile)

/** How the agent of this machine can work. */
export type AgentMode = { kind: 'root' } | { kind: 'namespace' } | { kind: 'none'; missing: string }

/** As in `agent/packaging/holdfast-agent.sh`, which says why. */
export const AGENT_FLAGS = ['--max-semi-space-size=1', '--optimize-for-size', '--single-threaded']
export const AGENT_MEMORY = { MALLOC_ARENA_MAX: '1' }

const UNSHARE = ['--user', '--map-root-user', '--mount', '--propagation', 'private']

/** Root mounts for real; others get a user + mount namespace, if the kernel lets them have one. */
export function agentMode(): AgentMode {
  if (process.getuid?.() === 0) return { kind: 'root' }
  const attempt = spawnSync('unshare', [...UNSHARE, 'true'], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  if (attempt.status === 0) return { kind: 'namespace' }
  const missing =
    attempt.error === undefined
      ? `the kernel refuses user namespaces (${attempt.stderr.trim()})`
      : 'the command unshare (package util-linux) is missing'
  return { kind: 'none', missing }
}

export function agentStateDir(env: Pick<Env, 'stateDir'>): string {
  return path.join(env.stateDir, 'agent')
}

/**
 * What the agent of this machine must neither mount on nor bind from: everything that this control plane keeps on disk, wherever the
 * settings have put it, and the program itself in `root`, which may lie below /srv: root runs what is found in there. As arguments of
 * the agent, which cannot know it otherwise.
 */
export function protectArguments(env: Env, root: string): string[] {
  const database = parseDatabaseUrl(env.databaseUrl)
  const file = database.provider === 'sqlite' ? [database.path] : []
  return [root, env.stateDir, env.controllerDir, ...file].flatMap((own) => ['--protect', path.resolve(own)])
}

/** Arguments of Node for the agent bundle with `args`, whichever of its commands that is. */
export function agentArguments(bundle: string, args: string[]): string[] {
  return [...AGENT_FLAGS, bundle, ...args]
}

/** Command line that runs the agent bundle with `args` in this mode. */
export function agentCommand(mode: AgentMode, bundle: string, args: string[]): { file: string; args: string[] } {
  const node = agentArguments(bundle, args)
  return mode.kind === 'namespace'
    ? { file: 'unshare', args: [...UNSHARE, process.execPath, ...node] }
    : { file: process.execPath, args: node }
}

const IDENTITY_FILE = 'identity.json'
const Identity = z.looseObject({ hostId: z.string().min(1) })

/**
 * Id of the host that this state directory is enrolled as, or `null`. Throws `unavailable` for a file that is there and cannot be
 * used: whoever has it may be this host, so no other takes its place.
 */
export async function enrolledHostId(env: Pick<Env, 'stateDir'>): Promise<string | null> {
  const file = path.join(agentStateDir(env), IDENTITY_FILE)
  const unusable = (what: string, cause: unknown) =>
    new HoldfastError(
      'unavailable',
      `${file} ${what}. Restore it from a backup, or move it away and start again: this machine is then enrolled anew.`,
      { cause },
    )
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw unusable(`cannot be read (${code})`, error)
  }
  try {
    return Identity.parse(JSON.parse(text)).hostId
  } catch (error) {
    throw unusable('is damaged', error)
  }
}

/** Keeps the identity of a host that this installation does not know, under another name; returns where. */
export async function setIdentityAside(env: Pick<Env, 'stateDir'>, hostId: string): Promise<string> {
  const file = path.join(agentStateDir(env), IDENTITY_FILE)
  const aside = `${file}.of-${hostId.replace(/[^\w-]/g, '')}`
  await rename(file, aside)
  return aside
}

/**
 * The fingerprint of the fleet's CA from the controller's own file. The database has it too, but web can write there, and whoever
 * the agent of this machine trusts is root here.
 */
export async function fleetFingerprint(env: Pick<Env, 'controllerDir'>): Promise<string> {
  const file = path.join(env.controllerDir, 'authority.json')
  const { certificate } = z.looseObject({ certificate: z.string() }).parse(JSON.parse(await readFile(file, 'utf8')))
  return certificateFingerprint(certificate)
}

/** Enrols the agent of this machine as any host would be, through the controller's fleet port. The token goes by stdin. */
export async function enrolLocalAgent(env: Env, bundle: string, token: string, fingerprint: string): Promise<void> {
  const address = `127.0.0.1:${env.localAgentPort}`
  const child = run(
    process.execPath,
    agentArguments(bundle, [
      'join',
      env.fleetUrl,
      '-',
      '--ca',
      fingerprint,
      '--port',
      String(env.localAgentPort),
      '--advertise',
      address,
      '--state-dir',
      agentStateDir(env),
    ]),
    { timeout: 30_000 },
  )
  // What a join that ended early says is in its stderr.
  child.child.stdin?.on('error', () => undefined).end(`${token}\n`)
  try {
    await child
  } catch (error) {
    const words = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? 'it said nothing'
    throw new HoldfastError('internal', `The agent of this machine could not be enrolled: ${words}`, { cause: error })
  }
}
