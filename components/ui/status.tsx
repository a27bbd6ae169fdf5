import { cn } from '@/components/ui/cn'
import type { StatusWord, Tone } from '@/lib/tones'

const COLOURS: Record<Tone, string> = {
  healthy: 'text-healthy',
  drift: 'text-drift',
  warning: 'text-warning',
  critical: 'text-critical',
  unknown: 'text-unknown',
  working: 'text-working',
  off: 'text-faint',
}

/** In a box of 12 by 12 whose corner is at x and y. Drawn where they are, without a transform: those cost the painter. */
const SHAPES: Record<Tone, (x: number, y: number) => React.ReactNode> = {
  healthy: (x, y) => <circle cx={x + 6} cy={y + 6} r="4.25" fill="currentColor" />,
  // Half of a square: not as it was made.
  drift: (x, y) => (
    <>
      <rect
        x={x + 1.75}
        y={y + 1.75}
        width="8.5"
        height="8.5"
        rx="1"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
      />
      <path d={`M${x + 1.75} ${y + 10.25}v-8.5l8.5 8.5Z`} fill="currentColor" />
    </>
  ),
  warning: (x, y) => (
    <path d={`M${x + 6} ${y + 1.2}l5 9.2h-10Z`} fill="currentColor" stroke="currentColor" strokeLinejoin="round" />
  ),
  critical: (x, y) => (
    <path d={`M${x + 6} ${y + 0.9}l5.1 5.1-5.1 5.1-5.1-5.1Z`} fill="currentColor" strokeLinejoin="round" />
  ),
  unknown: (x, y) => (
    <circle
      cx={x + 6}
      cy={y + 6}
      r="4.25"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeDasharray="2.2 2.25"
    />
  ),
  working: (x, y) => (
    <>
      <circle cx={x + 6} cy={y + 6} r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d={`M${x + 6} ${y + 1.75}a4.25 4.25 0 0 1 0 8.5Z`} fill="currentColor" />
    </>
  ),
  off: (x, y) => (
    <path d={`M${x + 2.5} ${y + 6}h7`} fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
  ),
}

/** The shape within a drawing of many, around a point. */
export function ShapeAt({ tone, x, y, className }: { tone: Tone; x: number; y: number; className?: string }) {
  return <g className={cn(COLOURS[tone], className)}>{SHAPES[tone](x - 6, y - 6)}</g>
}

/** The shape alone; say the word beside it, or give it in `title`. */
export function StatusShape({ tone, title, className }: { tone: Tone; title?: string; className?: string }) {
  return (
    <svg
      viewBox="0 0 12 12"
      role={title ? 'img' : undefined}
      aria-label={title}
      aria-hidden={title ? undefined : true}
      className={cn('size-3 shrink-0', COLOURS[tone], tone === 'working' && 'animate-working', className)}
    >
      {title && <title>{title}</title>}
      {SHAPES[tone](0, 0)}
    </svg>
  )
}

/** State as shape, colour and word. */
export function Status({
  tone,
  word,
  title,
  className,
}: StatusWord & { title?: string | undefined; className?: string }) {
  return (
    <span title={title} className={cn('inline-flex items-center gap-1.5 whitespace-nowrap', className)}>
      <StatusShape tone={tone} />
      <span className={tone === 'off' ? 'text-muted' : undefined}>{word}</span>
    </span>
  )
}

const SOFT: Record<Tone, string> = {
  healthy: 'bg-healthy-soft text-healthy',
  drift: 'bg-drift-soft text-drift',
  warning: 'bg-warning-soft text-warning',
  critical: 'bg-critical-soft text-critical',
  unknown: 'bg-hover text-muted',
  working: 'bg-working-soft text-working',
  off: 'bg-hover text-muted',
}

export function StatusBadge({ tone, word }: StatusWord) {
  return (
    <span
      className={cn(
        'inline-flex h-6 items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 text-12 font-medium',
        SOFT[tone],
      )}
    >
      <StatusShape tone={tone} className="size-2.5" />
      {word}
    </span>
  )
}

/** A small neutral label: a type, a role, a capability. */
export function Badge({
  children,
  mono,
  className,
}: {
  children: React.ReactNode
  mono?: boolean
  className?: string
}) {
  return (
    <span
      className={cn(
        'inline-flex h-5 items-center whitespace-nowrap rounded-sm border border-line bg-sunken px-1.5 text-12 text-muted',
        mono && 'font-mono',
        className,
      )}
    >
      {children}
    </span>
  )
}
