import { expect, it, vi } from 'vitest'
import { takeToken } from '@/components/auth/link-token'

it('takes the token out of the address and the history', () => {
  const history = { state: { key: 1 }, replaceState: vi.fn() }
  const at = (hash: string) => ({ location: { pathname: '/reset-password', hash }, history }) as unknown as Window
  expect(takeToken(at('#hfr_abc'))).toBe('hfr_abc')
  expect(history.replaceState.mock.calls).toEqual([[{ key: 1 }, '', '/reset-password']])
  expect(takeToken(at(''))).toBe('')
  expect(history.replaceState).toHaveBeenCalledOnce()
})
