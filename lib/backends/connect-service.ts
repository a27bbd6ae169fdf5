import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import * as repository from '@/lib/backends/repository'
import { backendNotFound } from '@/lib/backends/service'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { chooseHost } from '@/lib/hosts/service'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { type ChangeOptions, inChange } from '@/lib/plans/change'
import { requireNoPoolOn } from '@/lib/pools/of-backend'

/** Opens a block storage on one host and keeps it open there. Throws `unsupported` for a type that is mounted. Returns the operation's id. */
export function connectBackend(actor: Actor, id: string, hostId: string, options: ChangeOptions = {}): Promise<string> {
  authorize(actor, 'mounts.write')
  return start(actor, id, hostId, 'connect', options)
}

/** Closes it there again. Returns the operation's id. */
export function disconnectBackend(
  actor: Actor,
  id: string,
  hostId: string,
  options: ChangeOptions = {},
): Promise<string> {
  authorize(actor, 'mounts.write')
  return start(actor, id, hostId, 'disconnect', options)
}

async function start(
  actor: Actor,
  id: string,
  hostId: string,
  verb: 'connect' | 'disconnect',
  options: ChangeOptions,
): Promise<string> {
  const row = await repository.findById(id)
  if (!row) throw backendNotFound()
  const { title, capabilities, missing } = driverById(row.driver)
  if (!capabilities.includes('connect')) {
    throw new HoldfastError('unsupported', `${title} is mounted, not connected: create a mount for it.`)
  }
  const problems = verb === 'connect' ? (missing?.(row.config as Record<string, unknown>) ?? []) : []
  if (problems[0]) {
    const fields = problems.map(({ field, message }) => ({ field: `config.${field}`, message }))
    throw new HoldfastError('conflict', `Backend '${row.name}' is not complete: ${problems[0].message}`, { fields })
  }
  const host = await chooseHost(hostId, row.driver)
  const target = { kind: 'backend', id, name: row.name } as const
  const intent = { action: verb, target, request: { host_id: host.id } } as const
  const operation = await inChange(intent, options, async (tx) => {
    if (verb === 'disconnect') await requireNoPoolOn(tx, row, host)
    await repository.wantConnection(tx, { backendId: id, hostId: host.id }, `${verb}ed`, row.generation)
    const payload = { hostId: host.id, backendId: id }
    const started = await startOperation(tx, actor, { kind: `backend.${verb}`, target, payload, hostIds: [host.id] })
    await recordAudit(tx, actor, {
      action: `backend.${verb}_requested`,
      target,
      change: { host: host.id, operation: started },
    })
    return started
  })
  publishChanged('backend', id)
  announceOperation(operation)
  return operation
}
