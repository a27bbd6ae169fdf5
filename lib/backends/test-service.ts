import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'

import * as repository from '@/lib/backends/repository'
import type { DiscoverBackend, TestBackend } from '@/lib/backends/schema'
import { backendNotFound } from '@/lib/backends/service'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { inTransaction } from '@/lib/db/transaction'
import { type BackendInput, driverById, parseBackendInput, parsePartialInput } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { chooseHost } from '@/lib/hosts/service'
import { newId } from '@/lib/ids'
import { sealSecrets } from '@/lib/installation/service'
import type { OperationPayload, SealedBackend } from '@/lib/operations/schema'
import { announceOperation, startOperation } from '@/lib/operations/service'

type Sealed = z.infer<typeof SealedBackend>

/** Tests a backend that is not saved, from one host. Nothing of it is kept but the operation's log. Returns the operation's id. */
export async function testUnsavedBackend(actor: Actor, given: z.infer<typeof TestBackend>): Promise<string> {
  authorize(actor, 'backends.test')
  const { backend, name } = await sealedFrom(given, parseBackendInput(given.type, given.config))
  const host = await chooseHost(given.host_id, given.type)
  const payload = { hostId: host.id, backend, save: false }
  return start(actor, 'backend.test', { id: backend.id, name }, payload, 'backend.tested')
}

/** Tests a saved backend and keeps the outcome as its status. Returns the operation's id. */
export async function testSavedBackend(actor: Actor, id: string, hostId?: string): Promise<string> {
  authorize(actor, 'backends.test')
  const row = await repository.findById(id)
  if (!row) throw backendNotFound()
  const host = await chooseHost(hostId, row.driver)
  const backend: Sealed = {
    id,
    driver: row.driver,
    config: row.config as Record<string, unknown>,
    ...sealedParts(await repository.findSealed(id)),
  }
  return start(
    actor,
    'backend.test',
    { id, name: row.name },
    { hostId: host.id, backend, save: true },
    'backend.tested',
  )
}

/** Asks the storage for choices (exports, buckets) with what the form holds so far. Returns the operation's id. */
export async function discoverBackend(actor: Actor, given: z.infer<typeof DiscoverBackend>): Promise<string> {
  authorize(actor, 'backends.test')
  const descriptor = driverById(given.type)
  if (!Object.hasOwn(descriptor.discoveries, given.discovery)) {
    const known = Object.keys(descriptor.discoveries).join(', ') || 'none'
    const message = `${descriptor.title} has no discovery "${given.discovery}"; there is: ${known}.`
    throw new HoldfastError('invalid_input', `discovery: ${message}`, { fields: [{ field: 'discovery', message }] })
  }
  const { backend, name } = await sealedFrom(given, parsePartialInput(given.type, given.config))
  const host = await chooseHost(given.host_id, given.type)
  const payload = { hostId: host.id, discovery: given.discovery, backend }
  return start(actor, 'backend.discover', { id: backend.id, name }, payload, 'backend.discovered')
}

/** Seals what was typed in; for fields that were left blank, a saved backend of the same type lends what it has. */
async function sealedFrom(
  given: z.infer<typeof TestBackend>,
  input: BackendInput,
): Promise<{ backend: Sealed; name: string }> {
  const lender = given.backend_id === undefined ? null : await repository.findById(given.backend_id)
  if (given.backend_id !== undefined && lender?.driver !== given.type) throw backendNotFound()
  const id = lender?.id ?? newId('backend')
  const lent = lender ? await repository.findSealed(lender.id) : []
  const typed = (await sealSecrets(id, input.secrets)).map((secret) => ({ ...secret, sealedFor: null }))
  const isTyped = (field: string) => typed.some((secret) => secret.field === field)
  const kept = lent.filter(({ field }) => given.config[field] !== null && !isTyped(field))
  return {
    name: lender?.name ?? descriptorSource(given.type, input),
    backend: {
      id,
      driver: given.type,
      config: input.config,
      ...sealedParts([...kept, ...typed]),
    },
  }
}

/** For the operation's title; a half-filled form has no source yet. */
function descriptorSource(type: string, input: BackendInput): string {
  const descriptor = driverById(type)
  const parsed = descriptor.config.safeParse(input.config)
  return parsed.success ? descriptor.describeSource(parsed.data) : descriptor.title
}

async function start<K extends 'backend.test' | 'backend.discover'>(
  actor: Actor,
  kind: K,
  of: { id: string; name: string },
  payload: OperationPayload<K>,
  action: string,
): Promise<string> {
  const target = { kind: 'backend', ...of }
  const operation = await inTransaction(async (tx) => {
    const started = await startOperation(tx, actor, { kind, target, payload, hostIds: [payload.hostId] })
    const change = { host: payload.hostId, type: payload.backend.driver, operation: started }
    await recordAudit(tx, actor, { action, target, change })
    return started
  })
  announceOperation(operation)
  return operation
}
