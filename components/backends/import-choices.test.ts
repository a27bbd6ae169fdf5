import { expect, it } from 'vitest'
import { initialChoices, isLacking, requested } from '@/components/backends/import-remotes'
import type { ImportedRemote } from '@/lib/imports/schema'

const REMOTE: ImportedRemote = {
  line: 1,
  file: null,
  name: 'media',
  type: 's3',
  driver: 's3',
  action: 'create',
  reason: null,
  problems: [],
  remote: { provider: 'Minio' },
  source: null,
  needs: [],
  suggested_buckets: [],
  existing: [],
  used_by: [],
  backends: [],
}

it('marks what can be made as it is, with the first bucket that the text names', () => {
  const remotes = [
    { ...REMOTE, name: 'named', suggested_buckets: ['films', 'music'] },
    { ...REMOTE, name: 'asking', needs: ['bucket'] },
    { ...REMOTE, name: 'there', action: 'skip' as const },
    { ...REMOTE, name: 'other', remote: null },
  ]
  expect(initialChoices(remotes)).toEqual({
    named: { isChosen: true, bucket: 'films', values: {} },
    asking: { isChosen: false, bucket: '', values: {} },
    there: { isChosen: false, bucket: '', values: {} },
  })
})

it('asks for what the text does not tell, and sends it by its kind', () => {
  const bucket = { ...REMOTE, needs: ['bucket'] }
  expect(isLacking(bucket, { isChosen: true, bucket: ' ', values: {} })).toBe(true)
  expect(isLacking(bucket, { isChosen: true, bucket: 'films', values: {} })).toBe(false)
  expect(requested(bucket, { isChosen: true, bucket: ' films ', values: {} })).toEqual({
    name: 'media',
    bucket: 'films',
  })

  const lun = { ...REMOTE, driver: 'iscsi-lvm', needs: ['lun', 'chap_password'] }
  const values = { lun: '3', chap_password: 'not-a-real-one' }
  expect(isLacking(lun, { isChosen: true, bucket: '', values: { lun: '3' } })).toBe(true)
  expect(isLacking(lun, { isChosen: true, bucket: '', values })).toBe(false)
  expect(requested(lun, { isChosen: true, bucket: '', values })).toEqual({
    name: 'media',
    config: { lun: 3, chap_password: 'not-a-real-one' },
  })
})
