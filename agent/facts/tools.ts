import { statSync } from 'node:fs'
import type { z } from 'zod'
import {
  COMMANDS,
  type CommandName,
  type Distribution,
  isCommandName,
  locateCommand,
  packageFor,
} from '@/agent/host/commands'
import type { Runner } from '@/agent/host/run'
import type { ToolStatus } from '@/lib/agent-protocol/messages'
import { CommandError } from '@/lib/drivers/command-error'
import { HoldfastError } from '@/lib/errors'

type Tool = z.infer<typeof ToolStatus>

/** What the agent itself cannot work without, whichever drivers are in use. */
const OWN_COMMANDS = ['mount', 'umount', 'findmnt', 'chattr'] as const
/** rclone alone takes 3 s on a slow and busy host. */
const VERSION_LIMIT_MS = 5_000

export interface ToolUser {
  id: string
  hostCommands: readonly string[]
}

/** First thing that looks like a version in what a command prints about itself. */
export function parseVersion(text: string): string | null {
  return /\d+\.\d+(?:\.\d+)*/.exec(text)?.[0] ?? null
}

/** Commands that somebody needs, in catalogue order, each with who needs it. */
export function neededCommands(users: readonly ToolUser[]): Map<CommandName, string[]> {
  const needed = new Map<CommandName, string[]>()
  for (const name of Object.keys(COMMANDS) as CommandName[]) {
    const by = users.filter((user) => user.hostCommands.includes(name)).map((user) => user.id)
    if ((OWN_COMMANDS as readonly string[]).includes(name)) by.unshift('agent')
    if (by.length > 0) needed.set(name, by)
  }
  return needed
}

/** Null for a program that this distribution has no package for: nobody can install it at the press of a button. */
function packageHere(command: CommandName, distribution: Distribution): string | null {
  const name = packageFor(command, distribution)
  return name.startsWith('(') ? null : name
}

/**
 * Which tools are here, in which version, and which package brings the missing ones. A version is asked for once per file:
 * nothing is started for a tool that has not changed.
 */
export class Tools {
  readonly #users: readonly ToolUser[]
  readonly #distribution: Distribution
  readonly #versions = new Map<CommandName, { stamp: string; version: string | null }>()

  constructor(users: readonly ToolUser[], distribution: Distribution) {
    this.#users = users
    this.#distribution = distribution
  }

  async status(runner: Runner): Promise<Tool[]> {
    const needed = [...neededCommands(this.#users)]
    return Promise.all(
      needed.map(async ([command, neededBy]) => {
        const path = locateCommand(command)
        return {
          command,
          path,
          version: path === null ? null : await this.#version(runner, command, path),
          package: packageHere(command, this.#distribution),
          neededBy,
        }
      }),
    )
  }

  /** Packages for these commands, each once. Throws `invalid_input` for a command that nobody here needs. */
  packagesFor(commands: readonly string[]): string[] {
    const needed = neededCommands(this.#users)
    const unknown = commands.filter((command) => !isCommandName(command) || !needed.has(command))
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

  async #version(runner: Runner, command: CommandName, path: string): Promise<string | null> {
    const args: readonly string[] | null = COMMANDS[command].version
    if (args === null) return null
    const stat = statSync(path, { throwIfNoEntry: false })
    const stamp = stat ? `${path} ${stat.ino} ${stat.size} ${stat.mtimeMs}` : path
    const known = this.#versions.get(command)
    if (known?.stamp === stamp) return known.version
    const said = await this.#ask(runner, command, args)
    // No answer in time says nothing; it is asked again with the next question.
    if (said === null) return null
    const version = parseVersion(said)
    this.#versions.set(command, { stamp, version })
    return version
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
