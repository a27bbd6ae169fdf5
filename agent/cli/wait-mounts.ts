import { waitUntilSettled } from '@/agent/boot/settled'
import type { CommandLine } from '@/agent/cli/command-line'
import type { AgentEnv } from '@/agent/env'
import { readIdentity } from '@/agent/identity/identity'
import { HoldfastError } from '@/lib/errors'

const DEFAULT_SECONDS = '5'

/** Seconds since this process started, so that the start of the program itself counts too. */
function readLimit(text: string): number {
  const seconds = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > 300) {
    throw new HoldfastError('invalid_input', `--at-most must be a number of seconds up to 300, not ${text}.`)
  }
  return seconds * 1000
}

/**
 * Holds up what uses storage until every mount is up or known to have failed, and never longer than it may. Whatever the
 * outcome, what waits for it is started: the exit code is 0.
 */
export async function waitMounts(env: AgentEnv, line: CommandLine): Promise<number> {
  const limit = line['at-most'] ?? DEFAULT_SECONDS
  const untilMs = readLimit(limit)
  if (readIdentity(env.stateDir) === null) return 0
  if (!(await waitUntilSettled(env.runDir, untilMs))) {
    process.stdout.write(`Not every mount is up after ${limit} s; the agent goes on with the rest.\n`)
  }
  return 0
}
