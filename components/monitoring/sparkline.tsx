import { cn } from '@/components/ui/cn'

/** What moves by less than this, in percent of the storage, is drawn as flat as it is. */
const LEAST_SPAN = 10
const WIDTH = 80
const HEIGHT = 24
/** So that the line is not cut off at the edges. */
const MARGIN = 2

/** The line of figures between 0 and 100, with a gap where one is not known; a single one is a dot. */
export function sparkPath(percents: readonly (number | null)[]): string {
  const known = percents.flatMap((percent) => percent ?? [])
  const [least, most] = [Math.min(...known), Math.max(...known)]
  const span = Math.max(LEAST_SPAN, most - least)
  // What hardly moves lies in the middle.
  const bottom = (least + most) / 2 - span / 2
  const step = (WIDTH - 2 * MARGIN) / Math.max(1, percents.length - 1)
  const placeOf = (percent: number, at: number) =>
    `${(MARGIN + at * step).toFixed(1)} ${(HEIGHT - MARGIN - ((percent - bottom) / span) * (HEIGHT - 2 * MARGIN)).toFixed(1)}`
  return percents
    .map((percent, at) => {
      if (percent === null) return ''
      const isFirst = at === 0 || percents[at - 1] === null
      const isAlone = isFirst && (percents[at + 1] ?? null) === null
      return `${isFirst ? 'M' : 'L'}${placeOf(percent, at)}${isAlone ? 'h0.01' : ''}`
    })
    .join('')
}

/** `In 30 days from 41 % to 58 %`; null: nothing was measured. */
export function sparkWords(percents: readonly (number | null)[]): string | null {
  const first = percents.findIndex((percent) => percent !== null)
  const [from, to] = [percents[first], percents.findLast((percent) => percent !== null)]
  if (from == null || to == null) return null
  const days = percents.length - first
  const [before, now] = [Math.round(from), Math.round(to)]
  return before === now ? `${now} % for ${days} days` : `In ${days} days from ${before} % to ${now} %`
}

/** How full something was on each of the last days. */
export function Sparkline({ percents, className }: { percents: readonly (number | null)[]; className?: string }) {
  const words = sparkWords(percents)
  if (words === null) return <span className="text-faint">–</span>
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words}
      className={cn('h-6 w-20 shrink-0', className)}
    >
      <title>{words}</title>
      <path
        d={sparkPath(percents)}
        className="stroke-fill"
        strokeWidth={1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
        fill="none"
      />
    </svg>
  )
}
