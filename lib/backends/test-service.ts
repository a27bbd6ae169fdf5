import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'

import { destinationsFor, requireEntered } from '@/lib/backends/destinations'
import { noteTest, type TestedSettings } from '@/lib/backends/kept-test'
import * as repository from '@/lib/backends/repository'
import type { DiscoverBackend, TestBackend } from '@/lib/backends/schema'
import * as secretRows from '@/lib/backends/secret-repository'
import { backendNotFound } from '@/lib/backends/service'
import { badField } from '@/lib/bad-field'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { inTransaction } from '@/lib/db/transaction'
import type { BackendInput } from '@/lib/drivers/descriptor-input'
import { parseBackendInput, parsePartialInput } from '@/lib/drivers/input'
import { driverById } from '@/lib/drivers/registry'
import { chooseHost } from '@/lib/hosts/service'
import { newId } from '@/lib/ids'
import { sealSecrets } from '@/lib/installation/service'
import type { OperationPayload, SealedBackend } from '@/lib/operations/schema'
import { announceOperation, startOperation } from '@/lib/operations/service'

type Sealed = z.infer<typeof SealedBackend>

interface Prepared {
  name: string
  backend: Sealed
  /** Fields by where they come from, for the audit. */
  secrets: { given: string[]; stored: string[] }
  settings: TestedSettings
}

/** Tests a backend that is not saved, from one host. Nothing of it is kept but the operation's log, unless it is saved just so. Returns the operation's id. */
export async function testUnsavedBackend(actor: Actor, asked: z.infer<typeof TestBackend>): Promise<string> {
  authorize(actor, 'backends.test')
  const given = { ...asked, type: driverById(asked.type).id }
  const lender = await lenderOf(given)
  const prepared = await sealedFrom(given, parseBackendInput(given.type, given.config), lender)
  const { backend } = prepared
  const host = await chooseHost(given.host_id, given.type)
  return start(actor, 'backend.test', prepared, { hostId: host.id, backend, save: false }, 'backend.tested')
}

/** Tests a saved backend and keeps the outcome as its status. Returns the operation's id. */
export async function testSavedBackend(actor: Actor, id: string, hostId?: string): Promise<string> {
  authorize(actor, 'backends.test')
  const row = await repository.findById(id)
  if (!row) throw backendNotFound()
  const host = await chooseHost(hostId, row.driver)
  const stored = await secretRows.findSealed(id)
  const config = row.config as Record<string, unknown>
  const backend: Sealed = { id, driver: row.driver, config, ...sealedParts(stored) }
  const secrets = { given: [], stored: stored.map(({ field }) => field) }
  const settings = { type: row.driver, config, entered: {}, stored }
  const prepared = { name: row.name, backend, secrets, settings }
  return start(actor, 'backend.test', prepared, { hostId: host.id, backend, save: true }, 'backend.tested')
}

/** Asks the storage for choices (exports, buckets) with what the form holds so far. Returns the operation's id. */
export async function discoverBackend(actor: Actor, asked: z.infer<typeof DiscoverBackend>): Promise<string> {
  authorize(actor, 'backends.test')
  const descriptor = driverById(asked.type)
  const given = { ...asked, type: descriptor.id }
  if (!Object.hasOwn(descriptor.discoveries, given.discovery)) {
    const known = Object.keys(descriptor.discoveries).join(', ') || 'none'
    const message = `${descriptor.title} has no discovery "${given.discovery}"; there is: ${known}.`
    throw badField('discovery', message)
  }
  const lender = await lenderOf(given)
  const prepared = await sealedFrom(given, parsePartialInput(given.type, withPlaceOf(lender, given)), lender)
  const host = await chooseHost(given.host_id, given.type)
  const payload = { hostId: host.id, discovery: given.discovery, backend: prepared.backend }
  return start(actor, 'backend.discover', prepared, payload, 'backend.discovered')
}

/**
 * Seals what was typed in; for fields that were left blank, a saved backend of the same type lends what it has, to be sent where it
 * was entered for. Throws `invalid_input` for a secret that would go elsewhere.
 */
async function sealedFrom(given: z.infer<typeof TestBackend>, input: BackendInput, lender: Lender): Promise<Prepared> {
  const id = lender?.id ?? newId('backend')
  const lent = lender ? await secretRows.findSealed(lender.id) : []
  const destinations = destinationsFor(given.type, input.config)
  const typed = (await sealSecrets(id, input.secrets, destinations)).map((secret) => ({ ...secret, sealedFor: null }))
  const isTyped = (field: string) => typed.some((secret) => secret.field === field)
  const kept = lent.filter(({ field }) => given.config[field] !== null && !isTyped(field))
  requireEntered(kept, destinations)
  return {
    name: lender?.name ?? descriptorSource(given.type, input),
    backend: { id, driver: given.type, config: input.config, ...sealedParts([...kept, ...typed]) },
    secrets: { given: typed.map(({ field }) => field), stored: kept.map(({ field }) => field) },
    settings: { type: given.type, config: input.config, entered: input.secrets, stored: kept },
  }
}

type Lender = repository.BackendRecord | null

/** The saved backend that a request names. Throws `not_found` for one of another type. */
async function lenderOf(given: z.infer<typeof TestBackend>): Promise<Lender> {
  if (given.backend_id === undefined) return null
  const lender = await repository.findById(given.backend_id)
  if (lender?.driver !== given.type) throw backendNotFound()
  return lender
}

/** What a request leaves out of where the secrets go is as the lender has it. */
function withPlaceOf(lender: Lender, given: z.infer<typeof DiscoverBackend>): Record<string, unknown> {
  const stored = (lender?.config ?? {}) as Record<string, unknown>
  const keys = Object.keys(driverById(given.type).destination ?? {})
  const missing = keys.filter((key) => !Object.hasOwn(given.config, key) && stored[key] !== undefined)
  return { ...Object.fromEntries(missing.map((key) => [key, stored[key]])), ...given.config }
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
  { name, backend, secrets, settings }: Prepared,
  payload: OperationPayload<K>,
  action: string,
): Promise<string> {
  const target = { kind: 'backend', id: backend.id, name }
  const operation = await inTransaction(async (tx) => {
    const started = await startOperation(tx, actor, { kind, target, payload, hostIds: [payload.hostId] })
    if (kind === 'backend.test') await noteTest(tx, started, actor, settings)
    const { driver: type, config } = backend
    // The config says where the secrets went.
    const change = { host: payload.hostId, type, config, secrets, operation: started }
    await recordAudit(tx, actor, { action, target, change })
    return started
  })
  announceOperation(operation)
  return operation
}
