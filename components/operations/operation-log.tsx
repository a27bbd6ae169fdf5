'use client'

import { Download } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { isRunning } from '@/components/data/queries'
import { cn } from '@/components/ui/cn'
import { CopyButton } from '@/components/ui/copy-button'
import { exactTime, partsOf } from '@/components/ui/exact-time'
import { useTimes } from '@/components/ui/times'
import type { OperationLine, OperationView } from '@/lib/operations/schema'
import { formatDuration } from '@/lib/units'

/** Whoever has scrolled up is left where they are. */
const NEAR_END_PX = 48

function textOf(line: OperationLine, hosts: ReadonlyMap<string, string>, zone: string): string {
  const { clock, millis } = partsOf(line.at, zone)
  const host = line.host_id ? `${hosts.get(line.host_id) ?? line.host_id}  ` : ''
  const step = line.step ? ` [${line.step.status}, ${formatDuration(line.step.durationMs)}]` : ''
  return `${clock}.${millis}  ${host}${line.message}${step}`
}

function colourOf(line: OperationLine): string {
  if (line.step?.status === 'failed') return 'text-critical'
  return line.step?.status === 'warning' ? 'text-warning' : ''
}

/** The step log as it grows. */
export function OperationLog({ operation, className }: { operation: OperationView; className?: string }) {
  const { zone } = useTimes()
  const box = useRef<HTMLDivElement>(null)
  const hosts = new Map(operation.hosts.map((host) => [host.host_id, host.host_name]))
  const texts = operation.lines.map((line) => textOf(line, hosts, zone))
  const count = texts.length

  useEffect(() => {
    const element = box.current
    if (element && count > 0 && element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX + 40) {
      element.scrollTop = element.scrollHeight
    }
  }, [count])

  const began = partsOf(operation.lines[0]?.at ?? operation.created_at, zone)
  const whole = [`Times of ${began.date}, ${began.offset}`, ...texts].join('\n')
  return (
    <section className={cn('panel min-w-0 overflow-hidden', className)} aria-label="Log">
      <header className="flex h-11 items-center justify-between gap-2 border-b border-line px-4">
        <h2 className="text-13 font-semibold">
          Log
          <span className="ml-2 font-normal text-12 text-muted">
            {began.date}, {began.offset}
          </span>
        </h2>
        <span className="flex items-center gap-1">
          <a
            href={`data:text/plain;charset=utf-8,${encodeURIComponent(whole)}`}
            download={`${operation.id}.log`}
            aria-label="Download log"
            title="Download log"
            className="inline-flex size-6 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink"
          >
            <Download aria-hidden className="size-3.5" />
          </a>
        </span>
      </header>
      <div
        ref={box}
        role="log"
        aria-live="polite"
        className="max-h-[420px] overflow-auto bg-sunken px-4 py-3 font-mono text-12 leading-5"
      >
        {/* Inside, so that the keyboard can reach what scrolls. */}
        <CopyButton text={whole} label="Copy log" className="sticky top-0 float-right bg-sunken" />
        {count === 0 && (
          <p className="font-sans text-muted">
            {isRunning(operation) ? 'Waiting for the first line.' : 'Nothing was logged.'}
          </p>
        )}
        {operation.lines.map((line, index) => (
          <div key={line.id} className={cn('whitespace-pre-wrap break-words', colourOf(line))}>
            <span title={exactTime(line.at, zone)}>{texts[index]}</span>
          </div>
        ))}
      </div>
    </section>
  )
}
