import { OWN_ENDS } from '@/lib/alerts/rules'
import type { HealthCheck, Pulse } from '@/lib/health/schema'
import { checkOf, count, namesInWords, type Trouble, text, time } from '@/lib/health/verdict'
import { formatDuration } from '@/lib/units'

const DAY_MS = 86_400_000

export interface AgentFacts {
  name: string
  status: 'unknown' | 'online' | 'offline' | 'error'
  version: string | null
  /** The newest protocol that it speaks; null: it has never told. */
  protocol: number | null
  isOutdated: boolean
}

const isSilent = ({ status }: AgentFacts) => status === 'offline' || status === 'error'

export function hostsCheck(agents: readonly AgentFacts[], newestProtocol: number): HealthCheck {
  const about = { id: 'hosts', title: 'Agents' } as const
  const silent = agents.filter(isSilent).map(({ name }) => name)
  const unheard = agents.filter(({ status }) => status === 'unknown').map(({ name }) => name)
  const outdated = agents.filter((agent) => agent.isOutdated).map(({ name }) => name)
  const protocols = Map.groupBy(agents, ({ protocol }) => protocol)
  const versions = new Set(agents.flatMap(({ version }) => version ?? []))
  const all = agents.length
  const troubles: (Trouble | null)[] = [
    silent.length === 0
      ? null
      : {
          state: silent.length === all ? 'failing' : 'attention',
          summary: `${silent.length} of ${all} ${all === 1 ? 'host' : 'hosts'} ${silent.length === 1 ? 'does' : 'do'} not answer: ${namesInWords(silent)}.`,
          advice: 'Each says why on its page; on the host, "holdfast-agent status" says more.',
        },
    outdated.length === 0
      ? null
      : {
          state: 'attention',
          summary: `${outdated.length} ${outdated.length === 1 ? 'agent speaks' : 'agents speak'} an older protocol: ${namesInWords(outdated)}.`,
          advice: 'They go on mounting, without what came later. Update them from the page of each host.',
        },
  ]
  if (unheard.length > 0) {
    troubles.push({
      state: 'unknown',
      summary: `${unheard.length} of ${all} ${all === 1 ? 'host' : 'hosts'} ${unheard.length === 1 ? 'has' : 'have'} not been heard of yet: ${namesInWords(unheard)}.`,
      advice: 'The controller asks each of them when it starts, and again and again. This takes some seconds.',
    })
  }
  const well = all === 0 ? 'There are no hosts yet.' : `${all === 1 ? 'The host answers' : `All ${all} hosts answer`}.`
  return checkOf(about, well, troubles, [
    count('Hosts', all),
    count('Do not answer', silent.length),
    ...(unheard.length === 0 ? [] : [count('Not heard of yet', unheard.length)]),
    ...[...protocols]
      .sort(([a], [b]) => (b ?? 0) - (a ?? 0))
      .map(([protocol, those]) =>
        count(protocol === null ? 'Protocol not told' : `Protocol ${protocol}`, those.length),
      ),
    text('Newest protocol', String(newestProtocol)),
    text('Versions', versions.size === 0 ? null : [...versions].sort().join(', ')),
  ])
}

export interface HostCertificate {
  name: string
  notAfter: Date
}

export interface CertificateFacts {
  now: Date
  /** Of the controller that leads; null: it has not told. */
  own: Pulse['certificates'] | null
  /** Those of hosts that run out first, soonest first. */
  hosts: readonly HostCertificate[]
}

/** Days before its end, at which it should have been renewed long ago. */
const LIMITS = {
  authority: { attention: OWN_ENDS.authority.warning, failing: OWN_ENDS.authority.critical },
  own: { attention: OWN_ENDS.renewed.warning, failing: OWN_ENDS.renewed.critical },
  host: { attention: 10, failing: 0 },
}

function ends(
  what: string,
  at: number,
  now: Date,
  limit: { attention: number; failing: number },
  advice: string,
): Trouble | null {
  const left = at - now.getTime()
  if (left > limit.attention * DAY_MS) return null
  const summary = left <= 0 ? `${what} has run out.` : `${what} runs out in ${formatDuration(left)}.`
  return { state: left <= limit.failing * DAY_MS ? 'failing' : 'attention', summary, advice }
}

export function certificatesCheck({ now, own, hosts }: CertificateFacts): HealthCheck {
  const renewed = 'The controller renews it by itself at half of its life; read log/controller.log why it did not.'
  const troubles: (Trouble | null)[] = own
    ? [
        ends(
          'The certificate authority of the fleet',
          Date.parse(own.authority),
          now,
          LIMITS.authority,
          'Every host has to join again under a new authority before that day. Plan for it.',
        ),
        ends('The certificate of the controller', Date.parse(own.controller), now, LIMITS.own, renewed),
        ends('The certificate of the fleet port', Date.parse(own.fleet_port), now, LIMITS.own, renewed),
      ]
    : [
        {
          state: 'unknown',
          summary: 'Only the controller knows its certificates, and it has not told yet.',
          advice: 'See what is said of the controller.',
        },
      ]
  const [first] = hosts
  if (first) {
    troubles.push(
      ends(
        `The certificate of ${first.name}`,
        first.notAfter.getTime(),
        now,
        LIMITS.host,
        'It is renewed when the host answers. Once it has run out, the host has to join again.',
      ),
    )
  }
  return checkOf({ id: 'certificates', title: 'Certificates' }, 'All hold, and are renewed in time.', troubles, [
    time('Authority until', own?.authority ?? null),
    time('Controller until', own?.controller ?? null),
    time('Fleet port until', own?.fleet_port ?? null),
    time(first ? `First of the hosts until (${first.name})` : 'First of the hosts until', first?.notAfter ?? null),
  ])
}
