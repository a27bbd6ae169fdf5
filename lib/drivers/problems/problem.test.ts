import { expect, test } from 'vitest'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

test('a refusal by the policy keeps its words about a path, and is about the network otherwise', () => {
  const path = new HoldfastError('policy_denied', 'see sourceRoots', { details: { policy: 'sourceRoots' } })
  expect(toProblem(path, {})).toBe(path)
  const address = toProblem(new HoldfastError('policy_denied', 'not that address'), { server: 'nas' })
  expect(address instanceof ProblemError && address.problem).toBe('network.denied_by_policy')
})
