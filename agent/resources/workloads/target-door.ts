import { isCommandName, locateCommand } from '@/agent/host/exec/commands'
import { Runner } from '@/agent/host/exec/run'
import { askDaemon, tellDaemon } from '@/agent/host/local-daemons'
import type { TargetDoor } from '@/agent/resources/workloads/workload-watch'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'

/** For all that one look at one target asks. */
const LOOK_MS = 120_000

export function openTargetDoor(): TargetDoor & { host: ChangingTargetHost } {
  const runner = new Runner({ deadlineAt: performance.now() + LOOK_MS })
  return {
    host: {
      run: (command, args, options) => runner.run(command, args, options),
      has: (command) => isCommandName(command) && locateCommand(command) !== null,
      ask: (daemon, path) => askDaemon(daemon, path),
      tell: (daemon, path, change) => tellDaemon(daemon, path, change),
    },
    isStuck: () => runner.uncertain,
  }
}
