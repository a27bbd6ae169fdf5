import type { JobTurn } from '@/agent/commands/jobs/job-kind'
import { isCommandName, locateCommand } from '@/agent/host/exec/commands'
import type { BackupHost, BackupTurn } from '@/lib/backup-engines/contract/engine'
import { HoldfastError } from '@/lib/errors'

/** For what is done between two long programs, each time anew. */
const STEP_MS = 140_000

/** The turn of a job, as engines of backups know it. */
export function backupTurn(turn: JobTurn, host: BackupHost): BackupTurn {
  return {
    host,
    signal: turn.signal,
    get deadlineAt() {
      return performance.now() + STEP_MS
    },
    step: (name, work) => turn.step(name, work),
    directory: (step) => turn.directory(step),
    locate,
    run: (step, program, undo) => turn.run(step, program, undo),
  }
}

function locate(command: string): string {
  const path = isCommandName(command) ? locateCommand(command) : null
  if (path !== null) return path
  throw new HoldfastError('tool_missing', `The command ${command} is not installed on this host.`, {
    details: { command },
  })
}
