'use client'

import { ChevronRight } from 'lucide-react'
import { HostLines } from '@/components/operations/host-lines'
import { Panel } from '@/components/ui/feedback'
import { Status } from '@/components/ui/status'
import type { OperationHostView, OperationView } from '@/lib/operations/schema'
import type { RolloutView } from '@/lib/rollouts/schema'
import type { StatusWord } from '@/lib/tones'

interface Counts {
  done: number
  failed: number
  away: number
  left: number
}

function countOf(hosts: readonly OperationHostView[]): Counts {
  const count = (...wanted: OperationHostView['status'][]) =>
    hosts.filter(({ status }) => wanted.includes(status)).length
  return {
    done: count('succeeded'),
    failed: count('failed'),
    away: count('waiting'),
    left: count('queued', 'running', 'cancelled'),
  }
}

function statusOf(operation: OperationView, rollout: RolloutView, number: number, counts: Counts): StatusWord {
  if (rollout.phase === 'rollback' || rollout.outcome === 'rolled_back') {
    if (counts.done + counts.failed + counts.away === 0) return { tone: 'off', word: 'Never reached' }
    return rollout.outcome ? { tone: 'off', word: 'Rolled back' } : { tone: 'working', word: 'Rolling back' }
  }
  const isOver = rollout.outcome !== null
  if (number > rollout.wave && !isOver) return { tone: 'off', word: 'Held' }
  if (number === rollout.wave && !isOver) {
    if (operation.status === 'paused') return { tone: 'critical', word: 'Stopped here' }
    return rollout.next_wave_at && counts.done + counts.failed === 0
      ? { tone: 'off', word: 'Begins soon' }
      : { tone: 'working', word: 'Under way' }
  }
  if (counts.left > 0) return { tone: 'off', word: 'Not reached' }
  return counts.failed > 0 ? { tone: 'warning', word: 'Done, with failures' } : { tone: 'healthy', word: 'Done' }
}

function Bar({ counts, total }: { counts: Counts; total: number }) {
  const share = (number: number) => ({ width: `${(number / total) * 100}%` })
  return (
    <div className="flex h-1.5 overflow-hidden rounded-full bg-fill-track" aria-hidden>
      <div className="bg-healthy" style={share(counts.done)} />
      <div className="bg-critical" style={share(counts.failed)} />
      <div className="bg-unknown" style={share(counts.away)} />
    </div>
  )
}

function words({ done, failed, away, left }: Counts): string {
  const parts = [
    done > 0 && `${done} done`,
    failed > 0 && `${failed} failed`,
    away > 0 && `${away} away`,
    left > 0 && `${left} to go`,
  ]
  return parts.filter(Boolean).join(', ')
}

/** How far a rollout is, wave by wave; the hosts of the wave under way are open. */
export function RolloutWaves({ operation, rollout }: { operation: OperationView; rollout: RolloutView }) {
  const byId = new Map(operation.hosts.map((host) => [host.host_id, host]))
  return (
    <Panel
      title="Waves"
      flush
      action={
        rollout.next_wave_at && rollout.outcome === null && operation.status === 'running' ? (
          <span className="text-12 text-muted">Pausing before the next wave</span>
        ) : undefined
      }
    >
      <ol className="divide-y divide-line">
        {rollout.waves.map((wave, index) => {
          const hosts = wave.host_ids.flatMap((id) => byId.get(id) ?? [])
          const counts = countOf(hosts)
          const number = index + 1
          const isOpen = number === rollout.wave && rollout.outcome === null
          return (
            <li key={wave.host_ids[0]}>
              <details open={isOpen} className="group">
                <summary className="grid cursor-default grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 px-4 py-3 text-13 hover:bg-hover md:grid-cols-[16px_minmax(0,200px)_minmax(0,1fr)_136px]">
                  <ChevronRight aria-hidden className="size-4 text-faint transition-transform group-open:rotate-90" />
                  <span className="min-w-0 truncate">
                    <span className="font-medium">Wave {number}</span>
                    <span className="ml-2 text-muted">
                      {hosts.length === 1 ? '1 host' : `${hosts.length} hosts`}
                      {wave.allowed_failures > 0 && `, ${wave.allowed_failures} may fail`}
                    </span>
                  </span>
                  <span className="min-w-0 space-y-1 max-md:order-last max-md:col-span-3">
                    <Bar counts={counts} total={Math.max(1, hosts.length)} />
                    <span className="tabular block text-12 text-muted">{words(counts)}</span>
                  </span>
                  <Status {...statusOf(operation, rollout, number, counts)} />
                </summary>
                <div className="max-h-96 overflow-y-auto border-t border-line bg-sunken">
                  <HostLines hosts={hosts} lines={operation.lines} />
                </div>
              </details>
            </li>
          )
        })}
      </ol>
    </Panel>
  )
}
