import type { Certificates } from '@/agent/certificates'
import type { AgentEnv } from '@/agent/env'
import { readOsRelease } from '@/agent/facts/host-facts'
import { Tools } from '@/agent/facts/tools'
import { distributionFamily } from '@/agent/host/commands'
import { Runner } from '@/agent/host/run'
import type { Machine } from '@/agent/operations/machine'
import type { Policy } from '@/agent/policy'
import type { DriverHost } from '@/lib/drivers/contract'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'

function unavailable(): HoldfastError {
  return new HoldfastError('unavailable', 'This agent does not mount anything yet.')
}

const noHost = new Proxy({} as DriverHost, {
  get: () => {
    throw unavailable()
  },
})

export async function createMachine(options: {
  env: AgentEnv
  policy: () => Policy
  certificates: Certificates
  log: Log
}): Promise<Machine & { close(): Promise<void> }> {
  const distribution = distributionFamily(readOsRelease())
  return {
    policy: options.policy,
    certificates: options.certificates,
    tools: new Tools(DESCRIPTORS, distribution),
    distribution,
    startedAt: new Date().toISOString(),
    guard: () => 'unknown',
    mounts: {
      list: () => [],
      subscribe: () => () => {},
      apply: () => Promise.reject(unavailable()),
      remove: () => Promise.reject(unavailable()),
    },
    commands: { once: (_e, _k, _r, work) => work() },
    open: ({ deadlineAt, signal }) => {
      const runner = new Runner({ deadlineAt, signal })
      return { runner, redactor: runner.redactor, host: noHost }
    },
    close: async () => {},
  }
}
