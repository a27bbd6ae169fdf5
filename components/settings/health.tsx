'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { ProblemNote } from '@/components/data/problem-note'
import { systemHealth } from '@/components/data/queries'
import { HEALTH_LINKS, HEALTH_STATES, healthInWords } from '@/components/settings/health-words'
import { SettingsPage } from '@/components/settings/settings-page'
import { Bytes } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import { CopyButton } from '@/components/ui/copy-button'
import { Note, Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status, StatusBadge } from '@/components/ui/status'
import type { HealthCheck, HealthFact, HealthView } from '@/lib/health/schema'
import { formatDuration } from '@/lib/units'

const NUMBER = new Intl.NumberFormat('en-GB')

function Value({ fact: { value, unit } }: { fact: HealthFact }) {
  if (value === null) return <span className="text-faint">unknown</span>
  if (unit === 'time') return <RelativeTime at={String(value)} />
  if (unit === 'text') return <span className="break-words">{value}</span>
  const number = Number(value)
  if (unit === 'bytes') return <Bytes value={number} />
  return <span className="tabular">{unit === 'ms' ? formatDuration(number) : NUMBER.format(number)}</span>
}

/** Too long to stand beside another. */
const LONG = 32

function isLong({ name, value, unit }: HealthFact): boolean {
  const shown = unit === 'text' ? String(value ?? '') : '123 min'
  return name.length + shown.length > LONG
}

/** One part of Holdfast: how it is, what to do, and what it goes by. */
function Check({ check: { id, title, state, summary, advice, facts } }: { check: HealthCheck }) {
  const link = HEALTH_LINKS[id]
  return (
    <section
      aria-labelledby={`health-${id}`}
      className="grid gap-x-8 gap-y-3 px-4 py-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)]"
    >
      <div className="min-w-0 text-13">
        <div className="flex flex-wrap items-center gap-x-3">
          <h2 id={`health-${id}`} className="font-semibold">
            {title}
          </h2>
          <Status {...HEALTH_STATES[state]} className="text-12" />
        </div>
        <p className="mt-1 break-words">{summary}</p>
        {advice && <p className="mt-1 break-words text-muted">{advice}</p>}
        {link && (
          <Link href={link.href} prefetch={false} className="mt-1.5 inline-block text-accent hover:underline">
            {link.label}
          </Link>
        )}
      </div>
      <dl className="grid content-start gap-x-6 gap-y-1.5 text-12 sm:grid-cols-2">
        {facts.map((fact) => (
          <div
            key={fact.name}
            className={cn('flex min-w-0 items-baseline justify-between gap-3', isLong(fact) && 'sm:col-span-2')}
          >
            <dt className="text-muted">{fact.name}</dt>
            <dd className="min-w-0 text-right">
              <Value fact={fact} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function reportOf(view: HealthView): string {
  const lines = view.checks.flatMap(({ title, state, summary, facts }) => [
    `${title}: ${state}. ${summary}`,
    ...facts.map(
      ({ name, value, unit }) =>
        `  ${name}: ${value ?? 'unknown'}${unit === 'ms' || unit === 'bytes' ? ` ${unit}` : ''}`,
    ),
  ])
  return [`Holdfast at ${view.at}: ${view.state}`, ...lines].join('\n')
}

export function HealthPage() {
  const { data, error } = useQuery(systemHealth())
  return (
    <SettingsPage
      title="Health"
      status={data && <StatusBadge {...HEALTH_STATES[data.state]} />}
      subtitle={
        data && (
          <>
            {healthInWords(data)} As of <RelativeTime at={data.at} />.
          </>
        )
      }
      actions={data && <CopyButton text={reportOf(data)} label="Copy the report" className="max-md:hidden" />}
    >
      {error && <ProblemNote error={error} className="mb-5" />}
      {!data && !error && <Skeleton className="h-64" />}
      {data && (
        <div className="panel divide-y divide-line">
          {data.checks.map((check) => (
            <Check key={check.id} check={check} />
          ))}
        </div>
      )}
      <Note className="mt-5">
        For a monitor of your own: <span className="font-mono text-12">GET /api/health/ready</span> needs no sign-in and
        answers 503 with what is missing.
      </Note>
    </SettingsPage>
  )
}
