import { statSync } from 'node:fs'
import type { z } from 'zod'
import { COMMANDS, type CommandName, isCommandName, locateCommand, packageFor } from '@/agent/host/exec/commands'
import type { Runner } from '@/agent/host/exec/run'
import type { ToolStatus } from '@/lib/agent-protocol/messages'
import type { Distribution } from '@/lib/agent-protocol/package-managers'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { atMost } from '@/lib/pause'

type Tool = z.infer<typeof ToolStatus>

/** What the agent itself cannot work without, whichever drivers are in use. */
const OWN_COMMANDS = ['mount', 'umount', 'findmnt', 'chattr'] as const
/**
 * What nobody needs, and whose version is worth knowing where it is: what libvirt can do with a disk follows from it, and what is known
 * of disks.
 */
const TOLD_COMMANDS: readonly string[] = ['virsh', 'smartctl']
/** rclone alone takes 3 s on a slow and busy host. */
const VERSION_LIMIT_MS = 20_000
/** Two dozen programs that start together hold each other, and everything else on the host, up. */
const AT_ONCE = 3

export interface ToolUser {
  id: string
  hostCommands: readonly string[]
}

/** First thing that looks like a version in what a command prints about itself. */
export function parseVersion(text: string): string | null {
  return /\d+\.\d+(?:\.\d+)*/.exec(text)?.[0] ?? null
}

/** Commands that somebody needs, in catalogue order, each with who needs it; with nobody, those that are told of anyway. */
export function neededCommands(users: readonly ToolUser[]): Map<CommandName, string[]> {
  const needed = new Map<CommandName, string[]>()
  for (const name of Object.keys(COMMANDS) as CommandName[]) {
    const by = users.filter((user) => user.hostCommands.includes(name)).map((user) => user.id)
    if ((OWN_COMMANDS as readonly string[]).includes(name)) by.unshift('agent')
    if (by.length > 0 || TOLD_COMMANDS.includes(name)) needed.set(name, by)
  }
  return needed
}

/** Null for a program that this distribution has no package for: nobody can install it at the press of a button. */
function packageHere(command: CommandName, distribution: Distribution): string | null {
  const name = packageFor(command, distribution)
  return name.startsWith('(') ? null : name
}

/** Changes when the file does. */
function stampOf(path: string | null): string {
  const stat = path === null ? undefined : statSync(path, { throwIfNoEntry: false })
  return stat ? `${path} ${stat.ino} ${stat.size} ${stat.mtimeMs}` : String(path)
}

/**
 * Which tools are here, in which version, and which package brings the missing ones. A version is asked for once per file:
 * nothing is started for a tool that has not changed.
 */
export class Tools {
  readonly #needed: ReadonlyMap<CommandName, string[]>
  readonly #distribution: Distribution
  readonly #versions = new Map<CommandName, { stamp: string; version: string | null }>()
  /** One round after the other, whoever asks; one in which nothing is unknown any more is over at once. */
  #asked: Promise<void> = Promise.resolve()

  constructor(users: readonly ToolUser[], distribution: Distribution) {
    this.#needed = neededCommands(users)
    this.#distribution = distribution
  }

  /** Waits at most `waitMs` for versions; what is not known by then is null, and there with a later question. */
  async status(runner: Runner, waitMs = VERSION_LIMIT_MS * 10): Promise<Tool[]> {
    // A tool that cannot be looked at has no version.
    this.#asked = this.#asked.then(() => this.#askAll(runner)).catch(() => undefined)
    await atMost(waitMs, this.#asked)
    return [...this.#needed].flatMap(([command, neededBy]) => {
      const path = locateCommand(command)
      if (path === null && neededBy.length === 0) return []
      const known = path === null ? undefined : this.#versions.get(command)
      const version = known !== undefined && known.stamp === stampOf(path) ? known.version : null
      return [{ command, path, version, package: packageHere(command, this.#distribution), neededBy }]
    })
  }

  async #askAll(runner: Runner): Promise<void> {
    const unknown = [...this.#needed.keys()].filter((command) => {
      const path = locateCommand(command)
      return path !== null && COMMANDS[command].version !== null && this.#versions.get(command)?.stamp !== stampOf(path)
    })
    const work = async () => {
      for (let command = unknown.shift(); command !== undefined; command = unknown.shift()) {
        await this.#learn(runner, command)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }

  /** Packages for these commands, each once. Throws `invalid_input` for a command that nobody here needs. */
  packagesFor(commands: readonly string[]): string[] {
    const unknown = commands.filter((command) => !isCommandName(command) || !this.#needed.get(command)?.length)
    if (unknown.length > 0) {
      throw new HoldfastError('invalid_input', `No storage type needs the command ${unknown[0]}.`, {
        fields: unknown.map((command) => ({
          field: 'commands',
          message: `${command} is not needed by any storage type.`,
        })),
      })
    }
    const packages = commands.filter(isCommandName).map((command) => packageFor(command, this.#distribution))
    const impossible = packages.find((name) => name.startsWith('('))
    if (impossible) throw new HoldfastError('unsupported', `This distribution has no package for it: ${impossible}.`)
    return [...new Set(packages)]
  }

  async #learn(runner: Runner, command: CommandName): Promise<void> {
    const stamp = stampOf(locateCommand(command))
    const said = await this.#ask(runner, command, COMMANDS[command].version ?? [])
    // No answer in time says nothing; it is asked again with the next question.
    if (said !== null) this.#versions.set(command, { stamp, version: parseVersion(said) })
  }

  /** Some print their version as an error, with an exit code to match. */
  async #ask(runner: Runner, command: CommandName, args: readonly string[]): Promise<string | null> {
    try {
      const { stdout, stderr } = await runner.run(command, args, { timeoutMs: VERSION_LIMIT_MS })
      return `${stdout}\n${stderr}`
    } catch (error) {
      if (error instanceof CommandError) return `${error.stdout}\n${error.stderr}`
      return error instanceof HoldfastError && error.code === 'timed_out' ? null : ''
    }
  }
}
