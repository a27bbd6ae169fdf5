import type { EngineHost } from '@/lib/volume-engines/contract/engine'

/** How long a command takes, in milliseconds: something has to be there to be cut off. */
const COMMAND_MS = 3

/** What is kept of a storage outside this process. */
interface Kept {
  read(): void
  write(): void
}

/** The same host, on which each command finds what the one before has left, also that of a process that was killed. */
export function keptBetweenCommands(host: EngineHost, kept: Kept): EngineHost {
  const run = host.run.bind(host)
  host.run = async (command, args, options) => {
    await new Promise((resolve) => setTimeout(resolve, COMMAND_MS))
    kept.read()
    const result = await run(command, args, options)
    kept.write()
    await new Promise((resolve) => setTimeout(resolve, COMMAND_MS))
    return result
  }
  return host
}
