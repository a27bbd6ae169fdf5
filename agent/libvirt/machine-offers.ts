import { existsSync, readdirSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseXml } from '@rgrove/parse-xml'
import { locateCommand } from '@/agent/host/exec/commands'
import { ASK_MS } from '@/agent/libvirt/machines'
import type { RunVirsh } from '@/agent/libvirt/virsh'
import type { MachineNetwork, MachineOffers } from '@/lib/agent-protocol/machine-makings'
import { HoldfastError } from '@/lib/errors'
import type { MachineParts } from '@/lib/libvirt/machine-xml'
import { childrenOf } from '@/lib/libvirt/xml-elements'

/** A daemon that is started by the question has looked at its QEMU by then, also on a slow host. */
const CAPABILITIES_MS = 20_000
const MIB = 1024 ** 2
/** The newer machines of QEMU, with PCI Express: each disk that is attached while one runs has a port of its own. */
const MACHINES: Readonly<Record<string, string>> = { x64: 'q35', arm64: 'virt' }
/** Docker's own bridges, whose addresses and rules are for its containers alone. */
const DOCKER_BRIDGE = /^(?:docker\d+|docker_gwbridge|br-[0-9a-f]{12})$/

export interface MachineGround extends MachineOffers {
  platform: MachineParts['platform']
}

export interface OfferPlaces {
  /** As libvirt calls it; absent: KVM where the host has it. */
  domain?: 'qemu'
  /** Where the kernel tells of network devices; absent: at its usual place. */
  devices?: string
}

/** What libvirt on this host can make machines of. Throws `not_found` where it has none, and `unsupported` for a processor of another kind. */
export async function machineGround(virsh: RunVirsh, places: OfferPlaces = {}): Promise<MachineGround> {
  if (locateCommand('virsh') === null) throw new HoldfastError('not_found', 'libvirt is not on this host.')
  const machine = MACHINES[process.arch]
  if (machine === undefined)
    throw new HoldfastError(
      'unsupported',
      `Machines are not made on hosts with processors of the kind ${process.arch}.`,
    )
  const asked = ['domcapabilities', '--machine', machine]
  if (places.domain !== undefined) asked.push('--virttype', places.domain)
  const abilities = parseAbilities((await virsh(asked, { timeoutMs: CAPABILITIES_MS })).stdout)
  const { platform, ...rest } = abilities
  return {
    ...rest,
    cpus: cpus().length,
    memoryMib: Math.floor(totalmem() / MIB),
    platform: { ...platform, machine },
    networks: await networksOn(virsh, places.devices),
  }
}

/** What `virsh domcapabilities` prints (https://libvirt.org/formatdomaincaps.html). */
export function parseAbilities(
  xml: string,
): Pick<MachineGround, 'isAccelerated' | 'mostCpus' | 'firmwares' | 'clipboard' | 'platform'> {
  const { root } = parseXml(xml)
  const text = (name: string) => childrenOf(root, name)[0]?.text.trim() ?? ''
  const [os] = childrenOf(root, 'os')
  const values = (parent: ReturnType<typeof childrenOf>[number] | undefined, name: string) =>
    childrenOf(parent, 'enum')
      .filter(({ attributes }) => attributes.name === name)
      .flatMap((each) => childrenOf(each, 'value').map((value) => value.text.trim()))
  const [devices] = childrenOf(root, 'devices')
  const [channel] = childrenOf(devices, 'channel')
  const modes = childrenOf(childrenOf(root, 'cpu')[0], 'mode').flatMap(({ attributes }) =>
    attributes.supported === 'yes' ? (attributes.name ?? []) : [],
  )
  const [arch, domain] = [text('arch'), text('domain')]
  return {
    isAccelerated: domain === 'kvm',
    mostCpus: Number(childrenOf(root, 'vcpu')[0]?.attributes.max ?? 1),
    // libvirt names a BIOS only where a package describes it; without one QEMU brings its own, on x86 alone.
    firmwares: [
      ...(arch === 'x86_64' ? (['bios'] as const) : []),
      ...(values(os, 'firmware').includes('efi') ? (['uefi'] as const) : []),
    ],
    clipboard: values(channel, 'type').includes('qemu-vdagent'),
    platform: {
      domain,
      arch,
      machine: text('machine'),
      emulator: text('path'),
      cpuMode: ['host-passthrough', 'maximum'].find((mode) => modes.includes(mode)) ?? null,
    },
  }
}

/** Networks of libvirt that are up, and bridges of the host that are nobody's: neither libvirt's own nor Docker's. */
export async function networksOn(virsh: RunVirsh, devices = '/sys/class/net'): Promise<MachineNetwork[]> {
  const lines = async (...args: string[]) =>
    (await virsh(args, { timeoutMs: ASK_MS })).stdout.split('\n').flatMap((line) => line.trim() || [])
  const theirs = new Set<string>()
  const networks: MachineNetwork[] = []
  for (const uuid of await lines('net-list', '--uuid')) {
    const { root } = parseXml((await virsh(['net-dumpxml', '--network', uuid], { timeoutMs: ASK_MS })).stdout)
    const bridge = childrenOf(root, 'bridge')[0]?.attributes.name
    if (bridge !== undefined) theirs.add(bridge)
    const name = childrenOf(root, 'name')[0]?.text
    if (name !== undefined) networks.push({ kind: 'network', name })
  }
  const bridges = readdirSync(devices)
    .filter((name) => existsSync(`${devices}/${name}/bridge`) && !theirs.has(name) && !DOCKER_BRIDGE.test(name))
    .sort()
  return [...networks, ...bridges.map((name) => ({ kind: 'bridge' as const, name }))]
}
