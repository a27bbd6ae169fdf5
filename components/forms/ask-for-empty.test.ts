import { expect, it } from 'vitest'
import { resolveNewMount } from '@/components/mounts/forms/new-mount-rules'

async function messageOf(name: string): Promise<string | undefined> {
  const values = { name, backend_id: 'bkd_1', mount_point: '/mnt/a', targets: 'all' } as const
  const options = { fields: {}, shouldUseNativeValidation: false }
  const { errors } = await resolveNewMount(values, undefined, options)
  return 'name' in errors ? errors.name?.message : undefined
}

it('asks for what is empty, and tells the rules of what is entered', async () => {
  expect(await messageOf('')).toBe('Enter a name.')
  expect(await messageOf('Not A Name')).not.toBe('Enter a name.')
  expect(await messageOf('media')).toBeUndefined()
})
