import type { ResourceKind } from '@/agent/commands/runner'
import type { Distribution } from '@/agent/host/exec/commands'
import { orFullDisk } from '@/agent/host/files/full-disk'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { HoldfastError } from '@/lib/errors'

interface PackageManager {
  command: 'apt-get' | 'dnf' | 'zypper' | 'pacman' | 'apk'
  /** Brings the lists of packages up to date first. */
  refresh: readonly string[] | null
  install(packages: readonly string[]): string[]
  env?: Record<string, string>
}

const DNF: PackageManager = { command: 'dnf', refresh: null, install: (packages) => ['install', '-y', ...packages] }

/** Never asks a question, keeps configuration files that the administrator has changed, waits two minutes for another run. */
const APT: PackageManager = {
  command: 'apt-get',
  refresh: ['-q', '-o', 'DPkg::Lock::Timeout=120', 'update'],
  install: (packages) => [
    '-q',
    '-y',
    '-o',
    'DPkg::Lock::Timeout=120',
    '-o',
    'Dpkg::Options::=--force-confdef',
    '-o',
    'Dpkg::Options::=--force-confold',
    '--no-install-recommends',
    'install',
    ...packages,
  ],
  env: { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', HOME: '/root' },
}

const MANAGERS: Record<Distribution, PackageManager> = {
  debian: APT,
  ubuntu: APT,
  rhel: DNF,
  fedora: DNF,
  suse: {
    command: 'zypper',
    refresh: null,
    install: (packages) => ['--non-interactive', 'install', '--no-recommends', ...packages],
  },
  arch: {
    command: 'pacman',
    refresh: null,
    install: (packages) => ['-Sy', '--noconfirm', '--needed', ...packages],
  },
  alpine: { command: 'apk', refresh: null, install: (packages) => ['add', ...packages] },
}

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
    const { command: manager, refresh, install, env } = MANAGERS[agent.distribution]
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
