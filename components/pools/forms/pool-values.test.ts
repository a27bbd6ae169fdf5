import { expect, test } from 'vitest'
import { engineForms } from '@/components/pools/forms/pool-kinds'
import { FRESH_LIMITS, limitsBody, limitsOf, settingsBody, settingsOf } from '@/components/pools/forms/pool-values'
import { CreatePool } from '@/lib/pools/schema'

const POOL = { name: 'vms', backend_id: 'bkd_1', targets: 'all' } as const

test('what a new form begins with is taken by the API', () => {
  const form = engineForms()['image-files']
  const body = { ...POOL, ...limitsBody(FRESH_LIMITS), settings: settingsBody(form, settingsOf(form)) }
  expect(body).toMatchObject({ overcommit_limit: null, max_volume_bytes: null, trash_days: 7 })
  expect(body.settings).toEqual({ default_format: 'qcow2', templates_path: 'templates' })
  expect(CreatePool.safeParse(body).success).toBe(true)
})

test('figures are sent as they are, with a comma or a point, and come back', () => {
  const body = limitsBody({ overcommit: ' 1,5 ', largest: '1099511627776', trashDays: '' })
  expect(body).toEqual({ overcommit_limit: 1.5, max_volume_bytes: 2 ** 40 })
  expect(limitsOf({ overcommit_limit: 1.5, max_volume_bytes: 2 ** 40, trash_days: 30 })).toEqual({
    overcommit: '1.5',
    largest: String(2 ** 40),
    trashDays: '30',
  })
})

test('what is no figure is refused by the name of its field', () => {
  const refused = CreatePool.safeParse({ ...POOL, ...limitsBody({ ...FRESH_LIMITS, overcommit: 'much' }) })
  expect(refused.error?.issues.map(({ path }) => path.join('.'))).toEqual(['overcommit_limit'])
})
