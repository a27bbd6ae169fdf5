import { join } from 'node:path'
import type { Certificates } from '@/agent/certificates'
import type { AgentEnv } from '@/agent/env'
import { readOsRelease, readPrivilege } from '@/agent/facts/host-facts'
import { Tools } from '@/agent/facts/tools'
import { distributionFamily } from '@/agent/host/commands'
import type { GuardState } from '@/agent/host/guard'
import { Journal } from '@/agent/host/journal'
import { Machine as HostMachine } from '@/agent/host/machine'
import type { Redactor } from '@/agent/host/redact'
import { MountManager } from '@/agent/mounts/manager'
import { ResourceLocks } from '@/agent/mounts/resource-locks'
import { openBackend } from '@/agent/operations/backend'
import type { CommandGate, Machine } from '@/agent/operations/machine'
import type { Policy } from '@/agent/policy'
import type { WireBackend } from '@/lib/agent-protocol/operations'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'

export interface MachineParts {
  env: AgentEnv
  policy: () => Policy
  certificates: Certificates
  log: Log
}

/** The machine, its journal and its mounts, put together. Mounts stay when it is closed. */
export async function createMachine(parts: MachineParts): Promise<Machine & { close(): Promise<void> }> {
  const { env, policy, certificates, log } = parts
  const distribution = distributionFamily(readOsRelease())
  const privilege = readPrivilege()
  // Without root, /run is not ours.
  const runDir = privilege === 'root' ? env.runDir : join(env.stateDir, 'run')
  const host = await HostMachine.open({ runDir, stateDir: env.stateDir, policy, namespaceMode: privilege !== 'root' })
  if (host.runtime.medium === 'disk')
    log.warn('secret files lie on a disk, because no tmpfs could be mounted', { path: runDir })
  const journal = Journal.open(env.stateDir)
  const open = (wire: WireBackend, redactor: Redactor) => openForMounts(wire, policy, redactor)
  const mounts = MountManager.start({ machine: host, journal, log, open })
  let guard: GuardState | 'unknown' = 'unknown'
  const guardProbe = host
    .guardState(policy().mountRoots[0] ?? '/mnt')
    .then((state) => {
      guard = state
    })
    .catch((error: unknown) =>
      log.warn('it is not known whether mountpoints can be guarded', { error: toHoldfastError(error).message }),
    )
  return {
    policy,
    certificates,
    tools: new Tools(DESCRIPTORS, distribution),
    distribution,
    startedAt: new Date().toISOString(),
    guard: () => guard,
    mounts,
    commands: createGate(journal),
    open: (limits) => host.open(limits),
    async close() {
      await guardProbe
      await mounts.stop()
      if (privilege === 'namespace') await host.stopDaemons()
      await host.close()
      journal.close()
    },
  }
}

/**
 * For mounts that are there already, the policy of the day does not matter: they must be recognised and can be taken away. It is
 * asked, as it is then, before each mount.
 */
function openForMounts(wire: WireBackend, policy: () => Policy, redactor: Redactor) {
  const live: Policy = {
    mountRoots: policy().mountRoots,
    drivers: policy().drivers,
    networks: policy().networks,
    checkDriver: () => undefined,
    checkMountPoint: (path) => policy().checkMountPoint(path),
    checkAddress: (address) => policy().checkAddress(address),
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

/** Commands other than those of mounts: the journal makes them happen once, one at a time per resource. */
function createGate(journal: Journal): CommandGate {
  const locks = new ResourceLocks()
  return {
    async once(envelope, kind, receivedAt, work) {
      const command = { kind: 'installTools' as const, envelope, args: { kind } }
      const held = await locks.acquire(envelope.resourceId, envelope.operationId)
      try {
        if (performance.now() - receivedAt > envelope.ttlMs) {
          throw new HoldfastError('stale', 'This command waited longer than it may.', { details: { reason: 'ttl' } })
        }
        const begun = journal.begin(command)
        if (begun.status === 'done') return begun.result as Awaited<ReturnType<typeof work>>
        if (begun.status === 'failed') throw new HoldfastError(begun.error.code, begun.error.message)
        const result = await work()
        journal.finish(envelope.operationId, { result })
        return result
      } catch (error) {
        journal.finish(envelope.operationId, { error: toHoldfastError(error) })
        throw error
      } finally {
        held.release()
      }
    },
  }
}
