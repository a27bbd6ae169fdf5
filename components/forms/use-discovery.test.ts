import { expect, it } from 'vitest'
import { askedWith } from '@/components/forms/use-discovery'

const BODY = { type: 'nfs', config: { server: 'nas.example.net', export_path: '/a' }, host_id: 'hst_1' }

it('holds whatever is entered in the field that asked', () => {
  const other = { ...BODY, config: { ...BODY.config, export_path: '/b' } }
  expect(askedWith(other, 'export_path')).toBe(askedWith(BODY, 'export_path'))
})

it.each([
  ['the server', { ...BODY, config: { ...BODY.config, server: 'nas2.example.net' } }],
  ['the host that asks', { ...BODY, host_id: 'hst_2' }],
])('holds no more when it changes: %s', (_what, body) => {
  expect(askedWith(body, 'export_path')).not.toBe(askedWith(BODY, 'export_path'))
})
