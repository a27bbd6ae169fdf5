import { expect, it } from 'vitest'
import { byName } from '@/components/mounts/forms/host-picker'

it('lists hosts by name, numbers by their size', () => {
  const hosts = ['web-10', 'db-1', 'web-2'].map((name) => ({ name }))
  expect(hosts.toSorted(byName).map(({ name }) => name)).toEqual(['db-1', 'web-2', 'web-10'])
})
