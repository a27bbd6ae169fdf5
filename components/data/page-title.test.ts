import { expect, test } from 'vitest'
import { titleOf } from '@/components/data/page-title'

test('a tab of the browser says which thing it shows, and of which list', async () => {
  expect(await titleOf('Mounts', async () => ({ name: 'archive' }))).toEqual({ title: 'archive · Mounts' })
})

test('one that is gone, or may not be seen, still has a title', async () => {
  expect(await titleOf('Hosts', () => Promise.reject(new Error('not found')))).toEqual({ title: 'Hosts' })
})
