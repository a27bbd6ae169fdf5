import { expect, test } from 'vitest'
import { MountWish } from '@/lib/mounts/rollout-wish'
import { Before } from '@/lib/rollouts/schema'

test('what a rollout returns to is read as it was stored when there were only mounts', () => {
  const rows = [
    { hostId: 'hst_1', desiredState: 'mounted', desiredGeneration: 1, removed: false, overrides: null },
  ] as const
  const before = Before.parse({ backend: null, mounts: [{ id: 'mnt_1', definition: null, rows }] })
  expect(before).toEqual({
    backend: null,
    resources: [{ kind: 'mount', id: 'mnt_1', wish: { definition: null, rows } }],
  })
  expect(MountWish.parse(before.resources[0]?.wish)).toEqual({ definition: null, rows })
  expect(Before.parse(before)).toEqual(before)
})
