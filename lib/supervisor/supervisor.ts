import { existsSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { systemActor } from '@/lib/auth/actor'
import { createSetupLink } from '@/lib/auth/setup'
import { closeDatabase, initDatabase } from '@/lib/db/client'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import { migrateDatabase } from '@/lib/db/migrate'
import type { Env } from '@/lib/env'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { enrollHost, isHost, markLocalHost, setLocalAgentFault } from '@/lib/hosts/service'
import { createLog } from '@/lib/log'
import { Child } from '@/lib/supervisor/child'
import {
  AGENT_MEMORY,
  type AgentMode,
  agentCommand,
  agentMode,
  agentStateDir,
  enrolLocalAgent,
  enrolledHostId,
  fleetFingerprint,
  protectArguments,
  setIdentityAside,
} from '@/lib/supervisor/local-agent'
import { NODE_FLAGS } from '@/lib/supervisor/node-flags.mjs'
import { forgetInstance, recordInstance } from '@/lib/supervisor/preflight'
import { separate, type Variables } from '@/lib/supervisor/separation'
import type { Part } from '@/lib/supervisor/system-users'
import type { ProgramCall } from '@/lib/supervisor/unprivileged'

/** Ends what hangs, not what is slow: a machine that boots, with a busy disk, took over a minute for what else takes two seconds. */
const START_LIMIT_MS = 300_000
const STOP_GRACE_MS = 10_000
const SURROUNDINGS = {
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
  // One heap of malloc for each of many threads keeps far more memory than it gives out.
  MALLOC_ARENA_MAX: '2',
} as const

/** Runs web, controller and the agent of this machine, and ends them in the reverse order. */
export class Supervisor {
  readonly #env: Env
  readonly #root = process.cwd()
  readonly #log
  readonly #tell: (line: string) => void
  /** What `doctor` shows. */
  readonly #notes: string[] = []
  #children: Child[] = []
  #stopped: Promise<void> | undefined

  /** `tell` takes what a person is to read, `write` the supervisor's own log, a line at a time; by default stderr. */
  constructor(env: Env, tell: (line: string) => void, write?: (line: string) => void) {
    this.#env = env
    this.#log = createLog('supervisor', env.logLevel, write)
    this.#tell = tell
  }

  /** Starts everything; resolves to the lines a person needs to go on. */
  async start(): Promise<string[]> {
    const env = this.#env
    this.#sayWhenEmpty()
    await migrateDatabase({ url: env.databaseUrl, directory: path.join(this.#root, 'prisma/migrations') })
    await initDatabase(env)
    const separation = separate(env, this.#root)
    if (separation.asRoot !== undefined) this.#tell(`holdfast: ${separation.summary}`)
    this.#notes.push(separation.summary)
    await recordInstance(env, this.#notes)
    try {
      const start = (part: Part) => () => separation.call(part, [...NODE_FLAGS[part], `dist/${part}.mjs`])
      const controller = this.#child('controller', start('controller'))
      const web = this.#child('web', start('web'))
      const controlPlane = Promise.all([controller.start(START_LIMIT_MS), web.start(START_LIMIT_MS)])
      const [agentLine] = await Promise.all([this.#startAgent(controlPlane), controlPlane])
      const setup = await createSetupLink(env)
      await closeDatabase()
      await recordInstance(env, this.#notes)
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

  /** An empty database beside the keys of an earlier one: wanted after "move it away", and a shock otherwise. */
  #sayWhenEmpty(): void {
    const location = parseDatabaseUrl(this.#env.databaseUrl)
    if (location.provider !== 'sqlite' || statSync(location.path, { throwIfNoEntry: false })?.size) return
    if (!existsSync(path.join(this.#env.controllerDir, 'authority.json'))) return
    this.#tell(
      `holdfast: the database ${location.path} is new, though ${this.#env.controllerDir} is of an earlier start: nothing of before is in it, and other hosts have to join again. To have the earlier one back, stop Holdfast and restore it.`,
    )
  }

  /**
   * The line for people about the agent of this machine. Whatever keeps it from running, the rest runs. At a boot it does not wait for
   * the rest either: what it knows to be wanted is mounted as early as can be.
   */
  async #startAgent(controlPlane: Promise<unknown>): Promise<string> {
    if (this.#env.isDemo) return 'Hosts and storages are simulated.'
    const mode = agentMode()
    if (mode.kind === 'none') {
      return `No agent on this machine: ${mode.missing}. Run as root, or add other hosts in the console.`
    }
    try {
      await this.#runAgent(mode, controlPlane)
      await setLocalAgentFault(null)
    } catch (error) {
      this.#log.error('the agent of this machine does not run', { error })
      const fault = `The agent of this machine does not run: ${toHoldfastError(error).message}`
      await setLocalAgentFault(fault)
      this.#notes.push(fault)
      return fault
    }
    return mode.kind === 'root'
      ? 'This machine is a host: mounts are real.'
      : 'This machine is a host in a private namespace, since you are not root: its mounts are visible only to Holdfast.'
  }

  async #runAgent(mode: AgentMode, controlPlane: Promise<unknown>): Promise<void> {
    const env = this.#env
    const bundle = path.join(this.#root, 'dist/agent/holdfast-agent.mjs')
    const hostId = await this.#ensureEnrolled(bundle, controlPlane)
    const address = `127.0.0.1:${env.localAgentPort}`
    const args = ['run', '--state-dir', agentStateDir(env), '--listen', address, ...protectArguments(env, this.#root)]
    const command = agentCommand(mode, bundle, args)
    const policyFile = process.env.HOLDFAST_AGENT_POLICY
    const agentEnv = {
      PATH: process.env.PATH,
      HOLDFAST_LOG_LEVEL: env.logLevel,
      ...(policyFile ? { HOLDFAST_AGENT_POLICY: policyFile } : {}),
      ...AGENT_MEMORY,
    }
    await markLocalHost(hostId, address)
    await this.#child('agent', () => ({ ...command, env: agentEnv })).start(START_LIMIT_MS)
  }

  /** Id of the host that this machine is. An agent of a host that the database does not know is enrolled anew, by the running controller. */
  async #ensureEnrolled(bundle: string, controlPlane: Promise<unknown>): Promise<string> {
    const env = this.#env
    const known = await enrolledHostId(env)
    if (known !== null && (await isHost(known))) return known
    if (known !== null) {
      const aside = await setIdentityAside(env, known)
      this.#tell(
        `holdfast: the agent of this machine was host ${known}, which this database does not know; it is enrolled anew. Its earlier identity is kept as ${aside}.`,
      )
    }
    await controlPlane
    const { token } = await enrollHost(systemActor('supervisor'), { name: hostname() })
    await enrolLocalAgent(env, bundle, token, await fleetFingerprint(env))
    const enrolled = await enrolledHostId(env)
    if (enrolled === null) throw new HoldfastError('unavailable', 'It was enrolled and left no identity behind.')
    return enrolled
  }

  /** Each process gets the settings and nothing else of ours. */
  #child(name: string, command: () => ProgramCall & { env: Variables }): Child {
    if (this.#stopped) throw new HoldfastError('unavailable', 'Holdfast is stopping.')
    const child = new Child({
      name,
      command: () => {
        const { file, args, env } = command()
        return { file, args, env: { ...SURROUNDINGS, ...env } }
      },
      logDir: path.join(this.#env.stateDir, 'log'),
      onUnexpectedExit: (code) =>
        this.#tell(`holdfast: the ${name} process ended (${code ?? 'killed'}); starting it again.`),
      onFailedRestart: (error) => this.#log.error('a process could not be started again', { name, error }),
    })
    this.#children.push(child)
    return child
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
