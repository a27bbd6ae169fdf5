import { cn } from '@/components/ui/cn'

export type Tone = 'healthy' | 'drift' | 'warning' | 'critical' | 'unknown' | 'working' | 'off'

export interface StatusWord {
  tone: Tone
  word: string
}

const COLOURS: Record<Tone, string> = {
  healthy: 'text-healthy',
  drift: 'text-drift',
  warning: 'text-warning',
  critical: 'text-critical',
  unknown: 'text-unknown',
  working: 'text-working',
  off: 'text-faint',
}

/** Worst first: what needs a person comes before what merely waits. */
export const TONE_ORDER: readonly Tone[] = ['critical', 'warning', 'drift', 'working', 'unknown', 'healthy', 'off']

const SHAPES: Record<Tone, React.ReactNode> = {
  healthy: <circle cx="6" cy="6" r="4.25" fill="currentColor" />,
  // Half of a square: not as it was made.
  drift: (
    <g>
      <rect x="1.75" y="1.75" width="8.5" height="8.5" rx="1" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M1.75 10.25v-8.5l8.5 8.5Z" fill="currentColor" />
    </g>
  ),
  warning: <path d="M6 1.2 11 10.4H1Z" fill="currentColor" stroke="currentColor" strokeLinejoin="round" />,
  critical: <path d="M6 .9 11.1 6 6 11.1.9 6Z" fill="currentColor" strokeLinejoin="round" />,
  unknown: (
    <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.2 2.25" />
  ),
  working: (
    <g>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6 1.75a4.25 4.25 0 0 1 0 8.5Z" fill="currentColor" />
    </g>
  ),
  off: <path d="M2.5 6h7" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
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
      {SHAPES[tone]}
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
