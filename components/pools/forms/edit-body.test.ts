import { expect, test } from 'vitest'
import { editBody, editLines, targetingOf } from '@/components/pools/forms/edit-body'
import { engineForms } from '@/components/pools/forms/pool-kinds'
import { limitsOf, settingsOf } from '@/components/pools/forms/pool-values'
import { type PoolView, UpdatePool } from '@/lib/pools/schema'

const POOL = {
  name: 'vms',
  targets: 'hosts',
  target_labels: {},
  hosts: [
    { host_id: 'hst_1', phase: 'READY' },
    { host_id: 'hst_2', phase: 'CLOSING' },
  ],
  overcommit_limit: 2,
  max_volume_bytes: null,
  trash_days: 7,
  settings: { default_format: 'raw', templates_path: 'templates' },
} as unknown as PoolView
const form = engineForms()['image-files']
const AS_IT_WAS = {
  name: POOL.name,
  limits: limitsOf(POOL),
  targeting: targetingOf(POOL),
  settings: settingsOf(form, POOL.settings),
}

test('nothing that was left as it was is sent, so what somebody else has changed meanwhile stays', () => {
  expect(editBody(POOL, AS_IT_WAS, form)).toEqual({ settings: {} })
  expect(editBody(POOL, { ...AS_IT_WAS, name: 'disks' }, undefined)).toEqual({ name: 'disks' })
})

test('what was changed is sent as the API takes it, a limit that was emptied too', () => {
  const edited = {
    name: 'vms',
    limits: { ...AS_IT_WAS.limits, overcommit: '', trashDays: '3' },
    targeting: { ...AS_IT_WAS.targeting, hostIds: ['hst_1', 'hst_3'] },
    settings: { ...AS_IT_WAS.settings, templates_path: 'iso' },
  }
  const body = editBody(POOL, edited, form)
  expect(body).toEqual({
    targets: 'hosts',
    host_ids: ['hst_1', 'hst_3'],
    overcommit_limit: null,
    trash_days: 3,
    settings: { templates_path: 'iso' },
  })
  expect(UpdatePool.safeParse(body).success).toBe(true)
})

test('a review says what was changed, and nothing else', () => {
  expect(editLines(POOL, AS_IT_WAS, form)).toEqual([])
  const limits = { ...AS_IT_WAS.limits, overcommit: '', largest: String(2 ** 40) }
  const settings = { ...AS_IT_WAS.settings, templates_path: 'iso' }
  expect(editLines(POOL, { ...AS_IT_WAS, limits, settings }, form)).toEqual([
    ['Folder of templates', 'templates', 'iso'],
    ['Overcommit limit', '2', ''],
    ['Largest volume', '', '1.00 TiB'],
  ])
})
