import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Jobs } from '@/agent/commands/jobs/jobs'
import { clearLeftovers } from '@/agent/commands/leftovers'
import { CommandRunner } from '@/agent/commands/runner'
import { bootId, Host } from '@/agent/host/host'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import type { BindSourceRule } from '@/agent/host/mounting/paths'
import { supervisorServices } from '@/agent/host/services/services'
import { Journal } from '@/agent/journal/journal'
import { MountManager } from '@/agent/resources/mounts/manager'
import type { ProofTiming } from '@/agent/resources/mounts/proofs'
import type { CommandEnvelope, WireMount } from '@/lib/agent-protocol/messages'
import type { AnyHostDriver } from '@/lib/drivers/contract/host'
import { httpHost } from '@/lib/drivers/http/host'
import { localDirHost } from '@/lib/drivers/local-dir/host'
import { s3Host } from '@/lib/drivers/s3/host'
import { wolfdiskHost } from '@/lib/drivers/wolfdisk/host'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { Secret } from '@/lib/secret'
import { hangFsHost, stuckCommandHost } from '@/testing/agent/fuse-driver'
import { ALLOW_EVERYTHING, ANY_SOURCE, allowBelow } from '@/testing/agent/places'
import { testId } from '@/testing/ids'

const DRIVERS: Record<string, AnyHostDriver> = {
  'local-dir': localDirHost,
  /** Says that it has unmounted, and has not. */
  'false-unmount': { ...localDirHost, id: 'false-unmount', unmount: async () => undefined },
  /** Its programs are not installed. */
  'no-tool': { ...localDirHost, id: 'no-tool', mount: withoutTool, unmount: withoutTool },
  'hang-fs': hangFsHost,
  'stuck-command': stuckCommandHost,
  http: httpHost,
  s3: s3Host,
  wolfdisk: wolfdiskHost,
}

function withoutTool(): Promise<never> {
  throw new HoldfastError('tool_missing', 'mount.none is not installed on this host.')
}

export interface MountHost {
  machine: Host
  journal: Journal
  manager: MountManager
  jobs: Jobs
  log: string[]
  /** The agent's process ends; its files are still open. */
  stop(): Promise<void>
  /** As an orderly end of the agent. */
  close(): Promise<void>
}

/** An agent's mount side on this machine, in a directory of a test. Mounts may lie below `root`. */
export async function openMountHost(
  base: string,
  root = join(base, 'mnt'),
  sources: BindSourceRule = ANY_SOURCE,
  proofs: Partial<ProofTiming> = {},
): Promise<MountHost> {
  const log: string[] = []
  const journal = Journal.open(join(base, 'state'))
  const machine = await Host.open({
    runDir: join(base, 'run'),
    stateDir: join(base, 'state'),
    hostId: testId('host', 'test'),
    services: supervisorServices,
    policy: () => ({
      ...ALLOW_EVERYTHING,
      ...allowBelow(root),
      sources,
    }),
    places: journal.places,
  })
  const agentLog = createLog('agent', 'debug', (line) => log.push(line))
  const runner = new CommandRunner({ journal, log: agentLog })
  const manager = MountManager.start({
    host: machine,
    journal,
    runner,
    log: agentLog,
    proofs,
    open(backend, redactor) {
      const driver = DRIVERS[backend.driver]
      if (driver === undefined) throw new HoldfastError('unsupported', 'unknown type')
      const secrets = Object.fromEntries(
        Object.entries(backend.secrets).map(([key, value]) => [key, new Secret(value)]),
      )
      for (const secret of Object.values(secrets)) redactor.add(secret)
      return { driver, backend: { id: backend.id, config: backend.config, secrets } }
    },
  })
  const { programs } = machine
  const jobs = Jobs.start({ journal, runner, programs, log: agentLog, boot: bootId(), kinds: [manager.check] })
  const stop = async () => {
    manager.stop()
    jobs.stop()
    await runner.stop()
  }
  runner.resume([manager, jobs], clearLeftovers(machine, journal, agentLog))
  return {
    machine,
    journal,
    manager,
    jobs,
    log,
    stop,
    async close() {
      await stop()
      await machine.close()
      journal.close()
    },
  }
}

/** A directory of a test that every user may look into, with these directories in it. */
export function makeBase(name: string, directories: readonly string[] = ['data', 'mnt']): string {
  const base = mkdtempSync(`/srv/holdfast-${name}-`)
  chmodSync(base, 0o755)
  for (const directory of directories) mkdirSync(join(base, directory))
  return base
}

/** Takes a test's directory away, with whatever is still mounted in it. */
export function removeBase(base: string): void {
  const left = readMounts().filter((mount) => mount.target.startsWith(`${base}/`))
  for (const { target } of left.reverse()) spawnSync('umount', ['-c', '-l', target])
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
}

let counter = 0

export function envelope(resourceId: string, more: Partial<CommandEnvelope> = {}): CommandEnvelope {
  counter++
  return {
    operationId: testId('operation', `${process.pid} ${counter}`),
    resourceId,
    generation: 1,
    fence: 1,
    ttlMs: 60_000,
    ...more,
  }
}

export function bindMount(base: string, name: string, more: Partial<WireMount> = {}): WireMount {
  return {
    mountId: testId('mount', name),
    backend: { id: testId('backend', '1'), driver: 'local-dir', config: { path: join(base, 'data') }, secrets: {} },
    mountPoint: join(base, 'mnt', name),
    readOnly: false,
    autoMount: true,
    desiredState: 'mounted',
    ...more,
  }
}
