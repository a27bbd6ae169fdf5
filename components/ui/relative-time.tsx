'use client'

import { useSyncExternalStore } from 'react'
import { useTimes } from '@/components/ui/times'

const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

/** One clock for all times on the page. */
function subscribe(listener: () => void) {
  listeners.add(listener)
  if (!timer) {
    now = Date.now()
    timer = setInterval(() => {
      now = Date.now()
      for (const notify of listeners) notify()
    }, 5000)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => now,
    // The server renders with its own clock of this moment; in the browser hydration needs one value for all.
    () => (typeof window === 'undefined' ? Date.now() : now),
  )
}

const STEPS: readonly [limitSeconds: number, unitSeconds: number, unit: string][] = [
  [60, 1, 's'],
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
  [86_400 * 60, 86_400, 'd'],
  [86_400 * 730, 86_400 * 30.4, 'mo'],
  [Number.POSITIVE_INFINITY, 86_400 * 365.25, 'y'],
]

/** `12 s ago`, `in 3 h`, `just now`. */
export function describeTime(iso: string, at: number): string {
  const seconds = Math.round((at - Date.parse(iso)) / 1000)
  const distance = Math.abs(seconds)
  if (distance < 5) return 'just now'
  for (const [limit, unit, name] of STEPS) {
    if (distance < limit) {
      const figure = `${Math.floor(distance / unit)} ${name}`
      return seconds > 0 ? `${figure} ago` : `in ${figure}`
    }
  }
  return ''
}

/** How long something is so: `for 3 h`, `just now`. */
export function describeSince(iso: string, at: number): string {
  const told = describeTime(iso, at)
  return told.endsWith(' ago') ? `for ${told.slice(0, -' ago'.length)}` : told
}

/** `4 min ago`, kept current, with the exact time on hover; the other way round for who wants it so. */
export function RelativeTime({ at, className }: { at: string | null; className?: string | undefined }) {
  const current = useNow()
  const { style, exact } = useTimes()
  if (!at) return <span className="text-faint">never</span>
  const [shown, aside] =
    style === 'relative' ? [describeTime(at, current), exact(at)] : [exact(at), describeTime(at, current)]
  return (
    <time dateTime={at} title={aside} suppressHydrationWarning className={className}>
      {shown}
    </time>
  )
}

/** `for 4 min`: how long something is so, kept current; or since when, for who wants it so. */
export function SinceTime({ at, className }: { at: string; className?: string | undefined }) {
  const current = useNow()
  const { style, exact } = useTimes()
  const [long, since] = [describeSince(at, current), exact(at)]
  return (
    <time dateTime={at} title={style === 'relative' ? since : long} suppressHydrationWarning className={className}>
      {style === 'relative' ? long : `since ${since}`}
    </time>
  )
}
