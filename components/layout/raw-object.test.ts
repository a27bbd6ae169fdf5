import { expect, test } from 'vitest'
import { curlLine } from '@/components/layout/raw-object'

test('the line names the address and no token', () => {
  expect(curlLine('https://holdfast.example', '/api/v1/hosts/hst_1')).toBe(
    'curl -H "Authorization: Bearer $TOKEN" https://holdfast.example/api/v1/hosts/hst_1',
  )
})
