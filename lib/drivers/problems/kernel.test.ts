import { expect, it } from 'vitest'
import { problemFor } from '@/lib/drivers/problems/problem'
import { explain } from '@/lib/drivers/problems/words'

it.each([
  ['nfs.kernel_missing', 'nfs'],
  ['cifs.kernel_missing', 'cifs'],
] as const)('%s is no fault of ours: it names the module of the kernel and what to do', (id, module) => {
  expect(problemFor(id, {})).toMatchObject({ code: 'conflict', status: 409 })
  expect(explain(id, {}).advice).toMatch(new RegExp(`modprobe ${module}\\b.*kernel`))
})
