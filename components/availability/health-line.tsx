import Link from 'next/link'
import { budgetWords, healthStatus, outageWords, percentWords } from '@/components/availability/availability-words'
import { SinceTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { Health } from '@/lib/availability/schema'
import { formatDuration } from '@/lib/units'

/** So many lines are shown at first: those that do worst. */
export const SHOWN_LINES = 10
/** Time alone changes what is counted. */
export const COUNTED_MS = 60_000

/** One storage on one host: how it is there now, and for how long it could be used. `href` leads to the other one of the two. */
export function HealthLine({
  href,
  name,
  health,
  objective,
  days,
}: {
  href: string
  name: string
  health: Health
  objective: number
  days: number
}) {
  const { since, message, latency_ms: latency, outages } = health
  const words = [
    // What has failed from the first look on did not stop working in these days.
    ...(health.state === 'failing' && outages === 0 ? [] : [outageWords(outages)]),
    budgetWords(health, { objective, days, hosts: 1 }),
    ...(latency === null
      ? []
      : [`answers in ${formatDuration(latency.mean)}, at most ${formatDuration(latency.most)}`]),
  ]
  return (
    <li className="px-4 py-2.5 text-13">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
        <span className="flex min-w-0 flex-wrap items-center gap-x-3">
          <Link href={href} prefetch={false} className="min-w-0 break-all font-medium hover:underline">
            {name}
          </Link>
          <Status {...healthStatus(health)} className="text-12" />
          {since && <SinceTime at={since} className="text-12 text-muted" />}
        </span>
        <span className="tabular">{percentWords(health.availability_percent)}</span>
      </div>
      <p className="mt-0.5 text-12 text-muted">{words.join(' · ')}</p>
      {message && <p className="mt-0.5 break-words text-12">{message}</p>}
    </li>
  )
}

/** Figures above the lines: names with what they are. */
export function HealthFigures({ figures }: { figures: readonly (readonly [string, string | number])[] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 border-b border-line p-4 text-13 md:grid-cols-4">
      {figures.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="mb-1 text-12 text-muted">{name}</dt>
          <dd className="tabular break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
