import type { ResourceKind } from '@/agent/commands/runner'
import { orFullDisk } from '@/agent/host/files/full-disk'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { PACKAGE_MANAGERS } from '@/lib/agent-protocol/package-managers'
import { HoldfastError } from '@/lib/errors'

/** Nobody can tell how far an interrupted package run came; it is safe to ask for it again. */
export const TOOL_INSTALLATIONS: ResourceKind = {
  commands: ['installTools'],
  recover() {
    const message = 'The agent was restarted while this ran. Look at the tools, then ask again.'
    return Promise.reject(new HoldfastError('timed_out', message))
  },
  begin: () => undefined,
}

/**
 * Installs the packages that bring these commands. Package names come from the catalogue alone, never from the request. It goes
 * on when the caller has gone: half a package run is worse than a whole one.
 */
export function installTools(agent: Agent): Handler<'installTools'> {
  return async ({ commands, ...envelope }, call) => {
    const packages = agent.tools.packagesFor(commands)
    const { command: manager, refresh, install, env } = PACKAGE_MANAGERS[agent.distribution]
    const { host, runner, redactor } = agent.open({
      operationId: envelope.operationId,
      deadlineAt: call.deadlineAt,
      signal: call.signal,
    })
    const run = async (args: readonly string[]) => {
      call.log(`$ ${manager} ${args.join(' ')}`)
      try {
        await runner.run(manager, args, {
          ...(env === undefined ? {} : { env }),
          onLine: (line) => call.log(redactor.redact(line)),
        })
      } catch (error) {
        throw await orFullDisk(error, host.probe.statfs)
      }
    }
    const installAll = async () => {
      if (refresh) await run(refresh)
      await run(install(packages))
      const tools = await agent.tools.status(runner)
      const missing = tools.find((tool) => commands.includes(tool.command) && tool.path === null)
      if (missing) {
        throw new HoldfastError(
          'tool_missing',
          `${packages.join(', ')} is installed, but ${missing.command} is not there.`,
        )
      }
      return { tools: tools.filter((tool) => commands.includes(tool.command)) }
    }
    const command = { kind: 'installTools', envelope, args: { commands } }
    return agent.commands.run(command, call.receivedAt, call.log, { carryOut: installAll })
  }
}
