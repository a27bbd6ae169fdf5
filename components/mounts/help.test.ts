import { expect, test } from 'vitest'
import { canBring, helpOnHost, mainAction } from '@/components/mounts/help'
import type { MountOnHostView } from '@/lib/mounts/schema'

function entry(over: Partial<MountOnHostView>): MountOnHostView {
  const well = {
    status: 'mounted',
    state: 'mounted',
    problem: null,
    drift: null,
    host_status: 'online',
    removing: false,
  }
  return { ...well, ...over } as MountOnHostView
}

const failing = (problem: string | null) => entry({ status: 'error', state: 'error', problem })

test.each([
  ['all is well', entry({}), []],
  ['the export is not for this host', failing('nfs.export_denied'), ['retry', 'settings']],
  ['the name does not resolve', failing('name.not_found'), ['retry', 'settings']],
  ['nobody listens on the port', failing('network.refused'), ['retry', 'settings']],
  ['a program is missing', failing('tool.missing'), ['retry', 'host']],
  ['the kernel cannot do it', failing('nfs.kernel_missing'), ['retry', 'host']],
  ['the directory is in use', failing('mount.busy'), ['retry']],
  ['nobody knows why', failing(null), ['retry']],
  ['others have mounted something there', entry({ status: 'foreign', state: 'foreign', problem: 'mount.foreign' }), []],
  ['somebody changed it: that has buttons of its own', { ...failing(null), drift: {} as MountOnHostView['drift'] }, []],
])('what helps when %s', (_, on, help) => {
  expect(helpOnHost(on)).toEqual(help)
})

test.each([
  ['unmounted', [entry({})], 'mount'],
  ['mounted', [entry({})], 'edit'],
  ['mounted', [entry({}), failing('mount.busy')], 'retry'],
  ['mounted', [{ ...failing(null), removing: true }], 'edit'],
] as const)('the main button of one wanted %s takes nothing away', (desired_state, hosts, expected) => {
  expect(mainAction({ desired_state, hosts: [...hosts] })).toBe(expected)
})

const foreign = entry({ status: 'drift_covered', state: 'foreign', problem: 'mount.foreign' })

test.each([
  ['all is well', [entry({})], true],
  ['one fails', [entry({}), failing('mount.busy'), foreign], true],
  ['others have mounted something, and the rest is well', [entry({}), foreign], false],
  ['something lies over ours', [{ ...foreign, state: 'stacked' as const }], false],
])('bringing it to the wanted state makes sense when %s: %#', (_, hosts, expected) => {
  expect(canBring({ hosts })).toBe(expected)
})
