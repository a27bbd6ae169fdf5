import { describe, it, vi } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { iscsiLvm } from '@/lib/drivers/iscsi-lvm/descriptor'
import { ensure, everyInput, hostile, numbers } from '@/testing/drivers/hostile-input'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

const BASE = {
  portal: 'san.example.com',
  target: 'iqn.2023-01.com.example:storage',
  chap_password: 'not-a-real-secret',
}

/** What may stand in a path below /etc/iscsi, in an argument, and in a line of a record. */
const FIELDS = [
  {
    field: 'portal',
    safe: /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/,
    valid: ['san.example.com', '192.0.2.50:3260', '[2001:db8::5]:3260'],
  },
  {
    field: 'target',
    safe: /^(?:iqn|eui|naa)\.[a-z0-9][a-z0-9.:_-]*$/,
    valid: ['iqn.2023-01.com.example:storage.a_b', 'eui.02004567a425678d'],
  },
  { field: 'volume_group', safe: /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/, valid: ['vg_san', 'a-b.c'] },
  { field: 'wwid', safe: /^(?:naa|eui|t10)\.[A-Za-z0-9 ._+-]+$/, valid: ['naa.600140509a28b264b8b424db7767ad46'] },
  { field: 'chap_user', safe: /^[A-Za-z0-9._:@/+-]+$/, valid: ['initiator', 'iqn.2023-01.com.example:host'] },
] as const

const parse = (flat: Record<string, unknown>) =>
  iscsiLvm.config.parse(parseBackendInput('iscsi-lvm', { ...BASE, ...flat }).config)

describe('hostile input', () => {
  it.each(FIELDS)('$field', ({ field, safe, valid }) => {
    everyInput(hostile(valid), field, (value) => {
      const accepted = parse({ chap_enabled: field === 'chap_user', [field]: value })[field]
      ensure(accepted === undefined || safe.test(accepted), String(accepted))
    })
  })

  it('lun', () => {
    everyInput(numbers, 'lun', (value) => ensure(Number.isInteger(parse({ lun: value }).lun ?? 0), String(value)))
  })
})
