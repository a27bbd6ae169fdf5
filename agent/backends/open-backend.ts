import { isIP } from 'node:net'
import { hostDriver } from '@/agent/backends/drivers'
import type { Redactor } from '@/agent/host/exec/redact'
import type { Policy } from '@/agent/policy/policy'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { AnyHostDriver, HostBackend } from '@/lib/drivers/contract/host'
import { toHostBackend } from '@/lib/drivers/input'
import { type AnyDescriptor, driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'

/** A backend that has been parsed again on this host, with the driver that serves it. */
export interface OpenedBackend {
  driver: AnyHostDriver
  descriptor: AnyDescriptor
  backend: HostBackend
}

function remember(backend: HostBackend, redactor: Redactor): void {
  for (const secret of Object.values(backend.secrets)) if (secret) redactor.add(secret)
}

/**
 * Parses config and secrets with the driver's own schemas; every secret is wrapped, and known to the log's redactor. The driver that
 * it returns asks the network policy before each mount, also when nobody but the agent itself wants one (restart, repair).
 */
export function openBackend(wire: WireBackend, policy: Policy, redactor: Redactor): OpenedBackend {
  const driver = hostDriver(wire.driver)
  policy.checkDriver(wire.driver)
  const backend = toHostBackend(wire.id, wire.driver, wire.config, wire.secrets)
  remember(backend, redactor)
  const opened: OpenedBackend = { driver, descriptor: driverById(wire.driver), backend }
  const { mount } = driver
  if (!mount) return opened
  return {
    ...opened,
    driver: {
      ...driver,
      async mount(asked, target, context) {
        await checkServers(opened, policy, context.host)
        await mount(asked, target, context)
      },
    },
  }
}

/** For what is only to go: no policy keeps that from being recognised, and its secrets are known to the redactor all the same. */
export function openToTakeAway(wire: WireBackend, redactor: Redactor): OpenedBackend {
  const driver = hostDriver(wire.driver)
  const backend = toHostBackend(wire.id, wire.driver, wire.config, wire.secrets)
  remember(backend, redactor)
  return { driver, descriptor: driverById(wire.driver), backend }
}

/** As far as it has been filled in: a discovery runs while the form is still open. What is given must be right. */
export function openPartialBackend(wire: WireBackend, policy: Policy, redactor: Redactor): OpenedBackend {
  const driver = hostDriver(wire.driver)
  policy.checkDriver(wire.driver)
  const backend = toHostBackend(wire.id, wire.driver, wire.config, wire.secrets, { partial: true })
  remember(backend, redactor)
  return { driver, descriptor: driverById(wire.driver), backend }
}

/** Every address that the storage would be reached at must be allowed, before anything runs. */
export async function checkServers(opened: OpenedBackend, policy: Policy, host: DriverHost): Promise<void> {
  const { descriptor, backend } = opened
  if (!descriptor.servers) {
    if (policy.networks === null) return
    throw new HoldfastError(
      'policy_denied',
      `This host allows certain networks only, and the storage type ${descriptor.id} does not say which it uses.`,
    )
  }
  for (const server of descriptor.servers(backend.config)) {
    const name = server.replace(/^\[|\]$/g, '')
    const addresses = isIP(name) ? [name] : await host.net.resolve(name)
    for (const address of addresses) policy.checkAddress(address)
  }
}
