import type { HealthCheck, HealthFact, Pulse } from '@/lib/health/schema'
import { bytes, checkOf, count, ms, type Trouble, text, time } from '@/lib/health/verdict'
import type { ProcessFigures } from '@/lib/process-figures'
import { formatDuration } from '@/lib/units'

/** Loading its code makes every process late. */
const STARTING_MS = 60_000
/** Later than this, and people and hosts wait for the process. */
const LATE_MS = 250
const HEAP_SHARE = 0.85
/** A controller that leads and has been silent for so many of its pauses is stuck, or cannot write. */
const SILENT_PAUSES = 4
const SWEEPS_MISSED = 4

/** Trouble that any process can have. `name`: who it is, at the beginning of a sentence. */
function processTroubles(now: Date, name: string, figures: ProcessFigures) {
  const { started_at, event_loop, heap_used_bytes, heap_limit_bytes } = figures
  const isStarting = now.getTime() - Date.parse(started_at) < STARTING_MS
  const isLate = !isStarting && event_loop !== null && event_loop.p99_ms > LATE_MS
  const isFull = heap_used_bytes > heap_limit_bytes * HEAP_SHARE
  return [
    isLate
      ? ({
          state: 'attention',
          summary: `${name} is late: what is due waits for ${formatDuration(event_loop.p99_ms)} and more.`,
          advice: 'The machine is busy, or too small for this fleet. See what uses its processor, such as with top.',
        } satisfies Trouble)
      : null,
    isFull
      ? ({
          state: 'attention',
          summary: `${name} has used nearly all of the memory that it may take.`,
          advice:
            'Start it again, and say in a bug report how long it had run; or raise --max-old-space-size in NODE_OPTIONS.',
        } satisfies Trouble)
      : null,
  ]
}

function processFacts({ version, started_at, rss_bytes, heap_used_bytes, event_loop }: ProcessFigures): HealthFact[] {
  return [
    text('Version', version),
    time('Started', started_at),
    bytes('Memory', rss_bytes),
    bytes('Heap in use', heap_used_bytes),
    ms('Event loop delay, mean', event_loop?.mean_ms ?? null),
    ms('Event loop delay, longest', event_loop?.max_ms ?? null),
  ]
}

export interface WebFacts {
  now: Date
  process: ProcessFigures
  node: string
  /** Why it has all rights of root, as a sentence; null: it has not. */
  rights: string | null
}

export function webCheck({ now, process, node, rights }: WebFacts): HealthCheck {
  const asRoot: Trouble | null =
    rights === null
      ? null
      : { state: 'attention', summary: 'The console runs with all rights of root.', advice: rights }
  return checkOf(
    { id: 'web', title: 'Web' },
    'The console and the API answer.',
    [asRoot, ...processTroubles(now, 'The web process', process)],
    [...processFacts(process), text('Node.js', node)],
  )
}

export interface ControllerFacts {
  now: Date
  /** Does one hold the lead? */
  isAlive: boolean
  /** Of every controller that has been heard of in the last minutes. */
  pulses: readonly Pulse[]
  /** `ok`, or why nothing is changed on hosts. */
  held: string
  webVersion: string
}

const ABOUT = { id: 'controller', title: 'Controller' } as const

export function controllerCheck({ now, isAlive, pulses, held, webVersion }: ControllerFacts): HealthCheck {
  const [pulse] = leaderOf(pulses)
  if (!isAlive) {
    const trouble: Trouble = {
      state: 'failing',
      summary: 'No controller runs: nothing is mounted, tested or watched from here. Hosts go on with what they have.',
      advice:
        'Start Holdfast again ("npm start", or the unit of the controller), and read log/controller.log if it ends.',
    }
    return checkOf(ABOUT, '', [trouble], pulse ? [time('Heard last', pulse.at)] : [])
  }
  if (!pulse) {
    const trouble: Trouble = {
      state: 'unknown',
      summary: 'A controller runs, and has not told yet how it does.',
      advice:
        'It does within seconds. If this stays, it is of an earlier version: update it together with the web process.',
    }
    return checkOf(ABOUT, '', [trouble], [])
  }
  const age = now.getTime() - Date.parse(pulse.at)
  const isSilent = age > pulse.every_ms * SILENT_PAUSES
  const troubles: (Trouble | null)[] = [
    held === 'ok'
      ? null
      : { state: 'failing', summary: held, advice: 'Look at the differences on the overview, and go on from there.' },
    isSilent
      ? {
          state: 'failing',
          summary: `The controller has said nothing for ${formatDuration(age)}.`,
          advice: 'It is stuck, or cannot write to the database. Read log/controller.log, and start it again.',
        }
      : null,
    sweepTrouble(now, pulse),
    pulse.process.version === webVersion
      ? null
      : {
          state: 'attention',
          summary: `The controller is version ${pulse.process.version}, and the web process ${webVersion}.`,
          advice: 'Start both from the same version.',
        },
    ...processTroubles(now, 'The controller', pulse.process),
  ]
  const { sweep } = pulse
  return checkOf(ABOUT, 'It leads, watches the hosts and carries out what is asked.', troubles, [
    ...processFacts(pulse.process),
    time('Last sweep', sweep?.at ?? null),
    ms('Length of the sweep', sweep?.duration_ms ?? null),
    text('Hosts that answered', sweep ? `${sweep.answered} of ${sweep.asked}` : null),
    ...(pulses.length > 1 ? [count('Controllers', pulses.length)] : []),
  ])
}

function sweepTrouble(now: Date, { sweep, process }: Pulse): Trouble | null {
  const advice = 'Read log/controller.log. Hosts that hang are asked beside the others and do not delay them.'
  if (sweep === null) return null
  const age = now.getTime() - Date.parse(sweep.at)
  const isMissed = age > sweep.every_ms * SWEEPS_MISSED && now.getTime() - Date.parse(process.started_at) > age
  if (isMissed) {
    return { state: 'failing', summary: `Hosts were asked last ${formatDuration(age)} ago.`, advice }
  }
  if (sweep.duration_ms <= sweep.every_ms) return null
  const length = formatDuration(sweep.duration_ms)
  return {
    state: 'attention',
    summary: `Asking all hosts takes ${length}, and is to begin every ${formatDuration(sweep.every_ms)}.`,
    advice: 'Some hosts hang, or the machine is too small for this fleet. The page of hosts says which do not answer.',
  }
}

/** The one that leads first, of several that say so the newest. */
export function leaderOf(pulses: readonly Pulse[]): Pulse[] {
  return [...pulses].sort((a, b) => Number(b.is_leader) - Number(a.is_leader) || Date.parse(b.at) - Date.parse(a.at))
}
