import { expect, test } from 'vitest'
import { engineForms, poolKindOf } from '@/components/pools/forms/pool-kinds'
import { ENGINE_IDS } from '@/lib/agent-protocol/pools'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { SAMPLES } from '@/testing/drivers/samples'

const backends = [...SAMPLES].flatMap(([driver, { backends: samples }]) =>
  samples.map(({ config }) => ({ id: driver, driver, config })),
)

test('each type that holds volumes says how, and no other does', () => {
  const said = new Set(backends.flatMap((backend) => poolKindOf(backend)?.backendId ?? []))
  const able = DESCRIPTORS.flatMap(({ id, capabilities }) =>
    (capabilities as readonly string[]).includes('volumes') ? [id] : [],
  )
  expect([...said].sort()).toEqual([...able].sort())
})

test('who may write where is the word of the engine', () => {
  const local = poolKindOf({ id: 'bkd_1', driver: 'local-dir', config: { path: '/srv/disk' } })
  expect(local).toMatchObject({ engine: 'image-files', sharing: 'own', refusal: null, isMounted: true })
  const readOnly = poolKindOf({ id: 'bkd_1', driver: 'local-dir', config: { path: '/srv/disk', read_only: true } })
  expect(readOnly?.refusal).toContain('read-only')
  const [lvm] = backends.filter(({ driver }) => driver === 'iscsi-lvm')
  expect(lvm && poolKindOf(lvm)).toMatchObject({ engine: 'lvm', sharing: 'one_host', isMounted: false })
})

test('the form of each engine shows the settings that people choose, with their defaults', () => {
  const forms = engineForms()
  expect(Object.keys(forms)).toEqual([...ENGINE_IDS])
  expect(forms['image-files'].facts.default_format).toMatchObject({ fallback: 'qcow2', options: ['qcow2', 'raw'] })
  expect(forms.lvm.fields).toEqual({})
})
