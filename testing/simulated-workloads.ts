import { createHash } from 'node:crypto'
import type { ListedKind } from '@/agent/resources/listed-kind'
import { Teller } from '@/agent/resources/told'
import type {
  ContainerPlanMessage,
  MadeContainer,
  NewContainer,
  RemovedContainer,
} from '@/lib/agent-protocol/containers'
import type { AddedClipboard, MachineClipboard } from '@/lib/agent-protocol/machine-consoles'
import type { ChangedDisk, WantedDisk } from '@/lib/agent-protocol/machine-disks'
import type {
  MachineOffers,
  MachinePlanMessage,
  MadeMachine,
  NewMachine,
  RemovedMachine,
} from '@/lib/agent-protocol/machine-makings'
import type { PowerAction, PoweredMachine } from '@/lib/agent-protocol/machine-power'
import type {
  ChangedMount,
  MountChange,
  MountPlanMessage,
  NamedWorkload,
  WantedMount,
} from '@/lib/agent-protocol/workload-mounts'
import type { ObservedWorkload, WorkloadStorage } from '@/lib/agent-protocol/workloads'
import { isAnonymous } from '@/lib/attach-targets/docker/same-again'
import { HoldfastError } from '@/lib/errors'
import { derivedId } from '@/lib/ids'
import { freeTarget, wantedTarget } from '@/lib/libvirt/disk'
import { machineXml } from '@/lib/libvirt/machine-xml'

/** What machines of a simulated host can be made of. */
export const SIMULATED_OFFERS: MachineOffers = {
  ...{ isAccelerated: true, cpus: 16, mostCpus: 288, memoryMib: 65_536, firmwares: ['bios', 'uefi'], clipboard: true },
  networks: [
    { kind: 'network', name: 'default' },
    { kind: 'bridge', name: 'br0' },
  ],
}

/** The containers and machines of a simulated host. */
export class SimulatedWorkloads implements ListedKind<ObservedWorkload> {
  readonly name = 'workload'
  #workloads: readonly ObservedWorkload[] = []
  readonly #clipboards = new Set<string>()
  readonly #news = new Teller<ObservedWorkload>({ list: () => this.list(), idOf: (workload) => this.idOf(workload) })

  idOf({ workloadId }: ObservedWorkload): string {
    return workloadId
  }

  list(): ObservedWorkload[] {
    return [...this.#workloads]
  }

  version(): string {
    return this.#news.version()
  }

  subscribe(onChange: (changed: readonly ObservedWorkload[], gone: readonly string[]) => void): () => void {
    return this.#news.subscribe(onChange)
  }

  /** From now on it is these. */
  show(workloads: readonly ObservedWorkload[]): void {
    this.#workloads = workloads
    this.#news.tell()
  }

  /** By the rules of the real agent. `place`: of the images of its pool on this host. */
  attach(machine: string, wanted: WantedDisk, place: { mountId: string | null; path: string }): ChangedDisk {
    const { volumeId, accessMode, bus } = wanted
    const found = this.#machine(machine)
    const known = found.storage.find((storage) => storage.volumeId === volumeId)
    if (known !== undefined) return changed(found, known.target)
    const taken = found.storage.map(({ target }) => target)
    const { dev } = wanted.target === null ? freeTarget(bus, taken) : wantedTarget(bus, wanted.target, taken)
    const source = place.mountId === null ? `${place.path}/${volumeId}` : `${place.path}/${volumeId}/disk.qcow2`
    const own = { kind: 'disk', source, name: null, target: dev, readOnly: accessMode === 'ROX' }
    this.#give(found, [...found.storage, { ...own, mountId: place.mountId, volumeId }])
    return changed(found, dev)
  }

  detach(machine: string, volumeId: string): ChangedDisk {
    const found = this.#machine(machine)
    const known = found.storage.find((storage) => storage.volumeId === volumeId)
    this.#give(
      found,
      found.storage.filter((storage) => storage !== known),
    )
    return changed(found, known?.target ?? null)
  }

  power(machine: string, action: PowerAction): PoweredMachine {
    const found = this.#machine(machine)
    if (action === 'reset' && found.state === 'stopped')
      throw new HoldfastError('conflict', 'The machine does not run: start it instead.')
    const state = action === 'start' || action === 'reset' ? 'running' : 'stopped'
    // Whatever it was, it begins with what is there now.
    const storage = found.storage.map(({ stale: _, ...each }) => each)
    this.show(this.#workloads.map((workload) => (workload === found ? { ...found, state, storage } : workload)))
    return { state }
  }

  clipboardOf(machine: string): MachineClipboard {
    const isRunning = this.#machine(machine).state !== 'stopped'
    const hasChannel = this.#clipboards.has(machine)
    const isAgentRunning = isRunning && hasChannel ? true : null
    return { isRunning, channel: hasChannel ? 'there' : 'none', isAgentRunning }
  }

  addClipboard(machine: string): AddedClipboard {
    this.#clipboards.add(this.#machine(machine).nativeId)
    return { isLive: this.clipboardOf(machine).isRunning }
  }

  planMount(
    { nativeId, target }: NamedWorkload,
    change: MountChange,
    { mount, place }: { mount: WantedMount; place: string },
  ): MountPlanMessage {
    const { state } = this.#machine(nativeId)
    const given = { Type: 'bind', Source: sourceOf(mount, place), Target: mount.inside, ReadOnly: mount.readOnly }
    return {
      isRunning: state !== 'stopped',
      effect: target === 'docker' && state !== 'stopped' ? 'restart' : 'at-once',
      commands: [`${target}: ${change} ${mount.inside}`],
      specification: change === 'attach' ? JSON.stringify(given, null, 2) : null,
      keeps: ['Image, environment, ports, networks and named volumes stay as they are.'],
      losses: [],
      notes: [],
      refusal: null,
    }
  }

  planContainer({ name, image, starts, mounts }: NewContainer, env: readonly string[]): ContainerPlanMessage {
    const isNamed = this.#workloads.some((workload) => workload.name === name)
    const message = `There is a container called ${name} on this host already.`
    return {
      commands: [`docker create --name ${name} ${image}`, ...(starts ? [`docker start ${name}`] : [])],
      specification: JSON.stringify(
        { Image: image, Env: env.map((each) => `${each}=…`), mounts: mounts.length },
        null,
        2,
      ),
      images: [...new Set(this.#workloads.flatMap((workload) => workload.image ?? []))],
      notes: [],
      refusals: isNamed ? [{ field: 'name', message, command: null }] : [],
    }
  }

  createContainer(container: NewContainer, placeOf: (mountId: string) => string): MadeContainer {
    const { name, image, target, starts, mounts } = container
    const [refusal] = this.planContainer(container, []).refusals
    if (refusal !== undefined) throw new HoldfastError('conflict', refusal.message)
    const digest = createHash('sha256').update(`${name} ${this.#workloads.length}`).digest()
    const [nativeId, workloadId] = [digest.toString('hex'), derivedId('workload', digest)]
    const storage = mounts.map((mount) => {
      const { inside, readOnly, mountId } = mount
      const source = sourceOf(mount, placeOf(mountId))
      return { kind: 'bind', source, name: null, target: inside, readOnly, mountId, volumeId: null }
    })
    const state = starts ? ('running' as const) : ('stopped' as const)
    const made = {
      workloadId,
      target,
      nativeId,
      name,
      state,
      image,
      storage,
      storageCount: storage.length,
      problem: null,
    }
    this.show([...this.#workloads, made])
    return { nativeId, workloadId, isRunning: starts }
  }

  removeContainer({ nativeId }: NamedWorkload): RemovedContainer {
    const found = this.#workloads.find((workload) => workload.nativeId === nativeId)
    if (found?.state === 'running') throw new HoldfastError('conflict', 'The container is running: stop it first.')
    this.show(this.#workloads.filter((workload) => workload !== found))
    const own = found?.storage.filter(({ kind, name }) => kind === 'volume' && isAnonymous(name ?? '')) ?? []
    return { volumes: own.map(({ name, target }) => ({ name: name ?? '', inside: target })) }
  }

  planMachine(machine: NewMachine): MachinePlanMessage {
    const { name, starts, network } = machine
    const isNamed = this.#workloads.some((workload) => workload.name === name)
    const isOffered =
      network === null ||
      SIMULATED_OFFERS.networks.some(({ kind, name: each }) => kind === network.kind && each === network.name)
    const platform = { domain: 'kvm', machine: 'q35', arch: 'x86_64', emulator: '/usr/bin/qemu-system-x86_64' }
    return {
      commands: ['virsh define --file machine.xml', ...(starts ? [`virsh start --domain ${name}`] : [])],
      specification: machineXml({
        ...{ ...machine, uuid: uuidNamed(name), operationId: 'op_simulated', disks: [], iso: null },
        platform: { ...platform, cpuMode: 'host-passthrough' },
      }),
      notes: [],
      refusals: [
        ...(isNamed ? [{ field: 'name', message: `There is a machine called ${name} on this host already.` }] : []),
        ...(isOffered ? [] : [{ field: 'network', message: 'This host has no such network.' }]),
      ],
    }
  }

  createMachine(
    machine: NewMachine,
    placeOf: (poolId: string) => { mountId: string | null; path: string },
  ): MadeMachine {
    const [refusal] = this.planMachine(machine).refusals
    if (refusal !== undefined) throw new HoldfastError('conflict', refusal.message)
    const { name, starts, disks } = machine
    const nativeId = uuidNamed(name)
    const workloadId = derivedId('workload', createHash('sha256').update(nativeId).digest())
    const state = starts ? ('running' as const) : ('stopped' as const)
    const made = { workloadId, target: 'libvirt', nativeId, name, state, image: null, problem: null }
    this.show([...this.#workloads, { ...made, storage: [], storageCount: 0 }])
    for (const disk of disks) this.attach(nativeId, { ...disk, target: null }, placeOf(disk.poolId))
    return { nativeId, workloadId, isRunning: starts }
  }

  removeMachine(uuid: string): RemovedMachine {
    const found = this.#workloads.find((workload) => workload.nativeId === uuid)
    if (found?.state === 'running') throw new HoldfastError('conflict', 'The machine is running: stop it first.')
    this.show(this.#workloads.filter((workload) => workload !== found))
    return { volumeIds: found?.storage.flatMap(({ volumeId }) => volumeId ?? []) ?? [] }
  }

  /** One of Docker is made anew, and has another id then. */
  attachMount({ nativeId }: NamedWorkload, mount: WantedMount, place: string): ChangedMount {
    const { inside: target, readOnly, mountId } = mount
    const found = this.#machine(nativeId)
    const own = { kind: 'bind', source: sourceOf(mount, place), name: null, target, readOnly, mountId, volumeId: null }
    return this.#anew(found, [...found.storage.filter((each) => each.target !== target), own])
  }

  detachMount({ nativeId }: NamedWorkload, { inside, mountId }: WantedMount): ChangedMount {
    const found = this.#machine(nativeId)
    const rest = found.storage.filter((each) => each.target !== inside || each.mountId !== mountId)
    return this.#anew(found, rest)
  }

  #anew(found: ObservedWorkload, storage: WorkloadStorage[]): ChangedMount {
    const isDocker = found.target === 'docker'
    const digest = createHash('sha256').update(found.nativeId).digest()
    const { nativeId, workloadId } = isDocker
      ? { nativeId: digest.toString('hex'), workloadId: derivedId('workload', digest) }
      : found
    const now = { ...found, nativeId, workloadId, storage, storageCount: storage.length }
    this.show(this.#workloads.map((workload) => (workload === found ? now : workload)))
    return { nativeId, workloadId, isLive: found.state !== 'stopped', isKept: true }
  }

  #machine(uuid: string): ObservedWorkload {
    const found = this.#workloads.find(({ nativeId }) => nativeId === uuid)
    if (found !== undefined) return found
    throw new HoldfastError('not_found', 'libvirt on this host has no such machine any more.')
  }

  #give(machine: ObservedWorkload, storage: WorkloadStorage[]): void {
    const now = { ...machine, storage, storageCount: storage.length }
    this.show(this.#workloads.map((workload) => (workload === machine ? now : workload)))
  }
}

function changed({ state }: ObservedWorkload, target: string | null): ChangedDisk {
  return { target, isLive: state !== 'stopped', isKept: true }
}

function uuidNamed(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

function sourceOf({ subPath }: WantedMount, place: string): string {
  return subPath === '' ? place : `${place}/${subPath}`
}
