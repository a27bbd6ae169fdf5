'use client'

import { problemOf } from '@/components/data/problem-note'
import { HostPicker } from '@/components/mounts/forms/host-picker'
import { cn } from '@/components/ui/cn'
import type { HostRow } from '@/lib/hosts/schema'
import { isTarget, type TargetKind } from '@/lib/mounts/targets'

export interface Targeting {
  targets: TargetKind
  labels: Record<string, string>
  hostIds: string[]
}

const KINDS: readonly { kind: TargetKind; title: string; help: string }[] = [
  { kind: 'hosts', title: 'Chosen hosts', help: 'Exactly those that you pick.' },
  { kind: 'labels', title: 'By label', help: 'Every host that carries the labels, now and later.' },
  { kind: 'all', title: 'All hosts', help: 'Every host there is and will be.' },
]

/** What the API takes for this choice. */
export function targetBody({ targets, labels, hostIds }: Targeting) {
  if (targets === 'hosts') return { targets, host_ids: hostIds }
  return targets === 'labels' ? { targets, target_labels: labels } : { targets }
}

/** The hosts that a choice means now. */
export function targetedHosts(value: Targeting, hosts: readonly HostRow[]): HostRow[] {
  if (value.targets === 'hosts') return hosts.filter((host) => value.hostIds.includes(host.id))
  const rule = { targets: value.targets, targetLabels: value.labels }
  return hosts.filter((host) =>
    isTarget(rule, { id: host.id, labels: host.labels, revokedAt: host.revoked_at ? new Date(host.revoked_at) : null }),
  )
}

/** Every label that a host has, and any that is wanted although no host has it. */
function knownLabels(hosts: readonly HostRow[], wanted: Record<string, string>): [string, string, number][] {
  const counts = new Map<string, number>()
  for (const [key, value] of Object.entries(wanted)) counts.set(`${key}=${value}`, 0)
  for (const host of hosts) {
    if (host.revoked_at) continue
    for (const [key, value] of Object.entries(host.labels)) {
      counts.set(`${key}=${value}`, (counts.get(`${key}=${value}`) ?? 0) + 1)
    }
  }
  return [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([pair, count]) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1), count]
    })
}

function LabelChoice({
  hosts,
  value,
  onChange,
}: {
  hosts: readonly HostRow[]
  value: Targeting
  onChange: (value: Targeting) => void
}) {
  const labels = knownLabels(hosts, value.labels)
  const matching = targetedHosts(value, hosts)
  function toggle(key: string, word: string) {
    const { [key]: before, ...others } = value.labels
    onChange({ ...value, labels: before === word ? others : { ...others, [key]: word } })
  }
  if (labels.length === 0) {
    return (
      <p className="text-13 text-muted">No host has a label yet. Give hosts labels on their own page, under Edit.</p>
    )
  }
  return (
    <div className="space-y-3">
      <ul className="flex flex-wrap gap-1.5" aria-label="Labels">
        {labels.map(([key, word, count]) => {
          const isOn = value.labels[key] === word
          return (
            <li key={`${key}=${word}`}>
              <button
                type="button"
                aria-pressed={isOn}
                onClick={() => toggle(key, word)}
                className={cn(
                  'flex h-7 items-center gap-1.5 rounded-full border px-2.5 font-mono text-12',
                  isOn ? 'border-accent bg-accent-soft text-accent' : 'border-control hover:bg-hover',
                )}
              >
                {word === '' ? key : `${key}=${word}`}
                <span className="tabular font-sans text-muted">{count}</span>
              </button>
            </li>
          )
        })}
      </ul>
      <p className="text-13 text-muted" aria-live="polite">
        {Object.keys(value.labels).length === 0
          ? 'Choose the labels that a host must carry.'
          : `${matching.length === 1 ? '1 host carries' : `${matching.length} hosts carry`} ${Object.keys(value.labels).length > 1 ? 'all of them' : 'it'}${matching.length > 0 && matching.length <= 5 ? `: ${matching.map((host) => host.name).join(', ')}` : ''}.`}
      </p>
    </div>
  )
}

/** Whom a mount is for: chosen hosts, hosts by label, or all. */
export function TargetPicker({
  hosts,
  value,
  onChange,
  error,
}: {
  hosts: readonly HostRow[]
  value: Targeting
  onChange: (value: Targeting) => void
  error?: string | undefined
}) {
  const usable = hosts.filter((host) => !host.revoked_at)
  return (
    <div className="space-y-3">
      <fieldset className="grid gap-2 sm:grid-cols-3">
        <legend className="sr-only">Which hosts</legend>
        {KINDS.map(({ kind, title, help }) => (
          <label
            key={kind}
            className={cn(
              'flex cursor-pointer items-start gap-2.5 rounded-md border px-3 py-2.5 text-13',
              value.targets === kind ? 'border-accent bg-accent-soft' : 'border-control hover:bg-hover',
            )}
          >
            <input
              type="radio"
              name="targets"
              value={kind}
              checked={value.targets === kind}
              onChange={() => onChange({ ...value, targets: kind })}
              className="mt-0.5 accent-(--color-accent)"
            />
            <span>
              <span className="block font-medium">{title}</span>
              <span className="block text-12 text-muted">{help}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {value.targets === 'hosts' && (
        <HostPicker
          hosts={usable}
          value={value.hostIds}
          onChange={(hostIds) => onChange({ ...value, hostIds })}
          isWrong={error !== undefined}
          describedBy={error === undefined ? undefined : 'targets-error'}
        />
      )}
      {value.targets === 'labels' && <LabelChoice hosts={usable} value={value} onChange={onChange} />}
      {value.targets === 'all' && (
        <p className="text-13 text-muted">
          {usable.length === 1 ? '1 host' : `${usable.length} hosts`} now. A host that joins later gets it as soon as it
          answers.
        </p>
      )}
      {error && (
        <p id="targets-error" className="text-13 text-critical" aria-live="polite">
          {error}
        </p>
      )}
    </div>
  )
}

const FIELDS: ReadonlySet<string> = new Set(['host_ids', 'targets', 'target_labels'])

/** What the API refused of the targets. */
export function targetRefusal(error: unknown): string | undefined {
  return problemOf(error).fields?.findLast(({ field }) => FIELDS.has(field))?.message
}
