import { type Exposition, seconds } from '@/lib/monitoring/exposition/exposition'
import type { HostRow } from '@/lib/monitoring/exposition/repository'

/** Adds every host that is not revoked. `versions`: of agents, by id of the host. */
export function addHosts(
  figures: Exposition,
  hosts: readonly HostRow[],
  versions: ReadonlyMap<string, string | null>,
): void {
  for (const { id, name: host, observedStatus, observedAt, clockSkewMs, certificateNotAfter } of hosts) {
    const isOnline = observedStatus === 'online'
    const version = versions.get(id) ?? null
    figures.add('hostInfo', { host, id, ...(version === null ? {} : { agent_version: version }) }, 1)
    figures.add('hostOnline', { host }, observedStatus === 'unknown' ? null : Number(isOnline))
    figures.add('hostSeen', { host }, seconds(observedAt))
    figures.add('hostClock', { host }, isOnline && clockSkewMs !== null ? clockSkewMs / 1000 : null)
    figures.add('hostCertificate', { host }, seconds(certificateNotAfter))
  }
}
