import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { locateCommand } from '@/agent/host/exec/commands'
import { identify, isAlive, type ProcessIdentity, signal } from '@/agent/host/exec/processes'
import type { Runner } from '@/agent/host/exec/run'
import { writeSecret } from '@/agent/host/files/runtime-directory'
import { writeWhole } from '@/agent/host/files/write-file'
import { stopArguments } from '@/lib/drivers/mounting/commands'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import { renderEnvironment } from './unit-words'

const STOP_MS = 20_000
const SUPERVISOR = 'supervisor.cjs'

/** A process beside the agent, which goes on when the agent ends. */
export interface ServiceSpec {
  unit: string
  /** Of the unit, on tmpfs. */
  directory: string
  /** The unit file, where systemd keeps the service. */
  unitFile: string
  /** As a file for the unit; it may hold secrets. */
  environment: Readonly<Record<string, string>>
  /**
   * Scripts for Node by file name, where there is no systemd. `supervisor.cjs` is started: it keeps the service and tells in
   * `state.json` who runs.
   */
  scripts: Readonly<Record<string, string>>
}

/** Where a unit finds the environment of its spec. */
export function environmentFile(directory: string): string {
  return join(directory, 'environment')
}

/** Who keeps services on this host. */
export interface ServiceManager {
  readonly kind: 'systemd' | 'supervisor'
  start(runner: Runner, spec: ServiceSpec): Promise<void>
  /** Waits until it is gone. Absent: success. */
  stop(runner: Runner, unit: string, directory: string): Promise<void>
  /** The program itself, null while it does not run. */
  daemon(runner: Runner, unit: string, directory: string): Promise<ProcessIdentity | null>
  /** It ended and nobody will start it again. */
  ended(runner: Runner, unit: string, directory: string): Promise<boolean>
  log(runner: Runner, unit: string, directory: string): Promise<string>
}

const UNIT_DIRECTORY = '/run/systemd/system'

/**
 * Units in /run: gone after a reboot, like the secret files they need; the agent makes both again. systemd reads the file of a unit that
 * it does not know yet when it is asked for it, and forgets one that has ended well, so a reload of all units of the host, for which
 * everything else of systemd waits, is left to the cases in which it knows another file. `directory`: another one, for tests.
 */
export const servicesOfSystemd = (directory = UNIT_DIRECTORY): ServiceManager => ({
  kind: 'systemd',

  async start(runner, spec) {
    writeSecret(environmentFile(spec.directory), renderEnvironment(spec.environment))
    const file = join(directory, `${spec.unit}.service`)
    writeWhole(file, spec.unitFile, { mode: 0o644 })
    // Whatever the agent's umask is: systemd warns of a unit file that not everybody can read, each time it reads it.
    chmodSync(file, 0o644)
    if (!(await knowsFile(runner, spec.unit))) await runner.run('systemctl', ['daemon-reload'])
    await runner.run('systemctl', ['start', '--', `${spec.unit}.service`])
  },

  async stop(runner, unit) {
    const file = join(directory, `${unit}.service`)
    if (!existsSync(file)) return
    await runner.run('systemctl', stopArguments(unit), { okExitCodes: [0, 5] })
    // One that has failed would stay known, with its file of now.
    await runner.run('systemctl', ['reset-failed', '--', `${unit}.service`], { okExitCodes: [0, 1, 5] })
    rmSync(file, { force: true })
  },

  async daemon(runner, unit) {
    const args = ['show', '--property=MainPID', '--value', '--', `${unit}.service`]
    const pid = Number((await runner.run('systemctl', args)).stdout.trim())
    return pid > 1 ? identify(pid) : null
  },

  async ended(runner, unit) {
    const args = ['show', '--property=ActiveState', '--value', '--', `${unit}.service`]
    const state = (await runner.run('systemctl', args)).stdout.trim()
    return state === 'inactive' || state === 'failed'
  },

  async log(runner, unit) {
    const args = ['--unit', `${unit}.service`, '--lines', '50', '--output', 'cat', '--no-pager']
    return (await runner.run('journalctl', args)).stdout
  },
})

/** Has systemd read the file of this unit as it is now? */
async function knowsFile(runner: Runner, unit: string): Promise<boolean> {
  const properties = ['LoadState', 'NeedDaemonReload'].map((name) => `--property=${name}`)
  const { stdout } = await runner.run('systemctl', ['show', ...properties, '--', `${unit}.service`])
  const lines = stdout.split('\n')
  return lines.includes('LoadState=loaded') && lines.includes('NeedDaemonReload=no')
}

const Identity = z.object({ pid: z.int(), startedAt: z.string() })
const State = z.object({ supervisor: Identity, daemon: Identity.nullable(), ended: z.boolean() })

/** Who keeps a service, and which process it is. null: no state, or a half-made directory after a crash; both mean that nothing is known to run. */
export function readState(directory: string): z.infer<typeof State> | null {
  try {
    return State.parse(JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')))
  } catch {
    return null
  }
}

export const supervisorServices: ServiceManager = {
  kind: 'supervisor',

  async start(runner, spec) {
    for (const [name, text] of Object.entries(spec.scripts)) writeSecret(join(spec.directory, name), text)
    rmSync(join(spec.directory, 'state.json'), { force: true })
    runner.startDetached('node', [join(spec.directory, SUPERVISOR)])
    for (let waitedMs = 0; readState(spec.directory) === null; waitedMs += 10) {
      if (waitedMs > 10_000) throw new HoldfastError('command_failed', `The supervisor of ${spec.unit} did not start.`)
      await pauseFor(10)
    }
  },

  async stop(_runner, unit, directory) {
    const state = readState(directory)
    if (state === null) return
    signal(state.supervisor, 'SIGTERM')
    if (!isAlive(state.supervisor) && state.daemon !== null) signal(state.daemon, 'SIGTERM')
    const gone = () => !isAlive(state.supervisor) && (state.daemon === null || !isAlive(state.daemon))
    for (let waitedMs = 0; waitedMs < STOP_MS; waitedMs += 20) {
      if (gone()) return
      await pauseFor(20)
    }
    signal(state.supervisor, 'SIGKILL')
    if (state.daemon !== null) signal(state.daemon, 'SIGKILL')
    await pauseFor(200)
    if (!gone()) throw new HoldfastError('timed_out', `${unit} does not end; the kernel holds on to it.`)
  },

  async daemon(_runner, _unit, directory) {
    const daemon = readState(directory)?.daemon ?? null
    return daemon !== null && isAlive(daemon) ? daemon : null
  },

  async ended(_runner, _unit, directory) {
    const state = readState(directory)
    if (state === null || state.ended) return true
    return !isAlive(state.supervisor) && (state.daemon === null || !isAlive(state.daemon))
  },

  async log(_runner, _unit, directory) {
    const file = join(directory, 'log')
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-16_384) : ''
  },
}

/** systemd runs when it is the first process, which sd_booted(3) tells by this directory. */
export function detectServices(): ServiceManager {
  return existsSync('/run/systemd/system') && locateCommand('systemctl') !== null
    ? servicesOfSystemd()
    : supervisorServices
}
