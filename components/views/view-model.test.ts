import { expect, test } from 'vitest'
import { currentView, parametersOf, queryOf } from '@/components/views/view-model'
import type { SavedViewView } from '@/lib/views/schema'

const PARAMETERS = ['q', 'sort', 'status']

test.each([
  ['', ''],
  ['?status=error%2Coffline&q=', 'status=error%2Coffline'],
  ['status=error,offline&sort=name.desc', 'sort=name.desc&status=error%2Coffline'],
  // An open dialog is no part of a view.
  ['add=1&status=error', 'status=error'],
])('of the address "%s" a view keeps "%s"', (search, query) => {
  expect(queryOf(search, PARAMETERS)).toBe(query)
})

test('picking a view takes away what it does not have', () => {
  expect(parametersOf('status=error%2Coffline', PARAMETERS)).toEqual({ q: '', sort: '', status: 'error,offline' })
})

test('a view is the current one however its address is written', () => {
  const views = [
    { id: 'a', query: 'status=error' },
    { id: 'b', query: 'sort=name.desc&status=error%2Coffline' },
  ] as SavedViewView[]
  expect(currentView(views, '?status=error,offline&sort=name.desc&add=1', PARAMETERS)?.id).toBe('b')
  expect(currentView(views, '?status=error&q=nas', PARAMETERS)).toBeUndefined()
})
