import { expect, it } from 'vitest'
import { cureOf } from '@/components/operations/cure'
import { ERROR_CODES } from '@/lib/errors'

const { recovery } = ERROR_CODES.policy_denied

it('is said once when the message of the policy has it', () => {
  const message =
    'Storage cannot be at 127.0.0.1: it is this host itself. If it is meant, name it under allow.networks.'
  expect(cureOf({ code: 'policy_denied', message, recovery })).toBeNull()
})

it('is what the code advises otherwise', () => {
  const message = 'The policy of this host does not allow the storage type nfs.'
  expect(cureOf({ code: 'policy_denied', message, recovery })).toBe(recovery)
  expect(cureOf({ code: 'timed_out', message: 'sourceRoots', recovery: 'Look.' })).toBe('Look.')
})
