import { quantile, record, section } from '@/e2e/bench/figures'
import { readRemotes } from '@/lib/imports/rclone-remotes'

const REMOTES = 1000
const ROUNDS = 20
const GOAL_MS = 200

/** The first reading in a fresh process, which is what a person waits for, and the usual one. */
export function benchRcloneImport(): void {
  section('Reading an rclone.conf')
  const text = Array.from({ length: REMOTES }, (_, index) => remote(index)).join('\n')
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now()
    const { remotes } = readRemotes(text)
    const elapsed = performance.now() - began
    if (remotes.filter(({ kind }) => kind === 'storage').length !== REMOTES)
      throw new Error('not every remote was read')
    return elapsed
  })
  const [first = Number.NaN] = times
  record({
    name: `${REMOTES} remotes, first`,
    value: first,
    unit: 'ms',
    goal: `< ${GOAL_MS} ms`,
    reached: first < GOAL_MS,
  })
  record({ name: `${REMOTES} remotes, median`, value: quantile(times, 0.5), unit: 'ms' })
}

function remote(index: number): string {
  return [
    `[remote ${index}]`,
    'type = s3',
    'provider = Minio',
    `endpoint = https://s3-${index}.example.com`,
    `access_key_id = fake-key-${index}`,
    `secret_access_key = fake-secret-of-a-measurement-${index}`,
    'region = eu',
    '',
  ].join('\n')
}
