import { hostname } from 'node:os'
import path from 'node:path'
import { systemActor } from '@/lib/auth/actor'
import { createSetupLink } from '@/lib/auth/setup'
import { closeDatabase, initDatabase } from '@/lib/db/client'
import { migrateDatabase } from '@/lib/db/migrate'
import type { Env } from '@/lib/env'
import { enrollHost, markLocalHost } from '@/lib/hosts/service'
import { createLog } from '@/lib/log'
import { Child } from '@/lib/supervisor/child'
import {
  AGENT_MEMORY,
  agentCommand,
  agentMode,
  agentStateDir,
  enrolLocalAgent,
  enrolledHostId,
  protectArguments,
} from '@/lib/supervisor/local-agent'
import { forgetInstance, recordInstance } from '@/lib/supervisor/preflight'

const START_LIMIT_MS = 60_000
const STOP_GRACE_MS = 10_000

/** Runs web, controller and the agent of this machine, in that order of need, and ends them in the reverse. */
export class Supervisor {
  readonly #env: Env
  readonly #root = process.cwd()
  readonly #log
  readonly #tell: (line: string) => void
  #children: Child[] = []
  #stopped: Promise<void> | undefined

  constructor(env: Env, tell: (line: string) => void) {
    this.#env = env
    this.#log = createLog('supervisor', env.logLevel)
    this.#tell = tell
  }

  /** Starts everything; resolves to the lines a person needs to go on. */
  async start(): Promise<string[]> {
    const env = this.#env
    await migrateDatabase({ url: env.databaseUrl, directory: path.join(this.#root, 'prisma/migrations') })
    await initDatabase(env)
    await recordInstance(env)
    try {
      // A small young generation: 150 MB less for the controller with a thousand hosts, at the same CPU.
      const controller = this.#child('controller', process.execPath, ['--max-semi-space-size=4', 'dist/controller.mjs'])
      const web = this.#child('web', process.execPath, ['--max-semi-space-size=4', 'dist/web.mjs'])
      await Promise.all([controller.start(START_LIMIT_MS), web.start(START_LIMIT_MS)])
      const agentLine = env.isDemo ? 'Hosts and storages are simulated.' : await this.#startAgent()
      const setup = await createSetupLink(env)
      await closeDatabase()
      return [
        '',
        `  Holdfast is running at ${env.publicUrl}`,
        ...(setup ? [`  Set up the first administrator: ${setup}`] : []),
        `  ${agentLine}`,
        `  State: ${env.stateDir}`,
        '',
      ]
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async #startAgent(): Promise<string> {
    const env = this.#env
    const mode = agentMode()
    if (mode.kind === 'none') {
      return `No agent on this machine: ${mode.missing}. Run as root, or add other hosts in the console.`
    }
    const bundle = path.join(this.#root, 'dist/agent/holdfast-agent.mjs')
    if (!(await enrolledHostId(env))) {
      const { token, ca_fingerprint } = await enrollHost(systemActor('supervisor'), { name: hostname() })
      await enrolLocalAgent(env, bundle, token, ca_fingerprint)
    }
    const { file, args } = agentCommand(mode, bundle, [
      'run',
      '--state-dir',
      agentStateDir(env),
      '--listen',
      `127.0.0.1:${env.localAgentPort}`,
      ...protectArguments(env),
    ])
    await this.#child('agent', file, args).start(START_LIMIT_MS)
    const hostId = await enrolledHostId(env)
    if (hostId) await markLocalHost(hostId, `127.0.0.1:${env.localAgentPort}`)
    return mode.kind === 'root'
      ? 'This machine is a host: mounts are real.'
      : 'This machine is a host in a private namespace, since you are not root: its mounts are visible only to Holdfast.'
  }

  #child(name: string, file: string, args: string[]): Child {
    const child = new Child({
      name,
      file,
      args,
      env: this.#childEnv(name),
      logDir: path.join(this.#env.stateDir, 'log'),
      onUnexpectedExit: (code) =>
        this.#tell(`holdfast: the ${name} process ended (${code ?? 'killed'}); starting it again.`),
    })
    this.#children.push(child)
    return child
  }

  /** Each process gets the settings and nothing else of ours; the web process is told about production here. */
  #childEnv(name: string): NodeJS.ProcessEnv {
    const base: NodeJS.ProcessEnv = {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      // One heap of malloc for each of many threads keeps far more memory than it gives out.
      MALLOC_ARENA_MAX: '2',
    }
    if (name !== 'agent') return base
    return { PATH: process.env.PATH, NODE_ENV: 'production', HOLDFAST_LOG_LEVEL: this.#env.logLevel, ...AGENT_MEMORY }
  }

  /** Safe to call more than once. FUSE daemons and mounts stay: they belong to the host, not to this run. */
  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#log.info('stopping')
      const reversed = [...this.#children].reverse()
      await Promise.all(reversed.map((child) => child.stop(STOP_GRACE_MS)))
      await closeDatabase()
      await forgetInstance(this.#env)
    })()
    return this.#stopped
  }
}
