import 'server-only'
import { PROTOCOL_VERSION } from '@/lib/agent-protocol/verbs'
import { type Actor, authorize } from '@/lib/auth/actor'
import { currentEnv } from '@/lib/current-env'
import { freeBytes } from '@/lib/disk-space'
import { toHoldfastError } from '@/lib/errors'
import { databaseCheck } from '@/lib/health/checks/database'
import { type AgentFacts, certificatesCheck, hostsCheck } from '@/lib/health/checks/fleet'
import { controllerCheck, leaderOf, webCheck } from '@/lib/health/checks/processes'
import { operationsCheck, secretsCheck } from '@/lib/health/checks/work'
import * as repository from '@/lib/health/repository'
import type { HealthCheck, HealthView, Pulse } from '@/lib/health/schema'
import { checkOf, worstOf } from '@/lib/health/verdict'
import { isOutdated } from '@/lib/hosts/agent-update'
import { rightsOfRoot } from '@/lib/installation/rights'
import { isControllerAlive } from '@/lib/installation/service'
import { installedVersions } from '@/lib/installation/versions'
import { requireWritable } from '@/lib/installation/write-probe'
import { watchProcess } from '@/lib/process-figures'
import { restoredCheck } from '@/lib/restores/service'

/** A controller that was not heard of for longer has been stopped. */
const HEARD_MS = 10 * 60_000

const web = watchProcess(installedVersions().holdfast)

/** How Holdfast itself does: each part with its figures, and what to do where something is wrong. */
export async function getHealth(actor: Actor, now = new Date()): Promise<HealthView> {
  authorize(actor, 'system.read')
  const pulses = await repository.findPulses(new Date(now.getTime() - HEARD_MS))
  const [leader = null] = leaderOf(pulses)
  const checks = await Promise.all([
    guarded('controller', 'Controller', () => checkController(now, pulses)),
    guarded('web', 'Web', async () => {
      // This code comes with the first who asks.
      await web.seen
      return webCheck({ now, process: web.read(), node: process.versions.node, rights: rightsOfRoot(currentEnv()) })
    }),
    guarded('database', 'Database', checkDatabase),
    guarded('operations', 'Operations', async () => operationsCheck({ now, ...(await repository.findQueue()) })),
    guarded('hosts', 'Agents', async () => hostsCheck(await agents(), PROTOCOL_VERSION)),
    guarded('certificates', 'Certificates', async () =>
      certificatesCheck({ now, own: leader?.certificates ?? null, hosts: await repository.findFirstCertificate() }),
    ),
    guarded('secrets', 'Secrets', () => checkSecrets(leader)),
  ])
  return { state: worstOf(checks.map(({ state }) => state)), at: now.toISOString(), checks }
}

/** A check that cannot be made has failed; the others say what they see. */
async function guarded(id: HealthCheck['id'], title: string, check: () => Promise<HealthCheck>): Promise<HealthCheck> {
  try {
    return await check()
  } catch (error) {
    const { message, recovery } = toHoldfastError(error)
    return checkOf({ id, title }, '', [{ state: 'failing', summary: message, advice: recovery }], [])
  }
}

async function checkController(now: Date, pulses: readonly Pulse[]): Promise<HealthCheck> {
  const [isAlive, held] = await Promise.all([isControllerAlive(now), restoredCheck()])
  return controllerCheck({ now, isAlive, held, pulses, webVersion: installedVersions().holdfast })
}

async function checkDatabase(): Promise<HealthCheck> {
  const { databaseUrl, stateDir } = currentEnv()
  const { home, ...facts } = await repository.readDatabase(databaseUrl)
  const refusal = await requireWritable(databaseUrl).then(
    () => null,
    (error: unknown) => toHoldfastError(error).message,
  )
  const directory = home ?? stateDir
  return databaseCheck({ ...facts, refusal, directory, freeBytes: freeBytes(directory) })
}

async function agents(): Promise<AgentFacts[]> {
  return (await repository.findAgents()).map(({ name, isLocal, observedStatus, observedInfo }) => {
    const { agentVersion, protocolVersions = [] } = (observedInfo ?? {}) as {
      agentVersion?: string
      protocolVersions?: number[]
    }
    return {
      name,
      status: observedStatus,
      version: agentVersion ?? null,
      protocol: protocolVersions.length === 0 ? null : Math.max(...protocolVersions),
      // That of this machine comes with the product.
      isOutdated: !isLocal && isOutdated(protocolVersions),
    }
  })
}

async function checkSecrets(leader: Pulse | null): Promise<HealthCheck> {
  const [sealedWith, publicKey] = await Promise.all([repository.countSealed(), repository.findPublicKey()])
  return secretsCheck({ sealedWith, publicKey, known: leader?.sealing_keys ?? null })
}
