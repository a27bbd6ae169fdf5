import { COMMANDS, isCommandName } from '@/agent/host/exec/commands'
import { jailed } from '@/agent/host/exec/jail'
import { libvirtMachines } from '@/agent/libvirt/machines'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { Command } from '@/lib/drivers/contract/mount-request'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import type { EngineHost, WorkProgram } from '@/lib/volume-engines/contract/engine'

/** What the agent starts for a program of a job: itself, or what runs it confined. Throws `tool_missing`. */
export function programCommand({ command, args, confined }: WorkProgram): Command {
  if (confined === undefined) return { command, args }
  return jailed(catalogued(command), args, confined, true)
}

/** The door of one operation, as the engines of volumes get it. */
export function engineHost(host: DriverHost, machines = libvirtMachines(host)): EngineHost {
  return {
    machines,
    hostId: host.hostId,
    probe: host.probe,
    secretFile: (content) => host.secretFile(content),
    run: async (command, args, { confined, ...options } = {}) => {
      if (confined === undefined) return host.run(command, args, options)
      const name = catalogued(command)
      const jail = jailed(name, args, confined, false)
      try {
        return await host.run(jail.command, jail.args, { timeoutMs: COMMANDS[name].timeoutMs, ...options })
      } catch (error) {
        // Who reads of it wants to know what failed in there.
        throw error instanceof CommandError ? new CommandError({ ...failureOf(error), command }) : error
      }
    },
  }
}

function failureOf({ exitCode, signal, stderr, stdout }: CommandError) {
  return { exitCode, signal, stderr, stdout }
}

function catalogued(command: string) {
  if (!isCommandName(command)) throw new HoldfastError('internal', `The command ${command} is not in the catalogue.`)
  return command
}
