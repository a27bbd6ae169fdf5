import { expect, it, vi } from 'vitest'
import { isFree, leaveFirst } from '@/components/forms/first-field'

it('flags the first field when somebody has written into it, and not when it is left as it was', () => {
  const onBlur = vi.fn()
  leaveFirst({ value: '', onBlur }, { isDirty: false })()
  expect(onBlur).not.toHaveBeenCalled()
  leaveFirst({ value: '', onBlur }, { isDirty: true })()
  leaveFirst({ value: 'media', onBlur }, { isDirty: false })()
  expect(onBlur).toHaveBeenCalledTimes(2)
})

it('takes the focus from nobody', () => {
  const at = (name: string) => ({ matches: (asked: string) => asked.split(', ').includes(name) }) as unknown as Element
  expect(isFree(null)).toBe(true)
  expect(isFree(at('body'))).toBe(true)
  expect(isFree(at('h1'))).toBe(true)
  expect(isFree(at('input'))).toBe(false)
})
