import { HostInfo } from '@/lib/agent-protocol/messages'
import { isOutdated } from '@/lib/hosts/agent-update'
import type { HostRecord } from '@/lib/hosts/repository'
import type { AgentUpdate, HostRow, HostView } from '@/lib/hosts/schema'
import { type MountCounts, NO_MOUNTS } from '@/lib/mounts/state'

interface StoredTool {
  command: string
  path: string | null
  package?: string | null
  neededBy: string[]
}

/** Stored by the controller after it parsed the agent's answer; a list of a thousand hosts does not parse it again. */
interface StoredInfo {
  agentVersion?: string
  protocolVersions?: number[]
  distribution?: { name?: string }
  privilege?: 'root' | 'namespace' | 'none'
  tools?: StoredTool[]
}

/** Commands that the host lacks, for one storage type or for any. */
export function missingTools(observedInfo: unknown, driver?: string): string[] {
  const tools = (observedInfo as StoredInfo | null)?.tools ?? []
  // What no package brings is missing almost everywhere, and wanted almost nowhere: only the type that needs it minds.
  const isMissed = (tool: StoredTool) =>
    driver === undefined ? tool.neededBy.length > 0 && hasPackage(tool.package) : tool.neededBy.includes(driver)
  return tools.filter((tool) => tool.path === null && isMissed(tool)).map((tool) => tool.command)
}

/** Of the stored list of a host: what it lacks of what these storage types need, with the package that brings it. */
export function missingToolsFor(
  stored: unknown,
  drivers: ReadonlySet<string>,
): { command: string; package: string | null }[] {
  const missed = ((stored ?? []) as StoredTool[]).filter(
    ({ path, neededBy }) => path === null && neededBy.some((driver) => drivers.has(driver)),
  )
  return missed.map(({ command, package: pack }) => ({ command, package: pack && hasPackage(pack) ? pack : null }))
}

/** Is anything of the stored list not there, whoever needs it? */
export function lacksTools(stored: unknown): boolean {
  return ((stored ?? []) as StoredTool[]).some(({ path }) => path === null)
}

/** Earlier agents put a remark in brackets where there is no package. */
function hasPackage(name: string | null | undefined): boolean {
  return name !== null && !name?.startsWith('(')
}

export function hostRow(row: HostRecord, mounts: MountCounts = NO_MOUNTS): HostRow {
  const info = row.observedInfo as StoredInfo | null
  return {
    id: row.id,
    name: row.name,
    address: row.address,
    labels: row.labels as Record<string, string>,
    is_local: row.isLocal,
    status: row.observedStatus,
    observed_at: row.observedAt?.toISOString() ?? null,
    error: row.observedError,
    agent_version: info?.agentVersion ?? null,
    // That of this machine comes with the product: it is updated by the next start.
    agent_outdated: !row.isLocal && isOutdated(info?.protocolVersions ?? []),
    distribution: info?.distribution?.name ?? null,
    privilege: info?.privilege ?? null,
    mounts,
    missing_tools: missingTools(info),
    clock_skew_ms: row.clockSkewMs,
    certificate_not_after: row.certificateNotAfter?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  }
}

export function hostView(
  row: HostRecord,
  mounts: MountCounts = NO_MOUNTS,
  updateFor: (info: HostInfo | null) => AgentUpdate | null = () => null,
): HostView {
  const info = HostInfo.safeParse(row.observedInfo).data ?? null
  return {
    ...hostRow(row, mounts),
    info,
    agent_update: updateFor(info),
    certificate_serial: row.certificateSerial,
    generation: row.generation,
  }
}
