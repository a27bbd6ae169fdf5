import { uptime } from 'node:os'
import { join } from 'node:path'
import { HOST_TARGETS } from '@/agent/attach-targets'
import { openBackend } from '@/agent/backends/open-backend'
import { MountUnits } from '@/agent/boot/mount-units'
import { forgetSettled, markSettled } from '@/agent/boot/settled'
import { noteAway } from '@/agent/boot/storage-gate'
import { Jobs } from '@/agent/commands/jobs/jobs'
import { clearLeftovers } from '@/agent/commands/leftovers'
import { CommandRunner } from '@/agent/commands/runner'
import type { AgentEnv } from '@/agent/env'
import { DiskWatch } from '@/agent/facts/disks/disk-watch'
import { readOsRelease, readPrivilege } from '@/agent/facts/host-facts'
import { Tools } from '@/agent/facts/tools'
import { engineHost } from '@/agent/host/engine-host'
import { distributionFamily } from '@/agent/host/exec/commands'
import type { Redactor } from '@/agent/host/exec/redact'
import { Runner } from '@/agent/host/exec/run'
import { bootId, Host } from '@/agent/host/host'
import type { GuardState } from '@/agent/host/mounting/guard'
import type { Certificates } from '@/agent/identity/certificates'
import { Journal } from '@/agent/journal/journal'
import { cephSecrets } from '@/agent/libvirt/ceph-secrets'
import { addClipboard } from '@/agent/libvirt/clipboard-channel'
import { readLibvirt } from '@/agent/libvirt/facts'
import { HELD_CONTAINERS, HeldStarts } from '@/agent/libvirt/held-starts'
import { reloadLibvirt, StartHook } from '@/agent/libvirt/start-hook'
import { ContainerHook } from '@/agent/lxc/start-hook'
import type { Policy } from '@/agent/policy/policy'
import { ConnectionManager } from '@/agent/resources/connections/manager'
import { PoolFiles } from '@/agent/resources/files/pool-files'
import { MountManager } from '@/agent/resources/mounts/manager'
import { Ground } from '@/agent/resources/pools/ground'
import { KeeperLeases } from '@/agent/resources/pools/keeper-leases'
import { PoolManager } from '@/agent/resources/pools/manager'
import { PoolDoors } from '@/agent/resources/pools/pool-doors'
import { VolumeHolds } from '@/agent/resources/volumes/holds'
import { clearImports } from '@/agent/resources/volumes/import/leftovers'
import { volumeWork } from '@/agent/resources/volumes/work'
import { ContainerMakings } from '@/agent/resources/workloads/container-makings'
import { ContainerPowers } from '@/agent/resources/workloads/container-power'
import { ContainerRestarts } from '@/agent/resources/workloads/container-restarts'
import { DiskChanges } from '@/agent/resources/workloads/disk-changes'
import { heldContainer } from '@/agent/resources/workloads/held-containers'
import { heldMachine } from '@/agent/resources/workloads/held-machines'
import { HeldWorkloads } from '@/agent/resources/workloads/held-workloads'
import { isListening } from '@/agent/resources/workloads/listening'
import { MachineMakings } from '@/agent/resources/workloads/machine-makings'
import { MachinePower } from '@/agent/resources/workloads/machine-power'
import { MountChanges } from '@/agent/resources/workloads/mount-changes'
import { openTargetDoor } from '@/agent/resources/workloads/target-door'
import { workloadId } from '@/agent/resources/workloads/told-workload'
import { WorkloadWatch } from '@/agent/resources/workloads/workload-watch'
import { INSTALLED_PROGRAM, type Installation, isInstalledService } from '@/agent/update/installation'
import type { Agent } from '@/agent/verbs/agent'
import { containerMakings as containerMakingsKind } from '@/agent/verbs/containers'
import { TOOL_INSTALLATIONS } from '@/agent/verbs/install-tools'
import { machineMakings as machineMakingsKind } from '@/agent/verbs/machine-makings'
import { MACHINE_CHANGES } from '@/agent/verbs/machines'
import { AGENT_UPDATES } from '@/agent/verbs/update-agent'
import { mountChanges as mountChangesKind } from '@/agent/verbs/workload-mounts'
import { hostEngine } from '@/agent/volume-engines'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { lxcPower } from '@/lib/attach-targets/lxc/power'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { ENGINES } from '@/lib/volume-engines/registry'

export interface AgentParts {
  env: AgentEnv
  hostId: string
  policy: () => Policy
  certificates: Certificates
  log: Log
  /** Where the agent listens, which no storage may lead to. */
  ownPort?: number
  /** Absent: it cannot be replaced by another version from afar. */
  installation?: Installation | null
}

/** The agent, its journal and its mounts, put together. Mounts stay when it is closed. */
export async function createAgent(parts: AgentParts): Promise<Agent & { close(): Promise<void> }> {
  const { env, hostId, policy, certificates, log } = parts
  const distribution = distributionFamily(readOsRelease())
  const privilege = readPrivilege()
  // Without root, /run is not ours.
  const runDir = privilege === 'root' ? env.runDir : join(env.stateDir, 'run')
  const journal = Journal.open(env.stateDir)
  journal.serveAs(hostId)
  const host = await Host.open({
    runDir,
    stateDir: env.stateDir,
    policy,
    places: journal.places,
    hostId,
    keepsOpen: (backendId) => connections.keeps(backendId),
    namespaceMode: privilege !== 'root',
    ...(parts.ownPort === undefined ? {} : { ownPort: parts.ownPort }),
  })
  if (host.runtime.medium === 'disk')
    log.warn('secret files lie on a disk, because no tmpfs could be mounted', { path: runDir })
  forgetSettled(runDir)
  const commands = new CommandRunner({ journal, log })
  const open = (wire: WireBackend, redactor: Redactor) => openForMounts(wire, policy, redactor)
  const units = mountUnits(env, log)
  const hook = startHook(env, log)
  const held = new HeldStarts(runDir)
  const containerHook = startsContainers(env, log)
  const heldNames = new HeldStarts(runDir, HELD_CONTAINERS)
  const mounts = MountManager.start({
    host,
    journal,
    runner: commands,
    log,
    open,
    onPlaces(paths) {
      units?.keep(paths)
      hook?.keep(paths)
      containerHook?.keep(paths)
    },
  })
  void mounts.settled
    .then(() => markSettled(runDir))
    .catch((error: unknown) => log.warn('it could not be noted that the mounts are settled', { error }))
  const connections = ConnectionManager.start({
    journal,
    runner: commands,
    log,
    policy,
    open: (limits) => host.open(limits),
  })
  const ground = new Ground({ mounts, connections })
  const leases = new KeeperLeases()
  const doors = new PoolDoors({
    leases,
    policy,
    open: (limits) => host.open(limits),
    ground,
    engineFor: hostEngine,
    engineHost: (door) => engineHost(door.host),
  })
  const holds = new VolumeHolds()
  const pools = PoolManager.start({
    journal,
    runner: commands,
    log,
    policy,
    doors,
    ground,
    holds,
    leases,
    secrets: cephSecrets(),
  })
  const imports = join(env.stateDir, 'imports')
  clearImports(imports, journal.unfinished())
  const files = new PoolFiles({ pools, doors, log })
  files.begin()
  const kinds = [mounts, connections, pools]
  const workloads = new WorkloadWatch({
    hostId,
    targets: HOST_TARGETS,
    open: openTargetDoor,
    mounts: () => mounts.list(),
    file: join(env.stateDir, 'workloads.json'),
    log,
    gates: {
      docker: { problem: () => null, held: () => restarts.held() },
      libvirt: { problem: () => hook?.problem ?? null, held: () => held.all() },
      lxc: { problem: () => containerHook?.problem ?? null, held: () => heldNames.all() },
    },
  })
  const look = () => workloads.look()
  const storageHere = { ground, mounts: () => mounts.list() }
  const mountChanges = new MountChanges({
    ...{ hostId, targets: HOST_TARGETS, open: openTargetDoor, ...storageHere, look },
    door: (limits) => host.open(limits),
    async secretFile(content) {
      const file = host.runtime.secretFile(content)
      return { path: file.path, done: async () => file.done() }
    },
  })
  const containerMakings = new ContainerMakings({
    ...{ hostId, targets: HOST_TARGETS, open: openTargetDoor, ...storageHere, look },
    door: (limits) => host.open(limits),
    isListening,
  })
  const restarts = new ContainerRestarts({
    ...{ ...storageHere, look, log, target: dockerTarget, open: openTargetDoor },
    isBusy: (nativeId) => commands.isHeld(workloadId(hostId, dockerTarget.descriptor.id, nativeId)),
    bootedAt: () => Date.now() - uptime() * 1000,
  })
  const diskChanges = new DiskChanges({ pools, doors, look })
  const machineMakings = new MachineMakings({ hostId, pools, doors, diskChanges, ...storageHere })
  const heldMachines = new HeldWorkloads({
    ...{ ...storageHere, held, look, log },
    workload: (uuid) => heldMachine(openTargetDoor().host, uuid),
  })
  const heldContainers = new HeldWorkloads({
    ...{ ...storageHere, held: heldNames, look, log },
    workload: (name) => heldContainer(openTargetDoor().host, lxcPower, name),
  })
  // What belongs to the machine is for its root to see.
  if (privilege === 'root') {
    workloads.begin()
    heldMachines.begin()
    heldContainers.begin()
    restarts.begin()
  }
  const forgetMounts = mounts.subscribe(() => {
    try {
      noteAway(runDir, mounts.list())
    } catch (error) {
      log.warn('it could not be noted for the start gate which storage does not answer', { error })
    }
  })
  const jobs = Jobs.start({
    journal,
    runner: commands,
    programs: host.programs,
    log,
    boot: bootId(),
    kinds: [
      mounts.check,
      volumeWork({ pools, doors, holds, runner: commands, imports: { policy, directory: imports }, ground }),
    ],
  })
  commands.resume(
    [
      ...[...kinds, jobs, TOOL_INSTALLATIONS, AGENT_UPDATES, MACHINE_CHANGES],
      ...[mountChangesKind(mountChanges), containerMakingsKind(containerMakings), machineMakingsKind(machineMakings)],
    ],
    clearLeftovers(host, journal, log),
  )
  const guard = probeGuard(host, policy().mountRoots[0] ?? '/mnt', log)
  return {
    policy,
    certificates,
    tools: new Tools([...DESCRIPTORS, ...Object.values(ENGINES)], distribution),
    disks: new DiskWatch(),
    workloads,
    diskChanges,
    machinePower: new MachinePower({ open: (limits) => host.open(limits), ...storageHere, look }),
    machineClipboards: { add: (machine, call) => addClipboard(host.open(call).host, machine, call.log) },
    containerPowers: new ContainerPowers({ targets: HOST_TARGETS, open: openTargetDoor, ...storageHere, look }),
    containerMakings,
    machineMakings,
    mountChanges,
    distribution,
    startedAt: new Date().toISOString(),
    highest: () => journal.highest(),
    guard: guard.state,
    mounts,
    connections,
    pools,
    files,
    jobs,
    kinds: [...kinds, pools.volumes, ...(privilege === 'root' ? [workloads] : [])],
    installation: parts.installation ?? null,
    commands,
    open: (limits) => host.open(limits),
    async close() {
      await guard.ended
      mounts.stop()
      connections.stop()
      pools.stop()
      files.stop()
      jobs.stop()
      workloads.stop()
      heldMachines.stop()
      heldContainers.stop()
      restarts.stop()
      forgetMounts()
      await commands.stop()
      await units?.close()
      await hook?.close()
      containerHook?.close()
      if (privilege === 'namespace') await host.stopDaemons()
      await host.close()
      journal.close()
    },
  }
}

/** Whether mountpoints can be guarded below this root; `unknown` until that was tried. */
function probeGuard(host: Host, root: string, log: Log): { state(): GuardState | 'unknown'; ended: Promise<void> } {
  let state: GuardState | 'unknown' = 'unknown'
  const ended = host
    .guardState(root)
    .then((found) => {
      state = found
    })
    .catch((error: unknown) =>
      log.warn('it is not known whether mountpoints can be guarded', { error: toHoldfastError(error).message }),
    )
  return { state: () => state, ended }
}

/** Only the installed agent has a place in the order of this machine's services. */
function mountUnits(env: AgentEnv, log: Log): MountUnits | null {
  if (!isInstalledService(env)) return null
  return new MountUnits({
    reload: () => new Runner().run('systemctl', ['daemon-reload']),
    onError: (error) => log.warn('the order of unmounts at shutdown could not be set', { error }),
  })
}

/** So is it with the hook of libvirt, which starts it. */
function startHook(env: AgentEnv, log: Log): StartHook | null {
  if (!isInstalledService(env)) return null
  const run = new Runner()
  return new StartHook({
    program: [INSTALLED_PROGRAM],
    stateDir: env.stateDir,
    version: async () => (await readLibvirt((...asked) => run.run(...asked)))?.version ?? null,
    reload: () => reloadLibvirt((...asked) => run.run(...asked)),
    onError: (error) => log.warn('the hook of libvirt could not be kept', { error }),
  })
}

/** And with that of LXC. */
function startsContainers(env: AgentEnv, log: Log): ContainerHook | null {
  if (!isInstalledService(env)) return null
  return new ContainerHook({
    program: [INSTALLED_PROGRAM],
    stateDir: env.stateDir,
    onError: (error) => log.warn('the hook of LXC could not be kept', { error }),
  })
}

/**
 * For mounts that are there already, the policy of the day does not matter: they must be recognised and can be taken away. It is
 * asked, as it is then, before each mount.
 */
function openForMounts(wire: WireBackend, policy: () => Policy, redactor: Redactor) {
  const live: Policy = {
    mountRoots: policy().mountRoots,
    sourceRoots: policy().sourceRoots,
    sources: policy().sources,
    drivers: policy().drivers,
    networks: policy().networks,
    checkDriver: () => undefined,
    allowsAgentUpdates: policy().allowsAgentUpdates,
    checkAgentUpdate: () => policy().checkAgentUpdate(),
    checkScreens: () => policy().checkScreens(),
    checkMountPoint: (path) => policy().checkMountPoint(path),
    closedToMounts: () => policy().closedToMounts(),
    checkAddress: (address) => policy().checkAddress(address),
    closedNetworks: policy().closedNetworks,
    allowsUnfilteredDaemons: policy().allowsUnfilteredDaemons,
  }
  const opened = openBackend(wire, live, redactor)
  const { mount } = opened.driver
  if (!mount) return opened
  const driver: typeof opened.driver = {
    ...opened.driver,
    async mount(backend, target, context) {
      policy().checkDriver(wire.driver)
      await mount(backend, target, context)
    },
  }
  return { ...opened, driver }
}
