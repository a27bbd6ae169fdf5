import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { xmlAttribute } from '@/lib/libvirt/xml-text'
import type { RealLibvirtd } from '@/testing/libvirt/real-libvirtd'

/** A machine that runs with one disk and no system: what writes to the disk is its QEMU, as a guest would have it write. */
export interface RunningMachine {
  name: string
  uuid: string
  /** Fills so many bytes from there with this one. */
  write(offset: number, bytes: number, pattern: number): void
  /** Of its definition as it runs, and as it is started the next time. */
  source(which: 'now' | 'next'): string
  start(): void
  stop(): void
}

export function startMachine(
  { virsh }: RealLibvirtd,
  name: string,
  disk: { path: string; format: string; isDevice?: boolean },
): RunningMachine {
  const [type, source] = disk.isDevice === true ? ['block', 'dev'] : ['file', 'file']
  const uuid = randomUUID()
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-machine-'))
  const file = join(directory, 'machine.xml')
  writeFileSync(
    file,
    `<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid><memory unit='MiB'>32</memory>
      <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
      <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
        <disk type='${type}' device='disk'><driver name='qemu' type='${disk.format}' cache='none' discard='unmap'/>
          <source ${source}='${xmlAttribute(disk.path)}'/><target dev='vda' bus='virtio'/></disk>
        <disk type='file' device='cdrom'><target dev='sda' bus='ide'/></disk>
      </devices></domain>`,
  )
  virsh('define', file)
  rmSync(directory, { recursive: true })
  virsh('start', uuid)
  return {
    name,
    uuid,
    write(offset, bytes, pattern) {
      const backend = '/machine/peripheral/virtio-disk0/virtio-backend'
      const said = virsh(
        'qemu-monitor-command',
        uuid,
        '--hmp',
        `qemu-io -d ${backend} "write -P ${pattern} ${offset} ${bytes}"`,
      )
      if (said.trim() !== '') throw new Error(said)
    },
    source(which) {
      const args = which === 'next' ? ['--inactive'] : []
      return /vda\s+(.*?)\s*$/m.exec(virsh('domblklist', uuid, ...args))?.[1] ?? ''
    },
    start: () => void virsh('start', uuid),
    stop: () => void virsh('destroy', uuid),
  }
}
