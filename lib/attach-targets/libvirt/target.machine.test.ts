import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { libvirtTarget } from '@/lib/attach-targets/libvirt/host'
import { xmlElement } from '@/lib/libvirt/xml-text'
import { describeTarget, type StandIn, type TargetRig } from '@/testing/attach-targets/describe-target'
import { startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'

let libvirtd: RealLibvirtd
beforeAll(async () => {
  libvirtd = await startLibvirtd()
})
afterAll(() => libvirtd.close())

function define({ name, path: file }: StandIn, directory: string): void {
  const disk = xmlElement('disk', { type: 'file', device: 'disk' }, [
    xmlElement('source', { file }),
    xmlElement('target', { dev: 'vda', bus: 'virtio' }),
  ])
  const text = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const xml = `<domain type='qemu'><name>${text}</name><memory unit='MiB'>32</memory>
    <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>${disk}</devices></domain>`
  const at = path.join(directory, 'machine.xml')
  writeFileSync(at, xml)
  libvirtd.virsh('define', at)
}

/** Machines of a real libvirt; the disks of those that do not run need not be there. */
async function openRig(): Promise<TargetRig> {
  const directory = mkdtempSync(path.join(tmpdir(), 'target-'))
  const asked: string[][] = []
  const runner = new Runner()
  let isBroken = false
  return {
    asked,
    root: directory,
    host: {
      has: () => true,
      ask: async () => null,
      run: (command, args, options) => {
        asked.push([command, ...args])
        const words = isBroken ? args.map((word) => word.replace(libvirtd.uri, 'qemu+tcp://127.0.0.1:1/system')) : args
        return runner.run(command, words, options)
      },
    },
    show(workloads) {
      for (const each of workloads) {
        if (each.state === 'stopped') define(each, directory)
        else {
          writeFileSync(each.path, Buffer.alloc(1024 * 1024))
          startMachine(libvirtd, each.name, { path: each.path, format: 'raw' })
        }
      }
    },
    breakDown: () => {
      isBroken = true
    },
    async close() {
      for (const uuid of libvirtd.virsh('list', '--uuid').split(/\s+/).filter(Boolean)) libvirtd.virsh('destroy', uuid)
      for (const uuid of libvirtd.virsh('list', '--all', '--uuid').split(/\s+/).filter(Boolean)) {
        libvirtd.virsh('undefine', uuid)
      }
      rmSync(directory, { recursive: true })
    },
  }
}

describeTarget({
  what: 'libvirt: a real one',
  target: () => libvirtTarget(libvirtd.uri),
  open: openRig,
  questions: ['version', 'list', 'dumpxml'],
  canBeNamed: (name) => !name.includes('/') && name === name.trim(),
  canHavePath: () => true,
})

it('tells a paused machine from one that runs', async () => {
  const rig = await openRig()
  await rig.show([{ name: 'paused', state: 'running', path: path.join(rig.root, 'disk.raw') }])
  libvirtd.virsh('suspend', 'paused')
  const found = await libvirtTarget(libvirtd.uri).inventory(rig.host)
  expect(found?.workloads).toMatchObject([{ name: 'paused', state: 'paused' }])
  await rig.close()
})
