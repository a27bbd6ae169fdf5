import { expect, it } from 'vitest'
import { pageAfter } from '@/components/workloads/mounts/mount-requests'

it('goes on with the workload under the id that it has then, or with what still runs', () => {
  const answer = (status: string, result: unknown) => pageAfter({ data: { id: 'op_1', status, result } }, 'wkl_1')
  expect(answer('succeeded', { workload_id: 'wkl_2' })).toBe('/workloads/wkl_2')
  expect(answer('succeeded', null)).toBe('/workloads/wkl_1')
  expect(answer('running', null)).toBe('/operations/op_1')
})
