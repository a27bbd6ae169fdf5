import type { Firmware, MachineNetwork } from '@/lib/agent-protocol/machine-makings'
import { xmlAttribute, xmlElement } from '@/lib/libvirt/xml-text'

/** By this the agent knows again what it has made: only that is removed from here. */
export const MADE_HERE = 'urn:holdfast:machine'

/** All that a definition is made of: nothing of it comes from a person but its name and its numbers. */
export interface MachineParts {
  name: string
  uuid: string
  operationId: string
  cpus: number
  memoryMib: number
  /** `kvm` or `qemu`, the machine and the program, as libvirt on this host has them. */
  platform: { domain: string; machine: string; arch: string; emulator: string; cpuMode: string | null }
  firmware: Firmware
  /** `<disk>` elements. */
  disks: readonly string[]
  /** Path of a file, and the name of its drive; null: there is no drive. */
  iso: { path: string; target: string } | null
  network: MachineNetwork | null
  screen: boolean
  serial: boolean
  clipboard: boolean
  guestAgent: boolean
}

/** Of PCI Express ports that stay free: what is attached while the machine runs needs one each. */
const SPARE_PORTS = 6

/** The `<domain>` of libvirt (https://libvirt.org/formatdomain.html). It boots from its disks, and from the drive while these are empty. */
export function machineXml(parts: MachineParts): string {
  const { name, uuid, operationId, cpus, memoryMib, platform, firmware } = parts
  const boots = [...(parts.disks.length > 0 ? ['hd'] : []), ...(parts.iso === null ? [] : ['cdrom'])]
  return xmlElement('domain', { type: platform.domain }, [
    textElement('name', name),
    textElement('uuid', uuid),
    xmlElement('metadata', {}, [xmlElement('holdfast:made', { 'xmlns:holdfast': MADE_HERE, operation: operationId })]),
    textElement('memory', String(memoryMib), { unit: 'MiB' }),
    textElement('vcpu', String(cpus)),
    // The firmware that libvirt takes by itself is the BIOS, and where there is none, as on ARM, UEFI is named.
    xmlElement('os', { firmware: firmware === 'uefi' ? 'efi' : null }, [
      textElement('type', 'hvm', { arch: platform.arch, machine: platform.machine }),
      ...boots.map((dev) => xmlElement('boot', { dev })),
    ]),
    xmlElement('features', {}, [
      xmlElement('acpi', {}),
      ...(platform.arch === 'x86_64' ? [xmlElement('apic', {})] : []),
    ]),
    ...(platform.cpuMode === null ? [] : [xmlElement('cpu', { mode: platform.cpuMode })]),
    xmlElement('devices', {}, [textElement('emulator', platform.emulator), ...devices(parts)]),
  ])
}

function devices({ disks, iso, network, ...parts }: MachineParts): string[] {
  return [
    ...disks,
    ...(iso === null ? [] : [driveXml(iso)]),
    xmlElement('controller', { type: 'scsi', model: 'virtio-scsi' }),
    xmlElement('controller', { type: 'usb', model: 'qemu-xhci' }),
    xmlElement('controller', { type: 'pci', model: 'pcie-root' }),
    ...Array.from({ length: SPARE_PORTS + disks.length }, () =>
      xmlElement('controller', { type: 'pci', model: 'pcie-root-port' }),
    ),
    ...(network === null ? [] : [interfaceXml(network)]),
    ...(parts.screen ? screenXml(parts.platform.arch) : []),
    ...(parts.serial ? [xmlElement('serial', { type: 'pty' }), xmlElement('console', { type: 'pty' })] : []),
    ...(parts.clipboard ? [clipboardXml()] : []),
    ...(parts.guestAgent ? [channelXml('unix', 'org.qemu.guest_agent.0')] : []),
    xmlElement('rng', { model: 'virtio' }, [textElement('backend', '/dev/urandom', { model: 'random' })]),
  ]
}

/** The bytes as they are: an image in another format could name other files. */
function driveXml({ path, target }: { path: string; target: string }): string {
  return xmlElement('disk', { type: 'file', device: 'cdrom' }, [
    xmlElement('driver', { name: 'qemu', type: 'raw' }),
    xmlElement('source', { file: path }),
    xmlElement('target', { dev: target, bus: 'sata' }),
    xmlElement('readonly', {}),
  ])
}

function interfaceXml({ kind, name }: MachineNetwork): string {
  const source = kind === 'network' ? { network: name } : { bridge: name }
  return xmlElement('interface', { type: kind }, [
    xmlElement('source', source),
    xmlElement('model', { type: 'virtio' }),
  ])
}

/** A tablet says where the pointer is; a mouse only how it moves, and runs away from that of the person. */
function screenXml(arch: string): string[] {
  return [
    xmlElement('graphics', { type: 'vnc' }, [xmlElement('listen', { type: 'socket' })]),
    xmlElement('video', {}, [xmlElement('model', { type: arch === 'x86_64' ? 'vga' : 'virtio' })]),
    xmlElement('input', { type: 'tablet', bus: 'usb' }),
    ...(arch === 'x86_64' ? [] : [xmlElement('input', { type: 'keyboard', bus: 'usb' })]),
  ]
}

function clipboardXml(): string {
  const source = xmlElement('source', {}, [xmlElement('clipboard', { copypaste: 'yes' })])
  return channelXml('qemu-vdagent', 'com.redhat.spice.0', [source])
}

function channelXml(type: string, name: string, source: readonly string[] = []): string {
  return xmlElement('channel', { type }, [...source, xmlElement('target', { type: 'virtio', name })])
}

function textElement(name: string, text: string, attributes: Readonly<Record<string, string>> = {}): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}='${xmlAttribute(value)}'`)
  return `<${name}${written.join('')}>${xmlAttribute(text)}</${name}>`
}
