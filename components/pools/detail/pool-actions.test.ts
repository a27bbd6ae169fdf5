import { expect, test } from 'vitest'
import { needsRetry } from '@/components/pools/detail/pool-actions'
import type { PoolHostPhase, PoolView } from '@/lib/pools/schema'

function pool(...phases: PoolHostPhase[]): Pick<PoolView, 'hosts'> {
  return { hosts: phases.map((phase) => ({ phase })) as PoolView['hosts'] }
}

test('a retry is offered for what failed, and not for what only waits or works elsewhere', () => {
  expect(needsRetry(pool('READY', 'ERROR'), undefined)).toBe(true)
  expect(needsRetry(pool('PENDING'), { status: 'failed' })).toBe(true)
  expect(needsRetry(pool('PENDING'), { status: 'succeeded' })).toBe(false)
  expect(needsRetry(pool('READY', 'PENDING'), { status: 'partial' })).toBe(false)
})
