import type { ListedKind } from '@/agent/resources/listed-kind'
import type { Handlers } from '@/agent/server/handlers'
import type { CommandEnvelope } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import type { SimulatedPools } from '@/testing/simulated-pools'
import { SERIAL_LOG } from '@/testing/simulated-serial'
import { SIMULATED_OFFERS, SimulatedWorkloads } from '@/testing/simulated-workloads'

export interface SimulatedMachineParts {
  /** Its machines are among these. */
  kinds: readonly ListedKind[]
  pools: SimulatedPools
  /** Throws for a command that a newer one has overtaken. */
  checkFreshness(command: CommandEnvelope): void
  /** Where a mount is on the host. */
  placeOf(mountId: string): string
}

/** What a simulated host answers when its machines and containers are changed. */
export function machineAnswers(
  parts: SimulatedMachineParts,
): Pick<
  Handlers,
  | 'attachDisk'
  | 'detachDisk'
  | 'powerMachine'
  | 'powerContainer'
  | 'planContainer'
  | 'createContainer'
  | 'removeContainer'
  | 'machineOffers'
  | 'planMachine'
  | 'createMachine'
  | 'removeMachine'
  | 'planMount'
  | 'attachMount'
  | 'detachMount'
  | 'readSerialLog'
  | 'readClipboard'
  | 'addClipboard'
> {
  const { pools, checkFreshness, placeOf } = parts
  const machines = () => {
    const found = parts.kinds.find((kind) => kind instanceof SimulatedWorkloads)
    if (found === undefined) throw new HoldfastError('not_found', 'libvirt is not on this host.')
    return found
  }
  return {
    async attachDisk({ machine, disk, ...command }, call) {
      checkFreshness(command)
      const { mountId } = pools.documentOf(disk.poolId)
      call.log(`$ virsh attach-device --domain ${machine} --file disk.xml --live --config`)
      const place = { mountId, path: mountId === null ? '/dev/volumes' : placeOf(mountId) }
      return machines().attach(machine, disk, place)
    },
    async readSerialLog() {
      const log = Buffer.from(SERIAL_LOG)
      return { isKept: true, bytes: log.length, text: log.toString('base64') }
    },
    async readClipboard({ machine }) {
      return machines().clipboardOf(machine)
    },
    async addClipboard({ machine, ...command }, call) {
      checkFreshness(command)
      call.log(`$ virsh attach-device --domain ${machine} --file channel.xml --config`)
      return machines().addClipboard(machine)
    },
    async detachDisk({ machine, volumeId, ...command }, call) {
      checkFreshness(command)
      call.log(`$ virsh detach-disk --domain ${machine} --live --config`)
      return machines().detach(machine, volumeId)
    },
    async powerMachine({ machine, action, ...command }, call) {
      checkFreshness(command)
      call.log(`$ virsh ${action} --domain ${machine}`)
      return machines().power(machine, action)
    },
    async powerContainer({ target, nativeId, action, ...command }, call) {
      checkFreshness(command)
      call.log(`${target}: ${action} ${nativeId}`)
      return machines().power(nativeId, action)
    },
    async planContainer({ container, env }) {
      return machines().planContainer(container, env)
    },
    async createContainer({ container, env: _, ...command }, call) {
      checkFreshness(command)
      call.log(`docker create --name ${container.name} ${container.image}`)
      return machines().createContainer(container, placeOf)
    },
    async removeContainer({ workload, ...command }, call) {
      checkFreshness(command)
      call.log(`docker rm ${workload.nativeId}`)
      return machines().removeContainer(workload)
    },
    async machineOffers() {
      return SIMULATED_OFFERS
    },
    async planMachine({ machine }) {
      return machines().planMachine(machine)
    },
    async createMachine({ machine, ...command }, call) {
      checkFreshness(command)
      call.log('$ virsh define --file machine.xml')
      if (machine.starts) call.log(`$ virsh start --domain ${machine.name}`)
      return machines().createMachine(machine, (poolId) => {
        const { mountId } = pools.documentOf(poolId)
        return { mountId, path: mountId === null ? '/dev/volumes' : placeOf(mountId) }
      })
    },
    async removeMachine({ machine, ...command }, call) {
      checkFreshness(command)
      call.log(`$ virsh undefine --domain ${machine}`)
      return machines().removeMachine(machine)
    },
    async planMount({ workload, change, mount }) {
      return machines().planMount(workload, change, { mount, place: placeOf(mount.mountId) })
    },
    async attachMount({ workload, mount, accepted: _, ...command }, call) {
      checkFreshness(command)
      call.log(`${workload.target}: attach ${mount.mountId} at ${mount.inside}`)
      return machines().attachMount(workload, mount, placeOf(mount.mountId))
    },
    async detachMount({ workload, mount, accepted: _, ...command }, call) {
      checkFreshness(command)
      call.log(`${workload.target}: detach ${mount.inside}`)
      return machines().detachMount(workload, mount)
    },
  }
}
