import type { HostInfo } from '@/lib/agent-protocol/messages'
import { PROTOCOL_VERSION } from '@/lib/agent-protocol/verbs'
import type { AgentUpdate } from '@/lib/hosts/schema'

/** The packaged agent that the controller hands out, as far as the web process knows it. */
export interface OfferedPackage {
  file: string
  sha256: string
  version: string | null
}

/** Does it only speak protocols of before? It goes on mounting. */
export function isOutdated(protocolVersions: readonly number[]): boolean {
  return protocolVersions.length > 0 && Math.max(...protocolVersions) < PROTOCOL_VERSION
}

/**
 * Which update there is for the agent of a host, and how it gets there; null when it is up to date or not ours to update. `command`
 * fetches and installs a package.
 */
export function agentUpdateFor(
  host: { isLocal: boolean; revokedAt: Date | null },
  info: HostInfo | null,
  offered: OfferedPackage | null,
  command: (offered: OfferedPackage) => string,
): AgentUpdate | null {
  // The agent of this machine comes with the product and is started by it.
  if (host.isLocal || host.revokedAt !== null || info === null) return null
  const version = offered?.version ?? null
  const is_outdated = isOutdated(info.protocolVersions)
  if (!is_outdated && (version === null || version === info.agentVersion)) return null
  const fits = offered?.file.includes(`-${info.architecture}.`) ?? false
  return {
    version,
    is_outdated,
    is_remote: info.canUpdate === true && version !== null && fits,
    command: offered && fits ? command(offered) : null,
  }
}
