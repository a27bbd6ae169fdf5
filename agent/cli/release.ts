import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type MountToRelease, releaseConnections, releaseMounts } from '@/agent/boot/release'
import { openWire, wantedMounts } from '@/agent/boot/wanted-mounts'
import type { CommandLine } from '@/agent/cli/command-line'
import type { AgentEnv } from '@/agent/env'
import { hasSystemd } from '@/agent/facts/host-facts'
import { Runner } from '@/agent/host/exec/run'
import { Host } from '@/agent/host/host'
import { Journal } from '@/agent/journal/journal'
import { CONNECTION_DOCUMENTS } from '@/agent/resources/connections/connection-documents'
import type { OpenedBackend } from '@/agent/resources/mounts/managed-mount'
import { HoldfastError } from '@/lib/errors'

/** Shorter than the units' TimeoutStopSec, which a slow machine also needs to start this program. */
const HUNG_MS = 20_000
const RELEASE_MS = 15_000
/** Mounts included. */
const CONNECTIONS_MS = 35_000
const UPLOADS_MS = 6_000

/** Anywhere else than in a shutdown this must do nothing: a person may stop the unit by hand. */
async function isGoingDown(): Promise<boolean> {
  if (!hasSystemd()) return false
  const { stdout } = await new Runner().run('systemctl', ['is-system-running'], { okExitCodes: [0, 1] })
  return stdout.trim() === 'stopping'
}

/** What the agent wants: mounts, as far as they are there and ours, and block storages that are to be open. */
function wantedOf(journal: Journal): { mounts: MountToRelease[]; connections: OpenedBackend[] } {
  return {
    mounts: wantedMounts(journal).filter(({ truth }) => truth?.kind === 'ours'),
    connections: journal
      .documents(CONNECTION_DOCUMENTS)
      .all()
      .flatMap(({ document }) => openWire(document) ?? []),
  }
}

/** Takes mounts away and closes block storages while the system goes down. The exit code is 0: nothing may hold up a shutdown. */
export async function release(env: AgentEnv, line: CommandLine): Promise<number> {
  const say = (text: string) => process.stdout.write(`${text}\n`)
  if (!existsSync(join(env.stateDir, 'journal.db'))) return 0
  if (!(await isGoingDown())) {
    say('The system is not going down; mounts stay.')
    return 0
  }
  const journal = Journal.open(env.stateDir)
  try {
    await releaseAll(env, journal, line.hung ?? false, say)
  } finally {
    journal.close()
  }
  return 0
}

async function releaseAll(
  env: AgentEnv,
  journal: Journal,
  hungOnly: boolean,
  say: (text: string) => void,
): Promise<void> {
  const startedAt = performance.now()
  const refuse = () => {
    throw new HoldfastError('policy_denied', 'Nothing is mounted during a shutdown.')
  }
  const machine = await Host.open({
    runDir: env.runDir,
    stateDir: env.stateDir,
    policy: () => ({
      checkMountPoint: refuse,
      closedToMounts: () => [],
      checkAddress: refuse,
      closedNetworks: ['0.0.0.0/0', '::/0'],
      allowsUnfilteredDaemons: false,
      sources: { check: refuse, checkData: refuse, closed: () => [] },
    }),
    places: journal.places,
    // Nothing is opened during a shutdown, so no mark of this host is needed.
    hostId: '',
  })
  const { mounts, connections } = wantedOf(journal)
  await releaseMounts(machine, mounts, {
    hungOnly,
    deadlineAt: startedAt + (hungOnly ? HUNG_MS : RELEASE_MS),
    uploadsUntil: startedAt + UPLOADS_MS,
    say,
  })
  // What was mounted may have lain on one of them.
  if (!hungOnly) await releaseConnections(machine, connections, { deadlineAt: startedAt + CONNECTIONS_MS, say })
}
