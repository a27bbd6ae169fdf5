import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engineHost } from '@/agent/host/engine-host'
import type { Runner } from '@/agent/host/exec/run'
import { Prober } from '@/agent/host/mounting/probe'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { reveal, Secret } from '@/lib/secret'
import type { EngineHost } from '@/lib/volume-engines/contract/engine'
import type { Machines } from '@/lib/volume-engines/contract/machines'
import { testId } from '@/testing/ids'
import { NO_MACHINES } from '@/testing/volume-engines/no-machines'

const prober = new Prober()
const missing = (): never => {
  throw new Error('An engine has no use for this part of the host.')
}

/** The engines' door over the real runner and prober of this machine, without an agent around it. */
export function runnerEngineHost(runner: Runner, machines: Machines = NO_MACHINES): EngineHost {
  const host: DriverHost = {
    run: (command, args, options) => runner.run(command, args, options),
    probe: {
      statfs: (path) => prober.statfs(path),
      list: (path) => prober.list(path),
      writeReadDelete: (path) => prober.writeReadDelete(path),
      readText: (path) => prober.readText(path),
      stat: (path) => prober.stat(path),
    },
    secretFile: async (content) => {
      const directory = mkdtempSync(join(tmpdir(), 'holdfast-secret-'))
      const path = join(directory, randomBytes(4).toString('hex'))
      writeFileSync(path, content instanceof Secret ? reveal(content) : content, { mode: 0o600 })
      return { path, done: async () => rmSync(directory, { recursive: true }) }
    },
    hostId: testId('host', 'engine'),
    keepsOpen: () => false,
    get net() {
      return missing()
    },
    get mounts() {
      return missing()
    },
    get fuse() {
      return missing()
    },
    get records() {
      return missing()
    },
    scratch: missing,
  }
  return engineHost(host, machines)
}
