'use client'

import Link from 'next/link'
import { groupHosts, type HostGroup } from '@/components/plans/plan-groups'
import { WhoUsesIt } from '@/components/plans/who-uses-it'
import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import { Note } from '@/components/ui/feedback'
import { Status } from '@/components/ui/status'
import type { FieldChange, HostStep, PlannedHost, PlanView } from '@/lib/plans/schema'
import type { Tone } from '@/lib/tones'

const STEPS: Record<HostStep, { tone: Tone; words: string; quiet?: string }> = {
  mount: { tone: 'working', words: 'Mount' },
  remount: { tone: 'warning', words: 'Unmount and mount again' },
  unmount: { tone: 'warning', words: 'Unmount' },
  remove: { tone: 'warning', words: 'Unmount and remove' },
  forget: { tone: 'off', words: 'Remove', quiet: 'Nothing is mounted there; the host only forgets the definition.' },
  adopt: { tone: 'healthy', words: 'Take over', quiet: 'It stays as it is; nothing is mounted or unmounted.' },
  abandon: { tone: 'critical', words: 'Abandon' },
  adjust: { tone: 'off', words: 'New settings only', quiet: 'Nothing is mounted or unmounted.' },
  connect: { tone: 'working', words: 'Connect' },
  disconnect: { tone: 'warning', words: 'Disconnect' },
  reconnect: { tone: 'working', words: 'Connect with the new settings' },
  none: { tone: 'healthy', words: 'Nothing to do', quiet: 'It is as wanted already.' },
}

const NAMES_SHOWN = 4

function countWord(hosts: readonly PlannedHost[]): string {
  return hosts.length === 1 ? '1 host' : `the same on ${hosts.length} hosts`
}

/** Few names are told, many are folded away. */
function HostNames({ hosts }: { hosts: readonly PlannedHost[] }) {
  const names = hosts.map((host) => host.host_name)
  if (names.length <= NAMES_SHOWN) return <span className="break-words">{names.join(', ')}</span>
  return (
    <details className="min-w-0">
      <summary className="w-fit cursor-default rounded-sm hover:text-ink">
        {names.slice(0, NAMES_SHOWN - 1).join(', ')} and {names.length - NAMES_SHOWN + 1} more
      </summary>
      <p className="mt-1 max-h-32 overflow-y-auto break-words">{names.slice(NAMES_SHOWN - 1).join(', ')}</p>
    </details>
  )
}

function Options({ first }: HostGroup) {
  if (first.options.length === 0) return null
  return (
    <div className="text-12">
      <p className="text-muted">Options in force that will be different:</p>
      <ul className="mt-0.5 space-y-0.5 font-mono">
        {first.options.map(({ option, asked, effective }) => (
          <li key={option} className="break-words">
            {effective === null ? (
              <span className="text-muted">not in force</span>
            ) : (
              <span className="text-muted line-through decoration-1">{effective}</span>
            )}{' '}
            <span aria-hidden className="text-faint">
              →
            </span>{' '}
            {asked ?? 'not asked for'}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Group({ group, showMount, isPart }: { group: HostGroup; showMount: boolean; isPart: boolean }) {
  const { first, hosts } = group
  const { tone, words, quiet } = STEPS[first.step]
  const away = hosts.filter((host) => host.follows_later).length
  return (
    <li className="space-y-2 px-3.5 py-3">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-13">
        <Status tone={tone} word={words} className="font-medium" />
        {showMount && first.mount_id && <span className="font-mono text-12">{first.mount_name}</span>}
        <span className="text-muted">{countWord(hosts)}</span>
        {away > 0 && (
          <span className="text-warning">{away === hosts.length ? 'away, later' : `${away} of them away, later`}</span>
        )}
      </div>
      <div className="text-12 text-muted">
        <HostNames hosts={hosts} />
      </div>
      {first.commands.length > 0 ? (
        <CodeBlock text={first.commands.join('\n')} label="Commands" />
      ) : (
        quiet && <p className="text-12 text-muted">{quiet}</p>
      )}
      {first.notes.map((note) => (
        <p key={note} className="break-words text-12 text-muted">
          {note}
        </p>
      ))}
      {first.interrupts && first.mount_id && <WhoUsesIt mountId={first.mount_id} hosts={hosts} isPart={isPart} />}
      <Options {...group} />
      {first.warnings.map((warning) => (
        <Note key={warning} kind="warning">
          {warning}
        </Note>
      ))}
    </li>
  )
}

function valueText(value: unknown, field: string): string {
  if (value === null || value === undefined || value === '')
    return field.includes('overrides.') ? 'as everywhere' : 'not set'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length > 6 ? `${value.length} entries` : value.join(', ') || 'none'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function fieldName(field: string): string {
  return field.replace(/(^|\.)(config|secrets|overrides)\./, '$1').replaceAll('_', ' ')
}

function Changes({ changes }: { changes: readonly FieldChange[] }) {
  if (changes.length === 0) return null
  return (
    <dl className="divide-y divide-line rounded-md border border-line text-13" aria-label="What changes">
      {changes.map(({ field, before, after }) => (
        <div key={field} className="grid gap-x-4 px-3.5 py-2 sm:grid-cols-[minmax(96px,160px)_minmax(0,1fr)]">
          <dt className="text-muted first-letter:uppercase">{fieldName(field)}</dt>
          <dd className="min-w-0 break-words font-mono text-12 leading-5">
            <span className="text-muted line-through decoration-1">{valueText(before, field)}</span>{' '}
            <span aria-hidden className="text-faint">
              →
            </span>{' '}
            <span>{valueText(after, field)}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** A plan as people read it: what changes, and what happens where. */
export function PlanDetails({
  plan,
  isPart = false,
  className,
}: {
  plan: PlanView
  /** Of several that stand under one heading, which says already whom they interrupt. */
  isPart?: boolean
  className?: string
}) {
  const groups = groupHosts(plan.hosts)
  const showMount = plan.target.kind === 'backend'
  const interrupted = new Set(plan.hosts.filter((host) => host.interrupts).map((host) => host.host_id)).size
  return (
    <div className={cn('space-y-4', className)}>
      <p className="text-14">{plan.summary}</p>
      {plan.warnings.map((warning) => (
        <Note key={warning} kind="warning">
          {warning}
        </Note>
      ))}
      {interrupted > 0 && !isPart && (
        <Note kind="warning">
          Programs that use it on {interrupted === 1 ? 'this host' : `these ${interrupted} hosts`} are interrupted.
          {plan.action !== 'abandon' && ' While one has files open, the host refuses and keeps what it has.'}
        </Note>
      )}
      <Changes changes={plan.changes} />
      {groups.length > 0 && (
        <ul className="divide-y divide-line rounded-md border border-line" aria-label="What runs on the hosts">
          {groups.map((group) => (
            <Group key={group.key} group={group} showMount={showMount} isPart={isPart || groups.length > 1} />
          ))}
        </ul>
      )}
      {plan.uses.length > 0 && (
        <p className="text-12 text-muted">
          Not touched: other mounts of the same backend (
          {plan.uses.map(({ id, name }, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <Link href={`/mounts/${id}`} prefetch={false} className="rounded-sm hover:text-ink hover:underline">
                {name}
              </Link>
            </span>
          ))}
          ).
        </p>
      )}
    </div>
  )
}
