import 'server-only'
import { Readable } from 'node:stream'
import { isPlainPath, type UploadState } from '@/lib/agent-protocol/files'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { hostForFiles } from '@/lib/files/place'
import type { UploadView } from '@/lib/files/schema'
import { bytesIn, parseChecksum, parseMetadata, requireTus, TUS_MEDIA_TYPE } from '@/lib/files/tus'
import * as repository from '@/lib/files/upload-repository'
import { newId } from '@/lib/ids'
import type { PoolRecord } from '@/lib/pools/repository'
import { findPool } from '@/lib/pools/service'
import { askHost, sendToHost } from '@/lib/relay/door'
import { formatBytes } from '@/lib/units'

/** One that nobody touches for so long is dropped; the agent counts the same. */
const KEPT_MS = 24 * 60 * 60_000
/** How long an answer waits for a large file to be read once more; the host goes on, and the next question finds it done. */
const FINISH_MS = 240_000
/** For a host to say how far an upload is whose line was cut. */
const LOOK_MS = 10_000

export async function listUploads(actor: Actor, poolId: string): Promise<{ data: UploadView[]; total: number }> {
  authorize(actor, 'pools.read')
  await findPool(poolId)
  const rows = await repository.findOpen(poolId, new Date())
  return { data: rows.map((row) => viewOf(row, Number(row.received))), total: rows.length }
}

/** Makes room for a file that is to come. Throws `payload_too_large` with the figures before a byte was sent. */
export async function createUpload(
  actor: Actor,
  poolId: string,
  headers: Headers,
  signal: AbortSignal,
): Promise<UploadView> {
  authorize(actor, 'files.upload')
  requireTus(headers)
  const pool = await findPool(poolId)
  requireTaking(pool)
  const text = headers.get('upload-metadata')
  const metadata = parseMetadata(text)
  const bytes = bytesIn(headers, 'Upload-Length')
  const path = pathFrom(metadata)
  const hostId = hostForFiles(pool, metadata.get('host_id'))
  await requireRoom(pool, hostId, bytes)
  const id = newId('upload')
  const row: repository.NewUpload = {
    id,
    poolId,
    hostId,
    path,
    bytes: BigInt(bytes),
    metadata: text,
    expectedSha256: digestFrom(metadata),
    createdBy: actor.id,
    expiresAt: new Date(Date.now() + KEPT_MS),
  }
  await repository.insertUpload(row)
  try {
    await askHost('beginUpload', { poolId, uploadId: id, path, bytes }, { hostId, actor, signal })
  } catch (error) {
    await inTransaction((tx) => repository.removeUpload(tx, id))
    throw error
  }
  const made = await findUpload(poolId, id)
  return bytes === 0 ? finish(actor, made, signal) : viewOf(made, 0)
}

/** How far it has come, as its host says. What is whole and not in its place yet is brought there. */
export async function readUpload(actor: Actor, poolId: string, id: string, signal: AbortSignal): Promise<UploadView> {
  authorize(actor, 'files.upload')
  const row = await findUpload(poolId, id)
  if (row.status !== 'open') return viewOf(row, Number(row.received))
  const state = await askHost('lookAtUpload', { poolId, uploadId: id }, { hostId: row.hostId, actor, signal })
  if (state.offset === Number(row.bytes) && state.state === 'open') return finish(actor, row, signal)
  return settle(actor, row, state)
}

/** Takes a part of it, and brings it to its place when it was the last one. */
export async function writeUpload(
  actor: Actor,
  poolId: string,
  id: string,
  headers: Headers,
  bytes: ReadableStream<Uint8Array> | null,
  signal: AbortSignal,
): Promise<UploadView> {
  authorize(actor, 'files.upload')
  requireTus(headers)
  if (headers.get('content-type') !== TUS_MEDIA_TYPE) {
    throw new HoldfastError('unsupported_media_type', `A part of a file comes with Content-Type: ${TUS_MEDIA_TYPE}.`)
  }
  const offset = bytesIn(headers, 'Upload-Offset')
  const checksum = parseChecksum(headers.get('upload-checksum'))
  const row = await findUpload(poolId, id)
  requireOwn(actor, row)
  if (row.status !== 'open') throw new HoldfastError('conflict', 'This upload has ended.')
  const length = headers.has('content-length') ? bytesIn(headers, 'Content-Length') : null
  const request = { poolId, uploadId: id, offset, length, checksum }
  const body = bytes === null ? Readable.from([]) : Readable.fromWeb(bytes as Parameters<typeof Readable.fromWeb>[0])
  const state = await sendToHost(request, body, { hostId: row.hostId, actor, signal }).catch(async (error) => {
    await noteWhatCame(actor, row)
    throw error
  })
  await repository.noteProgress(id, state.offset, new Date(Date.now() + KEPT_MS))
  publishChanged('pool', poolId)
  if (state.offset === Number(row.bytes)) return finish(actor, row, signal)
  return viewOf(await findUpload(poolId, id), state.offset)
}

/** For who looks at the list after the line was cut in the middle of a part: it says what the sender need not send again. */
async function noteWhatCame(actor: Actor, { id, poolId, hostId }: repository.UploadRow): Promise<void> {
  try {
    const signal = AbortSignal.timeout(LOOK_MS)
    const { offset } = await askHost('lookAtUpload', { poolId, uploadId: id }, { hostId, actor, signal })
    await repository.noteProgress(id, offset, new Date(Date.now() + KEPT_MS))
    publishChanged('pool', poolId)
  } catch {
    // Whoever goes on asks the host again.
  }
}

/** Drops it, and what has come of it. One that has ended stays where it is. */
export async function dropUpload(actor: Actor, poolId: string, id: string, signal: AbortSignal): Promise<void> {
  authorize(actor, 'files.upload')
  const row = await findUpload(poolId, id)
  requireOwn(actor, row)
  if (row.status === 'open')
    await askHost('dropUpload', { poolId, uploadId: id }, { hostId: row.hostId, actor, signal })
  await inTransaction((tx) => repository.removeUpload(tx, id))
  publishChanged('pool', poolId)
}

async function finish(actor: Actor, row: repository.UploadRow, signal: AbortSignal): Promise<UploadView> {
  const { id, poolId, hostId, expectedSha256: sha256 } = row
  const call = { hostId, actor, signal }
  const end = performance.now() + FINISH_MS
  try {
    let state: UploadState
    do state = await askHost('finishUpload', { poolId, uploadId: id, sha256 }, call)
    while (state.state === 'finishing' && performance.now() < end)
    return await settle(actor, row, state)
  } catch (thrown) {
    const error = toHoldfastError(thrown)
    // What cannot become better by asking again: another content than was promised, or another file in its place.
    if (error.code !== 'checksum_mismatch' && error.code !== 'conflict') throw error
    await inTransaction((tx) => repository.endUpload(tx, id, { status: 'failed', error: error.message }))
    await askHost('dropUpload', { poolId, uploadId: id }, call).catch(() => undefined)
    publishChanged('pool', poolId)
    throw error
  }
}

async function settle(actor: Actor, row: repository.UploadRow, state: UploadState): Promise<UploadView> {
  const { id, poolId, hostId, path, bytes } = row
  const { sha256 } = state
  if (sha256 === null) {
    await repository.noteProgress(id, state.offset, row.expiresAt)
    return viewOf(row, state.offset)
  }
  const pool = await findPool(poolId)
  await repository.noteProgress(id, state.offset, row.expiresAt)
  await inTransaction(async (tx) => {
    if (!(await repository.endUpload(tx, id, { status: 'done', sha256 }))) return
    await recordAudit(tx, actor, {
      action: 'pool.file_uploaded',
      target: { kind: 'pool', id: poolId, name: pool.name },
      change: { path, bytes: Number(bytes), sha256, host: hostId },
    })
  })
  // What is left of it on the host is a note; the host drops that by itself when nobody asks.
  await askHost('dropUpload', { poolId, uploadId: id }, { hostId, actor, signal: AbortSignal.timeout(10_000) }).catch(
    () => undefined,
  )
  publishChanged('pool', poolId)
  return viewOf(await findUpload(poolId, id), state.offset)
}

async function findUpload(poolId: string, id: string): Promise<repository.UploadRow> {
  const row = await repository.findUpload(poolId, id)
  if (row === null || (row.status === 'open' && row.expiresAt < new Date()))
    throw new HoldfastError('not_found', 'There is no such upload (any more).')
  return row
}

/** Two people who send into one file would not know of each other. */
function requireOwn(actor: Actor, { createdBy }: repository.UploadRow): void {
  if (createdBy === actor.id || actor.role === 'admin') return
  throw new HoldfastError('forbidden', 'Somebody else has begun this upload.')
}

function requireTaking({ name, maintenance, deletedAt }: PoolRecord): void {
  if (deletedAt !== null) throw new HoldfastError('conflict', `Pool '${name}' is being removed.`)
  if (maintenance) throw new HoldfastError('conflict', `Pool '${name}' is in maintenance and takes nothing new.`)
}

function pathFrom(metadata: ReadonlyMap<string, string>): string {
  const path = metadata.get('path') ?? metadata.get('filename') ?? metadata.get('name') ?? ''
  if (path !== '' && path.length <= 1024 && isPlainPath(path)) return path
  throw badField('path', 'Say in Upload-Metadata what it is to be called: path, names with "/" between them.')
}

function digestFrom(metadata: ReadonlyMap<string, string>): string | null {
  const digest = metadata.get('sha256')?.toLowerCase() ?? null
  if (digest === null || /^[0-9a-f]{64}$/.test(digest)) return digest
  throw badField('sha256', 'Give the SHA-256 as 64 hex digits.')
}

/** The host measures again; this has the figures of all that is under way too. */
async function requireRoom(pool: PoolRecord, hostId: string, bytes: number): Promise<void> {
  const available = pool.hosts.find((row) => row.hostId === hostId)?.availableBytes ?? null
  if (available === null) return
  const open = await repository.findOpen(pool.id, new Date())
  const promised = open.reduce((sum, row) => sum + Number(row.bytes - row.received), 0)
  const left = Math.max(0, Number(available) - promised)
  if (bytes <= left) return
  const others = promised === 0 ? '' : ` (${formatBytes(promised)} of it are promised to uploads under way)`
  throw new HoldfastError(
    'payload_too_large',
    `Pool '${pool.name}' has ${formatBytes(Number(available))} left${others}, and this file has ${formatBytes(bytes)}.`,
    { recovery: 'Free some space in the pool, or choose another one.' },
  )
}

function viewOf(row: repository.UploadRow, offset: number): UploadView {
  return {
    id: row.id,
    pool_id: row.poolId,
    host_id: row.hostId,
    host_name: row.host.name,
    path: row.path,
    bytes: Number(row.bytes),
    offset,
    status: row.status,
    sha256: row.sha256,
    error: row.error,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    expires_at: row.status === 'open' ? row.expiresAt.toISOString() : null,
  }
}
