import { expect, it } from 'vitest'
import { loadDriver } from '@/lib/drivers/load-driver'
import { ALL_TYPES } from '@/lib/drivers/registry'

it.each(ALL_TYPES.map((descriptor) => [descriptor.id, descriptor]))(
  'finds the descriptor of %s by itself, once',
  async (id, registered) => {
    expect(await loadDriver(id)).toBe(registered)
    expect(loadDriver(id)).toBe(loadDriver(id))
  },
)
