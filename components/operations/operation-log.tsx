'use client'

import { Download } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useEffect, useRef, useState } from 'react'
import { isRunning } from '@/components/data/queries'
import { ALL_HOSTS, type LogLine, logLines } from '@/components/operations/log-lines'
import { cn } from '@/components/ui/cn'
import { CopyButton } from '@/components/ui/copy-button'
import { exactTime, partsOf } from '@/components/ui/exact-time'
import { useTimes } from '@/components/ui/times'
import type { OperationView } from '@/lib/operations/schema'

/** Whoever has scrolled up is left where they are. */
const NEAR_END_PX = 48

const COLOURS = { critical: 'text-critical', warning: 'text-warning', healthy: 'text-healthy' }

// Most logs are of one host.
const HostOfLog = dynamic(() => import('@/components/operations/host-of-log').then((module) => module.HostOfLog))

/** Keeps the end in view for whoever is at it. */
function useEnd(count: number) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (element && count > 0 && element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX + 40) {
      element.scrollTop = element.scrollHeight
    }
  }, [count])
  return box
}

/** Longer names than this push their own text on, and not that of all lines. */
const MAX_NAME = 24

/** What a person reads: the day is said once, and again when another begins. `host` is as long as the others. */
function Line({ line, host, isNewDay, zone }: { line: LogLine; host: string; isNewDay: boolean; zone: string }) {
  const { date, clock, millis } = partsOf(line.at, zone)
  return (
    <>
      {isNewDay && <div className="text-faint">{date}</div>}
      <div className={cn('whitespace-pre-wrap break-words', line.tone && COLOURS[line.tone])}>
        <span title={exactTime(line.at, zone)}>
          <span className="text-muted">{`${clock}.${millis}  `}</span>
          {host && <span className="text-ink">{`${host}  `}</span>}
          {line.text}
        </span>
      </div>
    </>
  )
}

/** Each line with its whole time, for a file or a message to somebody in another zone. */
function wholeText(lines: readonly LogLine[], nameOf: (line: LogLine) => string, zone: string): string {
  return lines
    .map((line) => [exactTime(line.at, zone), nameOf(line), line.text].filter((part) => part !== '').join('  '))
    .join('\n')
}

function DownloadLink({ name, text }: { name: string; text: string }) {
  return (
    <a
      href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
      download={name}
      aria-label="Download log"
      title="Download log"
      className="inline-flex size-6 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink"
    >
      <Download aria-hidden className="size-3.5" />
    </a>
  )
}

function Head({ began, children }: { began: { date: string; offset: string }; children: React.ReactNode }) {
  return (
    <header className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-1.5">
      <h2 className="text-13 font-semibold">
        Log
        <span className="ml-2 font-normal text-12 text-muted">
          {began.date}, {began.offset}
        </span>
      </h2>
      <span className="flex min-w-0 items-center gap-2">{children}</span>
    </header>
  )
}

/** What ran, what came back and how it ended, as it grows; of one host or of all. */
export function OperationLog({ operation, className }: { operation: OperationView; className?: string }) {
  const { zone } = useTimes()
  const [hostId, setHostId] = useState(ALL_HOSTS)
  const names = new Map(operation.hosts.map((host) => [host.host_id, host.host_name]))
  const nameOf = (line: LogLine) => (line.hostId === null ? '' : (names.get(line.hostId) ?? ''))
  const lines = logLines(operation).filter((line) => hostId === ALL_HOSTS || line.hostId === hostId)
  const box = useEnd(lines.length)
  const began = partsOf(lines[0]?.at ?? operation.created_at, zone)
  const whole = wholeText(lines, nameOf, zone)
  const nameLength = Math.min(MAX_NAME, Math.max(0, ...lines.map((line) => nameOf(line).length)))
  const days = lines.map((line) => partsOf(line.at, zone).date)
  return (
    <section className={cn('panel min-w-0 overflow-hidden', className)} aria-label="Log">
      <Head began={began}>
        {operation.hosts.length > 1 && <HostOfLog value={hostId} onChange={setHostId} hosts={operation.hosts} />}
        <DownloadLink name={`${operation.id}.log`} text={whole} />
      </Head>
      <div
        ref={box}
        role="log"
        aria-live="polite"
        className="max-h-[420px] overflow-auto bg-sunken px-4 py-3 font-mono text-12 leading-5"
      >
        {/* Inside, so that the keyboard can reach what scrolls. */}
        <CopyButton text={whole} label="Copy log" className="sticky top-0 float-right bg-sunken" />
        {lines.length === 0 && (
          <p className="font-sans text-muted">
            {isRunning(operation) ? 'Waiting for the first line.' : 'Nothing was logged.'}
          </p>
        )}
        {lines.map((line, index) => (
          <Line
            key={line.key}
            line={line}
            host={line.hostId === null ? '' : nameOf(line).padEnd(nameLength)}
            isNewDay={index > 0 && days[index] !== days[index - 1]}
            zone={zone}
          />
        ))}
      </div>
    </section>
  )
}
