import { expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import { defineHostDriver } from '@/lib/drivers/contract/host'
import type { Connecting, Mounting } from '@/lib/drivers/contract/mount-request'
import type { Usage } from '@/lib/drivers/contract/values'
import type { ConfigOf } from '@/lib/drivers/registry'

const base = {
  title: 'T',
  summary: 's',
  access: 'file',
  config: z.strictObject({ path: z.string() }),
  secrets: z.strictObject({ key: z.string().optional() }),
  destination: { path: true },
  fixedAfterCreate: {},
  fields: { path: { label: 'Path', group: 'essential' }, key: { label: 'Key', group: 'credentials' } },
  discoveries: {},
  scope: 'host',
  hostCommands: [],
  describeSource: () => '',
} as const

const mounting: Mounting<{ path: string }> = {
  fsTypes: [],
  request: ({ path: source }, { path: target, readOnly }) => ({ kind: 'bind', source, target, options: [], readOnly }),
}
const connecting: Connecting<{ path: string }> = {
  connect: () => ({ commands: [], notes: [] }),
  disconnect: () => ({ commands: [], notes: [] }),
}

const mountable = defineDriver({ ...base, id: 'mountable', capabilities: ['mount'], mounting })
const measurable = defineDriver({ ...base, id: 'measurable', capabilities: ['usage'] })

const test = async () => []
const mount = async () => undefined
const unmount = async () => undefined
const proof = 'statfs'
const usage = async (): Promise<Usage> => ({ totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null })

it('accepts exactly the methods of the declared capabilities', () => {
  expect(defineHostDriver(mountable, { id: 'mountable', test, mount, unmount, proof }).id).toBe('mountable')
  expect(defineHostDriver(measurable, { id: 'measurable', test, usage }).id).toBe('measurable')
})

it('does not compile otherwise', () => {
  // @ts-expect-error a declared capability without its methods
  defineHostDriver(mountable, { id: 'mountable', test })
  // @ts-expect-error half of a capability
  defineHostDriver(mountable, { id: 'mountable', test, mount })
  // @ts-expect-error a mount, and not a word of how its health is proven
  defineHostDriver(mountable, { id: 'mountable', test, mount, unmount })
  // @ts-expect-error a proof of something that is not mounted
  defineHostDriver(measurable, { id: 'measurable', test, usage, proof })
  // @ts-expect-error a method without its capability
  defineHostDriver(mountable, { id: 'mountable', test, mount, unmount, proof, usage })
  // @ts-expect-error another driver's id
  defineHostDriver(measurable, { id: 'mountable', test, usage })
  // @ts-expect-error a field without a form hint
  defineDriver({ ...base, id: 'x', capabilities: [], fields: { path: { label: 'Path', group: 'essential' } } })
  // @ts-expect-error a fixed field that does not exist
  defineDriver({ ...base, id: 'x', capabilities: [], fixedAfterCreate: { nothing: 'why' } })
  const { destination: _none, ...silent } = base
  // @ts-expect-error secrets, and not a word of where they are sent
  defineDriver({ ...silent, id: 'x', capabilities: [] })
  // @ts-expect-error the same, with an empty declaration
  defineDriver({ ...silent, id: 'x', capabilities: [], destination: {} })
  // @ts-expect-error a destination that is no setting
  defineDriver({ ...silent, id: 'x', capabilities: [], destination: { nowhere: true } })
  // @ts-expect-error a destination only at times is none at others
  defineDriver({ ...silent, id: 'x', capabilities: [], destination: { path: () => false } })
  const open = { ...silent, secrets: z.strictObject({}), fields: { path: base.fields.path } }
  defineDriver({ ...open, id: 'x', capabilities: [] })
  // @ts-expect-error a destination of nothing
  defineDriver({ ...open, id: 'x', capabilities: [], destination: { path: true } })
  // @ts-expect-error a type that is mounted, and not a word of how
  defineDriver({ ...base, id: 'x', capabilities: ['mount'] })
  // @ts-expect-error how it is mounted, of a type that is not
  defineDriver({ ...base, id: 'x', capabilities: ['usage'], mounting })
  // @ts-expect-error a type that is connected, and not a word of how
  defineDriver({ ...base, id: 'x', capabilities: ['connect'] })
  // @ts-expect-error how it is connected, of a type that is not
  defineDriver({ ...base, id: 'x', capabilities: ['usage'], connecting })
  // @ts-expect-error an unknown capability
  defineDriver({ ...base, id: 'x', capabilities: ['fly'] })
})

it('says from the request what mountinfo must show', () => {
  const driver = defineHostDriver(mountable, { id: 'mountable', test, mount, unmount, proof })
  const target = { mountId: 'mnt_1', path: '/mnt/x', readOnly: false }
  const shown = driver.expect?.({ id: 'bkd_1', config: { path: '/srv/x' }, secrets: {} }, target)
  expect(shown).toEqual({ fsType: [], source: null, bindOf: '/srv/x' })
})

it('narrows the config by driver', () => {
  expectTypeOf<ConfigOf<'nfs'>['version']>().toEqualTypeOf<'auto' | '3' | '4' | '4.0' | '4.1' | '4.2'>()
  expectTypeOf<ConfigOf<'nfs'>>().not.toHaveProperty('bucket')
  expectTypeOf<ConfigOf<'s3'>>().not.toHaveProperty('secret_access_key')
})
