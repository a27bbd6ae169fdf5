import { type AgentEnv, DEFAULT_STATE_DIR } from '@/agent/env'
import { detectServices } from '@/agent/host/services/services'
import { installPackage, type PackageParts, type WantedPackage } from '@/agent/update/agent-package'

/** Beside the installed agent, where programs may be run. */
const UPDATE_DIRECTORY = '/usr/local/lib/holdfast-agent/update'
/** What starts it. */
export const INSTALLED_PROGRAM = '/usr/local/lib/holdfast-agent/holdfast-agent'
/** The answer goes out first. */
const RESTART_MS = 1_000

/** An agent that can be replaced by another version. */
export interface Installation {
  install(wanted: WantedPackage, call: Omit<PackageParts, 'url' | 'authorities' | 'directory'>): Promise<void>
  /** Ends this agent soon; whoever keeps the service starts the one that is installed by then. */
  restartSoon(): void
}

/** Was this agent installed, and is it a service that is started again when it ends? */
export function isInstalledService(env: Pick<AgentEnv, 'stateDir'>): boolean {
  return env.stateDir === DEFAULT_STATE_DIR && detectServices().kind === 'systemd'
}

export interface InstallationParts {
  env: Pick<AgentEnv, 'stateDir'>
  controllerUrl: string
  /** Of the fleet, as they are then. */
  authorities(): string
  restart(): void
}

/** Null for an agent that others start, such as that of `npm start`: it is updated with what starts it. */
export function installationOf({ env, controllerUrl, authorities, restart }: InstallationParts): Installation | null {
  // systemd itself is the parent of a service; a shell is that of one who tries something.
  if (!isInstalledService(env) || process.ppid !== 1) return null
  return {
    install: (wanted, call) =>
      installPackage(wanted, { ...call, url: controllerUrl, authorities: authorities(), directory: UPDATE_DIRECTORY }),
    restartSoon: () => void setTimeout(restart, RESTART_MS),
  }
}
