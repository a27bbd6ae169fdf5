import { expect, test } from 'vitest'
import { ContainerRestarts } from '@/agent/resources/workloads/container-restarts'
import type { DueContainer } from '@/lib/attach-targets/contract/restarts'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { BARE_HOST } from '@/testing/attach-targets/describe-target'
import { testId } from '@/testing/ids'

const MOUNT = testId('mount', 'share')
const HOUR_MS = 3_600_000

/** One that ran for an hour, and cannot be started since. */
function stuckContainer(mostTries: number | null = null) {
  const storage = [{ kind: 'bind', source: '/srv/share', name: null, target: '/data', isReadOnly: false }] as const
  const web: DueContainer = {
    ...{ nativeId: 'a'.repeat(64), name: 'web', state: 'stopped', image: null, storage },
    ...{ endedAt: 1, ranMs: HOUR_MS, mostTries },
  }
  const [starts, lines]: [string[], string[]] = [[], []]
  const restarts = new ContainerRestarts({
    target: {
      ...dockerTarget,
      restarts: { due: async () => [web], take: async () => undefined, giveBack: async () => undefined },
      power: {
        ...dockerTarget.power,
        act: async (_host, { name }) => {
          starts.push(name)
          throw new HoldfastError('conflict', 'The port is taken.')
        },
      },
    },
    open: () => ({
      host: { ...BARE_HOST, ask: async () => null, tell: () => Promise.reject(new Error('nobody is told')) },
      isStuck: () => false,
    }),
    isBusy: () => false,
    bootedAt: () => 0,
    look: async () => undefined,
    log: createLog('agent', 'info', (line) => lines.push(line)),
    mounts: () => [{ mountId: MOUNT, mountPoint: '/srv/share' }],
    ground: { requireMount: (mountId) => ({ mountId, path: '/srv/share', readOnly: false }) },
  })
  return { restarts, web, starts, lines }
}

test('one that cannot be started is tried ever more slowly, told once, and says why it waits', async () => {
  const { restarts, web, starts, lines } = stuckContainer()
  expect(await restarts.care()).toBe(true)
  for (let looks = 0; looks < 20; looks++) expect(await restarts.care()).toBe(false)
  expect([...restarts.held()]).toEqual([[web.nativeId, 'The port is taken.']])
  expect([starts.length, lines.length]).toEqual([1, 1])
  // Somebody has started it meanwhile, and it has ended again after an hour: that is another matter.
  web.endedAt += HOUR_MS
  await restarts.care()
  expect(starts).toHaveLength(2)
})

test('its tries have an end', async () => {
  const { restarts, starts } = stuckContainer(1)
  for (let looks = 0; looks < 3; looks++) await restarts.care()
  expect(starts).toHaveLength(1)
})
