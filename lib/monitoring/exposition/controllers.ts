import type { Pulse } from '@/lib/health/schema'
import { type Exposition, seconds } from '@/lib/monitoring/exposition/exposition'
import { OPERATION_KINDS } from '@/lib/operations/schema'

/** A controller that has missed so many of its turns is silent: how it does now is not known. */
const SILENT_TURNS = 4
const OUTCOMES = ['succeeded', 'failed', 'partial', 'cancelled'] as const

/** What the controllers have told of themselves. */
export function addControllers(figures: Exposition, pulses: readonly Pulse[], now: Date): void {
  for (const [controller, pulse] of newestOf(pulses)) {
    figures.add('controllerHeard', { controller }, seconds(pulse.at))
    const isSilent = now.getTime() - Date.parse(pulse.at) > SILENT_TURNS * pulse.every_ms
    if (isSilent) continue
    addProcess(figures, controller, pulse)
    addSweep(figures, controller, pulse.sweep)
    if (pulse.ended !== undefined) addEnded(figures, controller, pulse.ended)
    if (pulse.is_leader) addCertificates(figures, pulse.certificates)
  }
}

/** By the label. One that was killed and started again in its container has the same machine and the same pid. */
function newestOf(pulses: readonly Pulse[]): Map<string, Pulse> {
  const inOrder = pulses.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return new Map(inOrder.map((pulse) => [`${pulse.machine ?? ''}:${pulse.process.pid}`, pulse]))
}

function addProcess(figures: Exposition, controller: string, { process, is_leader }: Pulse): void {
  const { version, started_at, rss_bytes, heap_used_bytes, heap_limit_bytes, cpu_seconds, event_loop } = process
  const late = (ms: number | undefined) => (ms === undefined ? null : ms / 1000)
  figures.add('controllerInfo', { controller, version }, 1)
  figures.add('controllerLeads', { controller }, Number(is_leader))
  figures.add('controllerStarted', { controller }, seconds(started_at))
  figures.add('controllerCpu', { controller }, cpu_seconds ?? null)
  figures.add('controllerMemory', { controller }, rss_bytes)
  figures.add('controllerHeap', { controller }, heap_used_bytes)
  figures.add('controllerHeapLimit', { controller }, heap_limit_bytes)
  figures.add('controllerLoopMean', { controller }, late(event_loop?.mean_ms))
  figures.add('controllerLoopP99', { controller }, late(event_loop?.p99_ms))
  figures.add('controllerLoopMax', { controller }, late(event_loop?.max_ms))
}

function addSweep(figures: Exposition, controller: string, sweep: Pulse['sweep']): void {
  if (sweep === null) return
  figures.add('sweepAsked', { controller }, sweep.asked)
  figures.add('sweepLate', { controller }, sweep.asked - sweep.answered)
  figures.add('sweepDuration', { controller }, sweep.duration_ms / 1000)
  figures.add('sweepInterval', { controller }, sweep.every_ms / 1000)
  figures.add('sweepEnded', { controller }, seconds(sweep.at))
}

/** All kinds and outcomes, also what has not happened yet: else the first failure would be no rise of anything. */
function addEnded(figures: Exposition, controller: string, ended: NonNullable<Pulse['ended']>): void {
  for (const kind of Object.keys(OPERATION_KINDS))
    for (const outcome of OUTCOMES) figures.add('operationsEnded', { controller, kind, outcome }, 0)
  for (const { kind, outcome, count } of ended) figures.add('operationsEnded', { controller, kind, outcome }, count)
}

function addCertificates(figures: Exposition, certificates: Pulse['certificates']): void {
  for (const [certificate, until] of Object.entries(certificates))
    figures.add('certificates', { certificate }, seconds(until))
}
