import { createHash } from 'node:crypto'
import { parseXml } from '@rgrove/parse-xml'
import { z } from 'zod'
import type { CommandTurn } from '@/agent/commands/turn'
import { type MachineGround, machineGround } from '@/agent/libvirt/machine-offers'
import { ASK_MS, CHANGE_MS, definitionOf } from '@/agent/libvirt/machines'
import { type RunVirsh, virshOn, withFile } from '@/agent/libvirt/virsh'
import type { DiskCall, DiskChangeParts, DiskChanges } from '@/agent/resources/workloads/disk-changes'
import { oursIn } from '@/agent/resources/workloads/ours'
import { requireStorage, type StorageHere } from '@/agent/resources/workloads/storage-there'
import { workloadId } from '@/agent/resources/workloads/told-workload'
import type { MachineUuid } from '@/lib/agent-protocol/machine-disks'
import {
  type MachineOffers,
  type MachinePlanMessage,
  type MadeMachine,
  NewMachine,
  type RemovedMachine,
} from '@/lib/agent-protocol/machine-makings'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'
import { badField } from '@/lib/bad-field'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { freeTarget } from '@/lib/libvirt/disk'
import { parseMachines } from '@/lib/libvirt/machine-names'
import { MADE_HERE, machineXml } from '@/lib/libvirt/machine-xml'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { childrenOf } from '@/lib/libvirt/xml-elements'
import { pauseFor } from '@/lib/pause'

/** In which a killed process is gone, or its server is dead. */
const PLAN_MS = 45_000
/** What a host has started by then has come. */
const THERE_MS = 120_000
const THERE_AGAIN_MS = 500

export interface MachineMakingsParts extends StorageHere, Pick<DiskChangeParts, 'pools' | 'doors' | 'uri'> {
  hostId: string
  diskChanges: Pick<DiskChanges, 'alone' | 'describe'>
  /** How libvirt is to run machines; absent: with KVM where the host has it. */
  domain?: 'qemu'
}

type Uuid = z.infer<typeof MachineUuid>
type Refusal = MachinePlanMessage['refusals'][number]

/** Of the definition: its notes. */
const Written = z.object({ uuid: z.string(), xml: z.string() })

/** Makes machines of libvirt from volumes of this host, and removes those that it has made. Their volumes stay, whatever happens. */
export class MachineMakings {
  readonly #parts: MachineMakingsParts

  constructor(parts: MachineMakingsParts) {
    this.#parts = parts
  }

  async offers(signal: AbortSignal): Promise<MachineOffers> {
    const { virsh } = this.#open(planCall(signal))
    const { platform: _, ...offers } = await machineGround(virsh, this.#parts)
    return offers
  }

  /** Looks only. Throws what is wrong with a volume or a file. */
  async plan(machine: NewMachine, signal: AbortSignal): Promise<MachinePlanMessage> {
    const call = planCall(signal)
    const { virsh } = this.#open(call)
    const ground = await machineGround(virsh, this.#parts)
    const { uuid, xml } = await this.#write(machine, ground, call)
    return {
      commands: ['virsh define --file machine.xml', ...(machine.starts ? [`virsh start --domain ${uuid}`] : [])],
      specification: xml,
      notes: notesOn(machine, ground),
      refusals: await refusalsOf(virsh, machine, ground),
    }
  }

  /** What was defined is undefined again where it does not start. One after the other, with all that gives volumes to machines. */
  create(asked: NewMachine, turn: CommandTurn, deadlineAt: number): Promise<MadeMachine> {
    return this.#parts.diskChanges.alone(async () => {
      const { operationId, signal } = turn
      const call = { operationId, signal, deadlineAt, log: (line: string) => turn.log(line) }
      const { virsh, host } = this.#open(call)
      const machine = await turn.step('asked', async () => asked)
      const { uuid, xml } = await turn.step('written', async () => {
        const ground = await machineGround(virsh, this.#parts)
        const refusals = await refusalsOf(virsh, machine, ground)
        if (refusals.length > 0)
          throw new HoldfastError('conflict', refusals.map(({ message }) => message).join(' '), { fields: refusals })
        return this.#write(machine, ground, call)
      })
      await turn.step(
        'defined',
        async () => {
          turn.log('$ virsh define --file machine.xml')
          await withFile(host, xml, (file) => virsh(['define', '--file', file], { timeoutMs: CHANGE_MS }))
        },
        () => undefine(this.#afterwards(), uuid),
      )
      if (machine.starts)
        await turn.step(
          'started',
          async () => {
            if (await isActive(virsh, uuid)) return
            requireStorage(parseDomain(xml).storage, this.#parts)
            turn.log(`$ virsh start --domain ${uuid}`)
            await virsh(['start', '--domain', uuid], { timeoutMs: CHANGE_MS })
          },
          async () => {
            const again = this.#afterwards()
            if (await isActive(again, uuid)) await again(['destroy', '--domain', uuid], { timeoutMs: CHANGE_MS })
          },
        )
      const id = workloadId(this.#parts.hostId, 'libvirt', uuid)
      return { nativeId: uuid, workloadId: id, isRunning: machine.starts }
    })
  }

  /** Ends what a killed agent had begun, once it had written the definition; before that nothing was there. */
  async recover(turn: CommandTurn): Promise<MadeMachine> {
    const noteOf = (step: string) => turn.done.find(({ name }) => name === step)?.note
    const [asked, written] = [NewMachine.safeParse(noteOf('asked')), Written.safeParse(noteOf('written'))]
    if (!asked.success || !written.success)
      throw new HoldfastError('timed_out', 'The agent was restarted before anything was made. Ask again.')
    await this.#untilThere(written.data, turn.signal)
    return this.create(asked.data, turn, performance.now() + PLAN_MS)
  }

  /** After a start, libvirt and mounts may come up later than the agent; without them, what was begun would be taken back. */
  async #untilThere({ uuid, xml }: z.infer<typeof Written>, signal: AbortSignal): Promise<void> {
    const endAt = performance.now() + THERE_MS
    while (performance.now() < endAt && !signal.aborted) {
      try {
        await isActive(this.#afterwards(), uuid)
        requireStorage(parseDomain(xml).storage, this.#parts)
        return
      } catch {
        await pauseFor(THERE_AGAIN_MS, signal)
      }
    }
  }

  /** There is no such machine: success. Throws `conflict` for one that runs or that was not made here. */
  remove(uuid: Uuid, call: DiskCall): Promise<RemovedMachine> {
    return this.#parts.diskChanges.alone(async () => {
      const { virsh } = this.#open(call)
      const xml = await definitionOf(virsh, uuid)
      if (xml === null) return { volumeIds: [] }
      if (!isMadeHere(xml))
        throw new HoldfastError(
          'conflict',
          `This machine was not made from here, and others may need its definition: remove it on its host (virsh undefine ${uuid}).`,
        )
      if (await isActive(virsh, uuid)) throw new HoldfastError('conflict', 'The machine is running: stop it first.')
      const mounts = this.#parts.mounts()
      const volumeIds = parseDomain(xml).storage.flatMap((each) => oursIn(each, mounts).volumeId ?? [])
      call.log(`$ virsh ${undefining(uuid).join(' ')}`)
      await undefine(virsh, uuid)
      return { volumeIds }
    })
  }

  async #write(machine: NewMachine, ground: MachineGround, call: DiskCall): Promise<z.infer<typeof Written>> {
    const uuid = uuidOf(call.operationId)
    const taken: string[] = []
    const disks: string[] = []
    for (const disk of machine.disks) {
      const { target, disk_xml } = await this.#parts.diskChanges.describe(uuid, { ...disk, target: null }, taken, call)
      taken.push(target)
      disks.push(disk_xml)
    }
    const { operationId } = call
    const { platform } = ground
    const path = machine.iso === null ? null : await this.#disc(machine.iso, call)
    const iso = path === null ? null : { path, target: freeTarget('sata', taken).dev }
    return { uuid, xml: machineXml({ ...machine, uuid, operationId, platform, disks, iso }) }
  }

  /** Where the file is that is put into the drive. Throws `invalid_input`, and what is wrong with its pool. */
  async #disc({ poolId, path }: NonNullable<NewMachine['iso']>, call: DiskCall): Promise<string> {
    const { pools, doors } = this.#parts
    const door = doors.door(call.operationId, call.deadlineAt, call.signal)
    const pool = pools.get(poolId)
    pool.requireUsable()
    const { engine, open } = await doors.place(pool.wire, door, call.signal)
    if (open.place.kind !== 'directory') throw badField('iso', 'The volumes of this pool are disks: it has no files.')
    const context = { ...call, host: door.engineHost }
    const found = await engine.source(open, { foreign: path }, context)
    await found.done?.(context)
    if (found.format === 'raw') return found.location
    throw badField('iso', `${path} is a ${found.format} image and no disc: make a volume from it instead.`)
  }

  /** To take something back, when the time of the command may be over. */
  #afterwards(): RunVirsh {
    return this.#open(planCall(AbortSignal.timeout(PLAN_MS))).virsh
  }

  #open(call: Pick<DiskCall, 'operationId' | 'deadlineAt' | 'signal'>) {
    const { doors, uri = SYSTEM_LIBVIRT } = this.#parts
    const { host } = doors.door(call.operationId, call.deadlineAt, call.signal)
    return { host, virsh: virshOn((...asked) => host.run(...asked), uri) }
  }
}

function planCall(signal: AbortSignal): DiskCall {
  const log = () => undefined
  return { operationId: newId('operation'), deadlineAt: performance.now() + PLAN_MS, signal, log }
}

/** The same for the same operation: a definition that is written twice is one machine. */
function uuidOf(operationId: string): Uuid {
  const hex = createHash('sha256').update(`machine ${operationId}`).digest('hex')
  // Version 8: of one's own making (RFC 9562).
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

async function refusalsOf(virsh: RunVirsh, machine: NewMachine, ground: MachineGround): Promise<Refusal[]> {
  const { name, cpus, memoryMib, firmware, network, clipboard } = machine
  const { stdout } = await virsh(['list', '--all', '--uuid', '--name'], { timeoutMs: ASK_MS })
  const refusals: Refusal[] = []
  const refuse = (field: string, message: string) => void refusals.push({ field, message })
  if (parseMachines(stdout).some((other) => other.name === name))
    refuse('name', `There is a machine called ${name} on this host already.`)
  if (cpus > ground.mostCpus) refuse('cpus', `A machine has at most ${ground.mostCpus} processors on this host.`)
  if (memoryMib > ground.memoryMib) refuse('memory_mib', `This host has ${ground.memoryMib} MiB of memory in all.`)
  if (!ground.firmwares.includes(firmware))
    refuse(
      'firmware',
      firmware === 'uefi'
        ? 'This host has no UEFI for machines: install OVMF there (the package ovmf or edk2-ovmf), or take BIOS.'
        : 'Machines of this host have no BIOS: take UEFI.',
    )
  if (
    network !== null &&
    !ground.networks.some(({ kind, name: each }) => kind === network.kind && each === network.name)
  )
    refuse('network', `This host has no ${wordFor(network.kind)} ${network.name}, or it is not up.`)
  if (clipboard && !ground.clipboard)
    refuse(
      'clipboard',
      'The libvirt or QEMU of this host has no channel for the clipboard: libvirt 8.4, QEMU 6.1 and its module for SPICE are needed.',
    )
  return refusals
}

function wordFor(kind: 'network' | 'bridge'): string {
  return kind === 'network' ? 'network of libvirt called' : 'bridge called'
}

function notesOn({ disks, iso, cpus }: NewMachine, ground: MachineGround): string[] {
  return [
    ...(ground.isAccelerated ? [] : ['This host has no KVM: the machine is emulated, and many times slower.']),
    ...(cpus > ground.cpus
      ? [`The host has ${ground.cpus} processors: more of them in one machine make it slower.`]
      : []),
    ...(disks.length === 0 && iso === null ? ['It has nothing to start from.'] : []),
  ]
}

async function isActive(virsh: RunVirsh, uuid: Uuid): Promise<boolean> {
  const { stdout } = await virsh(['list', '--uuid'], { timeoutMs: ASK_MS })
  return stdout.split(/\s+/).includes(uuid)
}

/** With what libvirt keeps for it: the variables of its UEFI, a saved state, and what it notes of snapshots. Of its disks: nothing. */
function undefining(uuid: Uuid): string[] {
  return ['undefine', '--domain', uuid, '--nvram', '--managed-save', '--snapshots-metadata']
}

async function undefine(virsh: RunVirsh, uuid: Uuid): Promise<void> {
  if ((await definitionOf(virsh, uuid)) !== null) await virsh(undefining(uuid), { timeoutMs: CHANGE_MS })
}

function isMadeHere(xml: string): boolean {
  const infos = childrenOf(parseXml(xml).root, 'metadata').flatMap((each) => childrenOf(each, 'holdfast:made'))
  return infos.some(({ attributes }) => attributes['xmlns:holdfast'] === MADE_HERE)
}
