import { expect, test } from 'vitest'
import { operationFilter, operationParameters } from '@/components/operations/operation-filter'

test.each([
  ['', {}],
  ['q=nas&sort=when.asc', {}],
  ['status=partial,failed', { status: 'failed,partial' }],
  ['status=failed,broken&kind=mount.apply', { status: 'failed', kind: 'mount.apply' }],
  ['kind=not.a.kind', {}],
])('the address "%s" asks the API for %j', (search, parameters) => {
  expect(operationParameters(new URLSearchParams(search))).toEqual(parameters)
})

test('the page asks the service for the same', () => {
  expect(operationFilter(new URLSearchParams('status=failed,partial'))).toEqual({ status: ['failed', 'partial'] })
})
