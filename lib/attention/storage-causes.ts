import { type Cause, causeOf, earlier, worse } from '@/lib/attention/cause'
import type { Facts, MountFact } from '@/lib/attention/facts'
import type { BackendRow, MountRow } from '@/lib/attention/facts-repository'
import { missingKey } from '@/lib/attention/host-causes'
import { adviceAway, titleAway } from '@/lib/attention/name-hosts'
import type { Severity } from '@/lib/attention/schema'
import { connectionStatus } from '@/lib/backends/connection-status'
import { PROBLEMS } from '@/lib/drivers/problems/catalogue'
import type { ExplanationView } from '@/lib/drivers/problems/schema'
import { explainedRow, plainValues } from '@/lib/drivers/problems/view'
import { isProblemId, isUnreachable } from '@/lib/drivers/problems/words'
import { serversOf } from '@/lib/drivers/servers'
import { missingToolsFor } from '@/lib/hosts/view'
import { effectiveMount } from '@/lib/mounts/effective'
import { isAway, isDrifted, isWrong, rollUp, traitsOf, wordOfMount } from '@/lib/mounts/state'
import { knownOf } from '@/lib/mounts/view'
import { firstSentence } from '@/lib/sentences'

type Backend = Pick<MountRow['backend'], 'id' | 'name' | 'driver' | 'source' | 'config'>

/** One sign of trouble: a mount or a connection on a host, or what a test said. */
interface Sign {
  backend: Backend
  /** Null of a test, which no host stands for. */
  hostId: string | null
  mount: MountRow | null
  severity: Severity
  since: Date | null
  message: string
  explanation: ExplanationView | null
  /** The settings in force there: a host may reach the storage by another address. */
  config: Record<string, unknown>
  isSilent: boolean
}

/**
 * What is wrong with storages, by its cause: all that falls silent with one server is one, all that a storage refuses for one reason is
 * one, and what is wrong at one mount alone is one.
 */
export function storageCauses(facts: Facts, ofHosts: readonly Cause[]): Cause[] {
  const causes = new Map<string, { cause: Cause; signs: Sign[] }>()
  const told = new Set<string>()
  const toolsOf = new Map(ofHosts.map((cause) => [cause.key, cause]))
  const add = (sign: Sign) => {
    told.add(sign.backend.id)
    const known = toolsOf.get(toolKeyOf(sign, facts) ?? '')
    const key = keyOf(sign)
    const found = known ? { cause: known, signs: [] } : (causes.get(key) ?? { cause: startOf(key, sign), signs: [] })
    if (!known) causes.set(key, found)
    found.signs.push(sign)
    follow(found.cause, sign)
  }
  for (const sign of [...mountSigns(facts), ...connectionSigns(facts)]) add(sign)
  // What hosts show of a backend is its status too, and is told already.
  for (const sign of backendSigns(facts)) if (!told.has(sign.backend.id)) add(sign)
  for (const { cause, signs } of causes.values()) putIntoWords(cause, signs, facts)
  return [...causes.values()].map(({ cause }) => cause)
}

// ---- signs ---------------------------------------------------------------------------------------------------------------

function mountSigns({ mounts, wellOn }: Facts): Sign[] {
  const ofMount = Map.groupBy(mounts, ({ mount }) => mount.id)
  return [...ofMount.values()].flatMap((all) => {
    const wrong = all.filter((fact) => isWrong(fact) && !isDrifted(fact))
    const [first] = wrong
    const severity = first ? severityOf(all, wellOn.get(first.mount.id) ?? 0) : null
    if (severity === null) return []
    return wrong.map((fact): Sign => {
      const { row, mount } = fact
      const effective = effectiveMount(mount, row.overrides)
      const { message, explanation } = explainedRow(row, knownOf(mount, effective))
      return {
        backend: mount.backend,
        hostId: row.hostId,
        mount,
        severity,
        since: row.observedSince,
        message: message ?? wordsWithout(fact),
        explanation,
        config: effective.config,
        isSilent:
          row.observedProblem === null
            ? traitsOf(row.observedState).storage === 'silent'
            : isUnreachable(row.observedProblem),
      }
    })
  })
}

/** Null where the mount as a whole needs nobody. What works nowhere is worse than what works on some hosts. */
function severityOf(facts: readonly MountFact[], well: number): Severity | null {
  const hosts = [...facts, ...(well > 0 ? [{ status: 'mounted' as const }] : [])]
  const removing = facts.some(({ mount }) => mount.deletedAt !== null)
  const { tone } = wordOfMount({ status: rollUp(hosts), removing, hosts })
  if (tone !== 'critical' && tone !== 'warning') return null
  return well === 0 && !removing ? 'critical' : 'warning'
}

function wordsWithout({ status }: MountFact): string {
  return `It is ${status.replaceAll('_', ' ')}.`
}

function connectionSigns({ connections }: Facts): Sign[] {
  return connections.flatMap((row): Sign[] => {
    if (isAway({ ...row.host, revokedAt: null }, row.observedAt)) return []
    const { tone } = connectionStatus({ state: row.observedState, desired: row.desired })
    const { message, explanation } = explainedRow(row, known(row.backend))
    if ((tone !== 'critical' && tone !== 'warning') || message === null) return []
    return [
      {
        backend: row.backend,
        hostId: row.hostId,
        mount: null,
        severity: tone,
        since: row.observedSince,
        message,
        explanation,
        config: row.backend.config as Record<string, unknown>,
        isSilent: isUnreachable(row.observedProblem),
      },
    ]
  })
}

function backendSigns({ backends, wantedOpen, hosts }: Facts): Sign[] {
  return backends.flatMap((row): Sign[] => {
    if (!isBad(row)) return []
    const wanted = wantedOpen.get(row.id) ?? []
    const isHeard = ({ hostId, observedAt }: (typeof wanted)[number]) => {
      const host = hosts.get(hostId)
      return host !== undefined && !isAway({ ...host, revokedAt: null }, observedAt)
    }
    // What is stored of a storage that is open only on hosts that are away is old.
    if (wanted.length > 0 && !wanted.some(isHeard)) return []
    const { message, explanation } = explainedRow(row, known(row))
    const isUsed = row.mounts.length > 0 || wanted.length > 0
    return [
      {
        backend: row,
        hostId: null,
        mount: null,
        // From what nobody uses, nobody suffers. It is looked at time and again.
        severity: isUsed ? 'critical' : 'warning',
        since: (isUsed ? null : row.reach[0]?.since) ?? row.observedAt,
        message: message ?? 'It cannot be reached.',
        explanation,
        config: row.config as Record<string, unknown>,
        isSilent: row.observedProblem === null ? row.observedStatus === 'offline' : isUnreachable(row.observedProblem),
      },
    ]
  })
}

export function isBad({ observedStatus }: Pick<BackendRow, 'observedStatus'>): boolean {
  return observedStatus === 'offline' || observedStatus === 'error'
}

function known({ source, config }: Backend) {
  return { endpoint: source, ...plainValues(config) }
}

// ---- causes --------------------------------------------------------------------------------------------------------------

/** Problems of the place where something is mounted and not of the storage. */
const OF_PLACE: ReadonlySet<string> = new Set(['busy', 'conflict', 'in_use'])

function codeOf({ explanation }: Sign): string | null {
  return explanation && isProblemId(explanation.id) ? PROBLEMS[explanation.id].code : null
}

function keyOf(sign: Sign): string {
  const { backend, mount, explanation, config, isSilent } = sign
  if (isSilent) {
    const server = serverOf(backend.driver, config)
    return server === null ? `backend:${backend.id}:silent` : `server:${server}`
  }
  const code = codeOf(sign)
  if (mount !== null && (code === null || OF_PLACE.has(code))) return `mount:${mount.id}:wrong`
  return `backend:${backend.id}:${explanation?.id ?? 'wrong'}`
}

/** The machines behind a storage; null for one that uses no network. */
export function serverOf(driver: string, config: Record<string, unknown>): string | null {
  return serversOf(driver, config).join(', ') || null
}

/** A mount that fails for want of a program is told with the host that lacks it. */
function toolKeyOf(sign: Sign, { hosts, typesOf }: Facts): string | null {
  if (sign.hostId === null || codeOf(sign) !== 'tool_missing') return null
  const types = typesOf.get(sign.hostId) ?? new Set<string>()
  const lacks = missingToolsFor(hosts.get(sign.hostId)?.tools, types)
  const command = sign.explanation?.values.command
  const tool = lacks.find((one) => one.command === command) ?? (command === undefined ? lacks[0] : undefined)
  return tool === undefined ? null : missingKey(sign.hostId, tool.package ?? tool.command)
}

function startOf(key: string, { backend, mount, severity }: Sign): Cause {
  const isMounts = key.startsWith('mount:') && mount !== null
  const subject = isMounts
    ? ({ kind: 'mount', id: mount.id, name: mount.name } as const)
    : ({ kind: 'backend', id: backend.id, name: backend.name } as const)
  const within = new Set(isMounts ? [backend.id] : [])
  return causeOf({ key, kind: isMounts ? 'mount' : 'storage', severity, subject, what: '', within })
}

/** One more sign of it. */
function follow(cause: Cause, { severity, since, hostId, mount, backend }: Sign): void {
  cause.severity = worse(cause.severity, severity)
  cause.since = earlier(cause.since, since)
  if (hostId !== null) {
    cause.hosts.add(hostId)
    cause.places++
  }
  if (mount !== null) cause.mounts.add(mount.id)
  if (cause.kind === 'storage') cause.backends.add(backend.id)
}

/** Says what all signs of a cause have in common, and what helps. */
function putIntoWords(cause: Cause, signs: readonly Sign[], { backends, hosts }: Facts): void {
  const [first] = signs
  if (!first) return
  if (cause.backends.size > 1)
    cause.subject = { kind: 'server', id: null, name: cause.key.slice(cause.key.indexOf(':') + 1) }
  const alike = <T>(of: (sign: Sign) => T) => signs.every((sign) => of(sign) === of(first))
  const title = alike(({ explanation }) => explanation?.id) ? first.explanation?.title : undefined
  const text = alike(({ message }) => message) ? firstSentence(first.message) : title && `${title}.`
  cause.what = text === undefined ? (first.isSilent ? ' does not answer' : ' fails') : `: ${titleAway(text)}`
  const advice = (signs.find(({ explanation }) => explanation !== null) ?? first).explanation?.advice
  const sufferers = [...cause.hosts].flatMap((id) => hosts.get(id) ?? [])
  cause.advice = advice === undefined ? null : adviceAway(advice, sufferers)
  // A mount alone can make the status of its backend bad: then both are in trouble.
  if (cause.kind === 'mount' && backends.some((row) => row.id === first.backend.id && isBad(row)))
    cause.backends.add(first.backend.id)
  cause.remedy = remedyOf(cause, signs)
}

function remedyOf(cause: Cause, signs: readonly Sign[]): Cause['remedy'] {
  if (signs.some(({ mount }) => mount !== null && mount.deletedAt !== null)) return null
  // A lost connection is opened again by its host; a test says nothing about it.
  if (signs.some(({ mount, hostId }) => mount === null && hostId !== null)) return null
  // The host refuses it for as long as something else is mounted there.
  if (signs.every(({ explanation }) => explanation?.id === 'mount.foreign')) return null
  if (cause.mounts.size === 1) return 'sync'
  return cause.kind === 'storage' ? 'test' : null
}
