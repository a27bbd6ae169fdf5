import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import type { Env } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'

const run = promisify(execFile)

/** How the agent of this machine can work. */
export type AgentMode = { kind: 'root' } | { kind: 'namespace' } | { kind: 'none'; missing: string }

/** As in `agent/packaging/holdfast-agent.sh`: a small heap for a process that mostly sleeps. */
const AGENT_FLAGS = ['--max-semi-space-size=1', '--optimize-for-size']
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

export function agentStateDir(env: Env): string {
  return path.join(env.stateDir, 'agent')
}

/**
 * What the agent of this machine must neither mount on nor bind from: everything that this control plane keeps on disk, wherever the
 * settings have put it. As arguments of the agent, which cannot know it otherwise.
 */
export function protectArguments(env: Env): string[] {
  const database = parseDatabaseUrl(env.databaseUrl)
  const file = database.provider === 'sqlite' ? [database.path] : []
  return [env.stateDir, env.controllerDir, ...file].flatMap((own) => ['--protect', path.resolve(own)])
}

/** Command line that runs the agent bundle with `args` in this mode. */
export function agentCommand(mode: AgentMode, bundle: string, args: string[]): { file: string; args: string[] } {
  const node = [...AGENT_FLAGS, bundle, ...args]
  return mode.kind === 'namespace'
    ? { file: 'unshare', args: [...UNSHARE, process.execPath, ...node] }
    : { file: process.execPath, args: node }
}

/** Id of the host that this state directory is enrolled as, or `null`. */
export async function enrolledHostId(env: Env): Promise<string | null> {
  const file = path.join(agentStateDir(env), 'identity.json')
  if (!existsSync(file)) return null
  const identity = JSON.parse(await readFile(file, 'utf8')) as { hostId?: string }
  return identity.hostId ?? null
}

/** Enrols the agent of this machine as any host would be, through the controller's fleet port. The token goes by stdin. */
export async function enrolLocalAgent(env: Env, bundle: string, token: string, fingerprint: string): Promise<void> {
  const address = `127.0.0.1:${env.localAgentPort}`
  const child = run(
    process.execPath,
    [
      bundle,
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
    ],
    { timeout: 30_000 },
  )
  child.child.stdin?.end(`${token}\n`)
  try {
    await child
  } catch (error) {
    const words = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? 'it said nothing'
    throw new HoldfastError('internal', `The agent of this machine could not be enrolled: ${words}`, { cause: error })
  }
}
