import { expect, test } from 'vitest'
import { auditFilter, auditParameters } from '@/components/audit/audit-filter'

test.each([
  ['', {}],
  ['q=nas&sort=at.asc', {}],
  ['on=mount,none&action=mount.created', { target_kind: 'mount,none', action: 'mount.created' }],
  ['who=jane,a%252Cb', { actor: 'jane,a%2Cb' }],
  [`who=${'x'.repeat(65)}`, {}],
])('the address "%s" asks the API for %j', (search, parameters) => {
  expect(auditParameters(new URLSearchParams(search))).toEqual(parameters)
})

test('the page asks the service for the same', () => {
  expect(auditFilter(new URLSearchParams('on=mount,none&who=a%252Cb'))).toEqual({
    target_kind: ['mount', 'none'],
    actor: ['a,b'],
  })
})
