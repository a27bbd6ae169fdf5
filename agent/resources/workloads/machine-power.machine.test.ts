import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { MachinePower, type MachinePowerParts } from '@/agent/resources/workloads/machine-power'
import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import { HoldfastError } from '@/lib/errors'
import { testId } from '@/testing/ids'
import { type RunningMachine, startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'

let libvirtd: RealLibvirtd
let directory: string
let machine: RunningMachine
const runner = new Runner()
const lines: string[] = []

beforeAll(async () => {
  libvirtd = await startLibvirtd()
  directory = mkdtempSync(join(tmpdir(), 'holdfast-power-'))
  const path = join(directory, 'disk.img')
  writeFileSync(path, Buffer.alloc(1024 ** 2))
  machine = startMachine(libvirtd, 'power', { path, format: 'raw' })
}, 120_000)
afterAll(async () => {
  await libvirtd.close()
  rmSync(directory, { recursive: true })
})

function power(action: PowerAction, over: Partial<MachinePowerParts> = {}) {
  const { uri } = libvirtd
  const host = { run: runner.run.bind(runner) }
  const away = () => {
    throw new HoldfastError('backend_unreachable', 'It is away.')
  }
  const parts = {
    open: () => ({ host }),
    ground: { requireMount: away },
    mounts: () => [],
    look: async () => undefined,
  }
  const call = {
    operationId: testId('operation', action),
    deadlineAt: performance.now() + 60_000,
    signal: AbortSignal.timeout(60_000),
    log: (line: string) => lines.push(line),
  }
  return new MachinePower({ ...parts, uri, shutdownMs: 100, ...over }).power(machine.uuid, action, call)
}
const state = () => libvirtd.virsh('domstate', machine.uuid).trim()

test('starts, goes on, is reset and powered off; what is so already stays so', async () => {
  expect(await power('start')).toEqual({ state: 'running' })
  expect(await power('reset')).toEqual({ state: 'running' })
  libvirtd.virsh('suspend', machine.uuid)
  expect(await power('start')).toEqual({ state: 'running' })
  expect(await power('off')).toEqual({ state: 'stopped' })
  expect(state()).toBe('shut off')
  expect([await power('off'), await power('shutdown')]).toEqual([{ state: 'stopped' }, { state: 'stopped' }])
  await expect(power('reset')).rejects.toMatchObject({ code: 'conflict' })
  expect(await power('start')).toEqual({ state: 'running' })
  expect(lines.map((line) => line.split(' ')[2])).toEqual(['reset', 'resume', 'destroy', 'start'])
})

test('says of a system that does not shut down that it runs on', async () => {
  await expect(power('shutdown')).rejects.toMatchObject({ code: 'busy' })
  expect(state()).toBe('running')
})

test('does not start while the storage of a disk is away, and starts when it is back', async () => {
  await power('off')
  const mounts = () => [{ mountId: testId('mount', 'a'), mountPoint: directory }]
  await expect(power('start', { mounts })).rejects.toMatchObject({ code: 'backend_unreachable' })
  expect(state()).toBe('shut off')
  const there = { mountId: testId('mount', 'a'), path: directory, readOnly: false }
  expect(await power('start', { mounts, ground: { requireMount: () => there } })).toEqual({ state: 'running' })
})
