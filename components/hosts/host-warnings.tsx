'use client'

import { InstallTools } from '@/components/hosts/install-tools'
import { UpdateAgent } from '@/components/hosts/update-agent'
import { Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { CLOCK_CURE, CLOCK_WARNING_MS, span } from '@/lib/agent-protocol/clock'
import type { HostView } from '@/lib/hosts/schema'

/** Does a storage of the host need what it lacks? */
export function needsTools({ info, missing_tools }: HostView, types: ReadonlySet<string>): boolean {
  const missing = info?.tools.filter(({ command }) => missing_tools.includes(command)) ?? []
  return missing.some(({ neededBy }) => neededBy.some((type) => types.has(type)))
}

/** What is to be known of a host on every tab of its page. */
export function HostWarnings({
  host,
  types,
}: {
  host: HostView
  /** Storage types that it has something of. */
  types: ReadonlySet<string>
}) {
  const privilege = host.info?.privilege
  return (
    <div className="mb-5 space-y-3 empty:hidden">
      {host.revoked_at && (
        <Note kind="warning" title="This host was revoked">
          Holdfast does not talk to it any more. What is mounted there stays as it is until somebody unmounts it by
          hand.
        </Note>
      )}
      {!host.revoked_at && host.error && (
        <Note kind="critical" title={host.error}>
          Seen last <RelativeTime at={host.observed_at} />. Check that the machine is up and that the service
          holdfast-agent runs on it.
        </Note>
      )}
      {host.agent_update && <UpdateAgent host={host} update={host.agent_update} />}
      {host.missing_tools.length > 0 && !host.revoked_at && (
        <InstallTools host={host} isNeeded={needsTools(host, types)} />
      )}
      {privilege === 'namespace' && (
        <Note kind="warning" title="The agent here does not run as root">
          It mounts inside a namespace of its own: other programs on this machine do not see those mounts.
        </Note>
      )}
      {host.clock_skew_ms !== null && Math.abs(host.clock_skew_ms) > CLOCK_WARNING_MS && (
        <Note
          kind="warning"
          title={`Its clock is ${span(host.clock_skew_ms)} ${host.clock_skew_ms > 0 ? 'ahead of' : 'behind'} the controller’s`}
        >
          If other hosts say the same, it is the controller’s clock that is wrong. {CLOCK_CURE} Certificates and logs
          depend on it.
        </Note>
      )}
    </div>
  )
}
