import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import type { FoundMount, MountCall, MountTaking } from '@/lib/attach-targets/contract/mounts'
import { libvirtTarget } from '@/lib/attach-targets/libvirt/host'
import { libvirtMounts } from '@/lib/attach-targets/libvirt/mounts'
import { reveal, Secret } from '@/lib/secret'
import { testId } from '@/testing/ids'
import { type RunningMachine, startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'

let libvirtd: RealLibvirtd
let directory: string
let machine: RunningMachine
let mounts: MountTaking
const runner = new Runner()
const host = {
  has: () => true,
  ask: async () => null,
  tell: async () => undefined,
  run: runner.run.bind(runner),
}
const logged: string[] = []
const CALL: MountCall = {
  operationId: testId('operation', 'a'),
  signal: new AbortController().signal,
  accepted: [],
  log: (line) => void logged.push(line),
  async secretFile(content) {
    const file = path.join(directory, 'given.xml')
    writeFileSync(file, content instanceof Secret ? reveal(content) : content, { mode: 0o600 })
    return { path: file, done: async () => rmSync(file) }
  },
  step: (_name, work) => work(),
  requireThere: () => undefined,
  isOurs: () => true,
}

beforeAll(async () => {
  libvirtd = await startLibvirtd()
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-virtiofs-'))
  mkdirSync(path.join(directory, "it's & so"))
  const disk = path.join(directory, 'disk.img')
  writeFileSync(disk, Buffer.alloc(1024 ** 2))
  machine = startMachine(libvirtd, 'shared', { path: disk, format: 'raw' })
  mounts = libvirtMounts(libvirtd.uri)
}, 120_000)
afterAll(async () => {
  await libvirtd.close()
  rmSync(directory, { recursive: true })
})

const mount = (over: Partial<FoundMount> = {}): FoundMount => ({
  attachmentId: testId('attachment', 'a'),
  mountId: testId('mount', 'a'),
  path: path.join(directory, "it's & so"),
  inside: 'data',
  readOnly: false,
  ...over,
})
const definition = () => libvirtd.virsh('dumpxml', '--inactive', machine.uuid)

test('a machine has a directory from its next start on, and is otherwise as it was', async () => {
  const before = definition()
  const plan = await mounts.planAttach(host, machine.uuid, mount())
  expect(plan).toMatchObject({ isRunning: true, effect: 'next-start', refusal: null })
  expect(plan.notes.join(' ')).toContain('memory of the machine is shared')
  expect(definition()).toBe(before)

  expect(await mounts.attach(host, machine.uuid, mount(), CALL)).toEqual({
    nativeId: machine.uuid,
    isLive: false,
    isKept: true,
  })
  const given = definition()
  expect(given).toContain(`<source dir='${path.join(directory, 'it&apos;s &amp; so')}'/>`)
  expect(await mounts.attach(host, machine.uuid, mount(), CALL)).toMatchObject({ isKept: true })
  expect(definition()).toBe(given)
  const file = path.join(directory, 'machine.xml')
  writeFileSync(file, given)
  execFileSync('virt-xml-validate', [file, 'domain'], { stdio: 'pipe' })

  // QEMU and virtiofsd take it: a machine whose directory is not served does not start.
  machine.stop()
  machine.start()
  expect(libvirtd.virsh('domstate', machine.uuid).trim()).toBe('running')
  expect(libvirtd.virsh('dumpxml', machine.uuid)).toContain("<alias name='fs0'/>")
  machine.stop()
  const [found] = (await libvirtTarget(libvirtd.uri).inventory(host))?.workloads ?? []
  expect(found?.storage).toContainEqual({
    kind: 'virtiofs',
    source: path.join(directory, "it's & so"),
    name: null,
    target: 'data',
    isReadOnly: false,
  })
  expect(await mounts.planDetach(host, machine.uuid, { ...mount(), path: null })).toMatchObject({ isRunning: false })
  await mounts.detach(host, machine.uuid, { ...mount(), path: null }, CALL)
  await mounts.detach(host, machine.uuid, mount(), CALL)
  expect(definition()).not.toContain('<filesystem')
  machine.start()
})

test('what cannot be done is refused, and nothing is changed', async () => {
  const before = definition()
  // Only libvirt 11 can keep the machine from writing.
  const asked = mounts.attach(host, machine.uuid, mount({ readOnly: true }), CALL)
  await expect(asked).rejects.toMatchObject({ code: 'unsupported' })
  await mounts.attach(host, machine.uuid, mount(), CALL)
  const other = mount({ path: directory })
  await expect(mounts.attach(host, machine.uuid, other, CALL)).rejects.toMatchObject({ code: 'conflict' })
  await expect(mounts.detach(host, machine.uuid, other, CALL)).rejects.toMatchObject({ code: 'conflict' })
  await mounts.detach(host, machine.uuid, mount(), CALL)
  expect(definition()).toBe(before)
  const nobody = '00000000-0000-4000-8000-000000000001'
  await expect(mounts.planAttach(host, nobody, mount())).rejects.toMatchObject({ code: 'not_found' })
  await expect(mounts.planAttach(host, '--all', mount())).rejects.toMatchObject({ code: 'invalid_input' })
})
