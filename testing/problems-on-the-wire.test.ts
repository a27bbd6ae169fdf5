import { expect, test } from 'vitest'
import { WireError } from '@/lib/agent-protocol/messages'
import { fromWireError, toWireError } from '@/lib/agent-protocol/wire-error'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { reportOf } from '@/lib/drivers/problems/report'

test('a problem travels whole: its id, its values and what the tool said', () => {
  const values = { server: 'nas.example.org', port: 2049 }
  const sent = toWireError(new ProblemError('network.refused', values, { said: 'mount.nfs: Connection refused' }))
  const taken = fromWireError(WireError.parse(JSON.parse(JSON.stringify(sent))))
  expect([taken.code, reportOf(taken)]).toEqual([
    'backend_unreachable',
    { problem: 'network.refused', values, said: 'mount.nfs: Connection refused' },
  ])
})

test('what belongs to it for programs travels beside it', () => {
  const holders = [{ kind: 'process', pid: 812 }]
  const busy = new ProblemError('mount.busy', { path: '/mnt/a', holders: 'vim (pid 812)' }, { details: { holders } })
  expect(fromWireError(toWireError(busy)).details).toMatchObject({ holders, values: { holders: 'vim (pid 812)' } })
})

test('an older agent sends the id alone', () => {
  const taken = fromWireError({ code: 'conflict', message: 'Something else is mounted.', problem: 'mount.foreign' })
  expect(reportOf(taken)).toEqual({ problem: 'mount.foreign' })
  expect(taken.message).toBe('Something else is mounted.')
})

test('what the tool said and long values are cut to a size that people read', () => {
  const error = new ProblemError('local.missing', { source: `/${'x'.repeat(5000)}` }, { said: 'y'.repeat(5000) })
  expect([String(error.values.source).length, error.said.length]).toEqual([300, 1000])
})
