import { CLOCK_CURE, span } from '@/lib/agent-protocol/clock'
import { levelAt } from '@/lib/alerts/rules'
import { type Cause, causeId, causeOf } from '@/lib/attention/cause'
import type { Facts, HostFact } from '@/lib/attention/facts'
import { isOutdated } from '@/lib/hosts/agent-update'
import { missingToolsFor } from '@/lib/hosts/view'
import { isSilent } from '@/lib/mounts/state'
import { firstSentence } from '@/lib/sentences'

/** So many hosts that are down are told one by one; more are one matter, such as a rack without power. */
const DOWN_APART = 3
const DAY_MS = 86_400_000

/** What is wrong with hosts themselves. */
export function hostCauses(facts: Facts, now: Date): Cause[] {
  return [...facts.hosts.values()].flatMap((host) => {
    if (isSilent(host.observedStatus)) return [away(host, facts)]
    const causes = missing(host, facts)
    if (!host.isLocal && isOutdated((host.protocolVersions as number[] | null) ?? [])) causes.push(outdated(host))
    const end = host.certificateNotAfter
    causes.push(...clockOff(host, facts))
    if (end !== null && end.getTime() - now.getTime() < facts.rules.limits('certificate_ending').warning * DAY_MS)
      causes.push(ending(host))
    return causes
  })
}

function about(host: HostFact) {
  return { subject: { kind: 'host', id: host.id, name: host.name }, hosts: new Set([host.id]) } as const
}

function away(host: HostFact, { localFault, awayOf }: Facts): Cause {
  const mounts = awayOf.get(host.id) ?? []
  const isStrange = host.observedStatus === 'error' && host.observedError !== null
  const fault = host.isLocal ? localFault : null
  return causeOf({
    ...about(host),
    key: `host:${host.id}:away`,
    kind: 'host_away',
    severity: 'critical',
    what: isStrange ? `: ${firstSentence(fault ?? host.observedError ?? '')}` : ' does not answer',
    advice: fault ?? 'Check power and network there, and that the agent runs: systemctl status holdfast-agent',
    since: host.observedAt,
    mounts: new Set(mounts),
    places: mounts.length,
    fold: {
      key: `hosts:away:${isStrange ? host.observedError : ''}`,
      apart: DOWN_APART,
      what: (names) => ` do not answer: ${names}`,
    },
  })
}

/** Certificates and times of history depend on it. */
function clockOff(host: HostFact, { told, rules }: Facts): Cause[] {
  const key = `host:${host.id}:clock`
  const offMs = host.clockSkewMs ?? 0
  if (host.observedStatus !== 'online') return []
  const severity = levelAt(Math.abs(offMs) / 1_000, rules.limits('clock'), told.get(causeId(key)))
  if (severity === null) return []
  const what = 'a clock that does not agree with that of the controller'
  return [
    causeOf({
      ...about(host),
      key,
      kind: 'clock',
      severity,
      what: ` has a clock that is ${span(offMs)} ${offMs > 0 ? 'ahead' : 'behind'}`,
      advice: CLOCK_CURE,
      fold: { key: 'hosts:clock', apart: 1, what: (names) => ` have ${what}: ${names}` },
    }),
  ]
}

function outdated(host: HostFact): Cause {
  const what = 'an agent that is older than this controller'
  return causeOf({
    ...about(host),
    key: `host:${host.id}:agent`,
    kind: 'agent_outdated',
    severity: 'warning',
    what: ` has ${what}`,
    advice: 'It goes on mounting, without what came later: update it from the page of the host.',
    fold: { key: 'hosts:agent', apart: 1, what: (names) => ` have ${what}: ${names}` },
  })
}

function ending(host: HostFact): Cause {
  const what = 'a certificate that is about to end and was not renewed'
  return causeOf({
    ...about(host),
    key: `host:${host.id}:certificate`,
    kind: 'certificate_ending',
    severity: 'warning',
    what: ` has ${what}`,
    advice: 'Read the log of its agent, and compare the clocks of the host and of this machine.',
    fold: { key: 'hosts:certificate', apart: 1, what: (names) => ` have ${what}: ${names}` },
  })
}

/** The key of what a host lacks: the package that brings it, else the program. */
export function missingKey(hostId: string, pack: string): string {
  return `host:${hostId}:tools:${pack}`
}

/** Programs that the storages of this host need, by the package that brings them; what no storage there needs is no matter. */
function missing(host: HostFact, { typesOf }: Facts): Cause[] {
  const types = typesOf.get(host.id)
  if (types === undefined) return []
  const byPackage = Map.groupBy(missingToolsFor(host.tools, types), ({ command, package: pack }) => pack ?? command)
  return [...byPackage].map(([pack, tools]) => {
    const commands = tools.map(({ command }) => command).join(', ')
    const what = commands === pack ? commands : `${commands} (package ${pack})`
    return causeOf({
      ...about(host),
      key: missingKey(host.id, pack),
      kind: 'tools_missing',
      severity: 'warning',
      what: ` lacks ${what}`,
      advice: 'A storage of the host needs it: install it from the page of the host, or by hand.',
      fold: { key: `hosts:tools:${pack}`, apart: 1, what: (names) => ` lack ${what}: ${names}` },
    })
  })
}
