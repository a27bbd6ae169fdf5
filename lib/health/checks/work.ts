import type { HealthCheck } from '@/lib/health/schema'
import { checkOf, count, type Trouble, text, time } from '@/lib/health/verdict'
import { formatDuration } from '@/lib/units'

const WAITS_MS = 60_000
const STUCK_MS = 10 * 60_000

export interface QueueFacts {
  now: Date
  queued: number
  running: number
  paused: number
  /** Since when the first in the queue waits. */
  oldestQueuedAt: Date | null
}

export function operationsCheck({ now, queued, running, paused, oldestQueuedAt }: QueueFacts): HealthCheck {
  const waited = oldestQueuedAt === null ? 0 : now.getTime() - oldestQueuedAt.getTime()
  const troubles: (Trouble | null)[] = [
    waited <= WAITS_MS
      ? null
      : {
          state: waited > STUCK_MS ? 'failing' : 'attention',
          summary: `${queued === 1 ? 'An operation waits' : `${queued} operations wait`}, the first for ${formatDuration(waited)}.`,
          advice:
            'Long work on the same hosts goes first; the page of operations says what runs. If nothing does, see the controller.',
        },
    paused === 0
      ? null
      : {
          state: 'attention',
          summary: `${paused === 1 ? 'A rollout is' : `${paused} rollouts are`} paused and ${paused === 1 ? 'waits' : 'wait'} for a person.`,
          advice: 'Resume it, or roll it back, on the page of operations.',
        },
  ]
  const well = queued + running === 0 ? 'Nothing waits.' : 'What was asked for is being carried out.'
  return checkOf({ id: 'operations', title: 'Operations' }, well, troubles, [
    count('Waiting', queued),
    count('Running', running),
    count('Paused', paused),
    ...(oldestQueuedAt === null ? [] : [time('First in the queue since', oldestQueuedAt)]),
  ])
}

export interface SecretFacts {
  /** How many stored secrets were sealed with which key. */
  sealedWith: ReadonlyMap<string, number>
  /** What the web process seals with; null: it was not told yet. */
  publicKey: string | null
  /** The keys that the controller has; null: it has not told. */
  known: readonly string[] | null
}

export function secretsCheck({ sealedWith, publicKey, known }: SecretFacts): HealthCheck {
  const stored = [...sealedWith.values()].reduce((sum, number) => sum + number, 0)
  const lost =
    known === null ? 0 : [...sealedWith].reduce((sum, [key, number]) => sum + (known.includes(key) ? 0 : number), 0)
  const isForeign = known !== null && publicKey !== null && !known.includes(publicKey)
  const troubles: (Trouble | null)[] = [
    lost === 0
      ? null
      : {
          state: 'failing',
          summary: `${lost} of ${stored} stored ${stored === 1 ? 'secret' : 'secrets'} cannot be opened: their key is not here.`,
          advice:
            'Restore sealing-keys.json of the controller from a backup. If it is lost for good, "npm run -s holdfast -- secrets forget" deletes them, and they are entered again.',
        },
    isForeign
      ? {
          state: 'failing',
          summary: 'Secrets are sealed with a key that the controller does not have.',
          advice: 'Start the controller again: it publishes its key at every start.',
        }
      : null,
    known === null
      ? {
          state: 'unknown',
          summary: 'Only the controller knows its keys, and it has not told yet.',
          advice: 'See what is said of the controller.',
        }
      : null,
  ]
  return checkOf({ id: 'secrets', title: 'Secrets' }, 'The key is there, and opens every stored secret.', troubles, [
    count('Stored', stored),
    count('Cannot be opened', known === null ? null : lost),
    count('Keys', known?.length ?? null),
    text('Sealed with', publicKey?.slice(0, 8) ?? null),
  ])
}
