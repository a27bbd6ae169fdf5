import { join } from 'node:path'
import type { JobKind } from '@/agent/commands/jobs/job-kind'
import { Jobs } from '@/agent/commands/jobs/jobs'
import { clearLeftovers } from '@/agent/commands/leftovers'
import { CommandRunner } from '@/agent/commands/runner'
import { Host } from '@/agent/host/host'
import { supervisorServices } from '@/agent/host/services/services'
import { Journal } from '@/agent/journal/journal'
import { createLog } from '@/lib/log'
import { paintingKind } from '@/testing/agent/painting'
import { ALLOW_EVERYTHING } from '@/testing/agent/places'
import { testId } from '@/testing/ids'

export interface JobHost {
  machine: Host
  journal: Journal
  runner: CommandRunner
  jobs: Jobs
  /** As an orderly end of the agent. */
  close(): Promise<void>
}

/** The part of an agent that carries out jobs, in a directory of a test. `boot`: which one of the machine it takes this for. */
export async function openJobHost(
  base: string,
  boot = 'first boot',
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a request of its own
  kinds: readonly JobKind<any>[] = [paintingKind(base)],
): Promise<JobHost> {
  const log = createLog('agent', 'error', () => undefined)
  const journal = Journal.open(join(base, 'state'))
  const machine = await Host.open({
    runDir: join(base, 'run'),
    stateDir: join(base, 'state'),
    hostId: testId('host', 'test'),
    services: supervisorServices,
    policy: () => ALLOW_EVERYTHING,
    places: journal.places,
  })
  const runner = new CommandRunner({ journal, log })
  const { programs } = machine
  const jobs = Jobs.start({ journal, runner, programs, log, boot, kinds })
  runner.resume([jobs], clearLeftovers(machine, journal, log))
  return {
    machine,
    journal,
    runner,
    jobs,
    async close() {
      jobs.stop()
      await runner.stop()
      await machine.close()
      journal.close()
    },
  }
}
