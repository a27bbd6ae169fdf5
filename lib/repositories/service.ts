import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { taken } from '@/lib/db/conflict'
import { ALL_TYPES } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import * as mounts from '@/lib/mounts/repository'
import { announceOperation } from '@/lib/operations/service'
import * as repository from '@/lib/repositories/repository'
import type { ListRepositories, RepositoryView } from '@/lib/repositories/schema'
import { repositoryView } from '@/lib/repositories/view'

/** A repository and the operation that carries the change to its hosts; null when they have nothing to do. */
export interface RepositoryChanged {
  repository: RepositoryView
  operation: string | null
}

export async function listRepositories(
  actor: Actor,
  query: ListRepositories,
): Promise<{ data: RepositoryView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'repositories.read')
  const types = query.type?.map(typeNamed)
  const wanted = query.search?.toLowerCase()
  const found = (await viewsOf(await repository.findAll({ backendIds: query.backend_id }))).filter(
    (view) =>
      (types?.includes(view.repository_type) ?? true) &&
      (query.status?.includes(view.status) ?? true) &&
      (wanted === undefined || `${view.name} ${view.backend_name} ${view.source}`.toLowerCase().includes(wanted)),
  )
  const { cursor } = query
  const rest = cursor === undefined ? found : found.filter(({ id }) => id > cursor)
  const data = rest.slice(0, query.limit)
  const last = data.at(-1)
  return { data, total: found.length, ...(rest.length > query.limit && last ? { nextCursor: last.id } : {}) }
}

/** Words that programs for backups have for types. */
const OLDER_WORDS: Readonly<Record<string, string>> = { local: 'local-dir', smb: 'cifs' }

function typeNamed(word: string): string {
  return OLDER_WORDS[word] ?? ALL_TYPES.find(({ olderTypes }) => olderTypes?.includes(word))?.id ?? word
}

async function viewsOf(rows: readonly repository.RepositoryRecord[]): Promise<RepositoryView[]> {
  const ids = rows.flatMap(({ mountId }) => mountId ?? [])
  const found = ids.length === 0 ? [] : await mounts.findPage({ ids }, undefined, ids.length)
  const mountOf = new Map(found.map((mount) => [mount.id, mount]))
  return rows.map((row) => repositoryView(row, mountOf.get(row.mountId ?? '') ?? null))
}

export async function getRepository(actor: Actor, id: string): Promise<RepositoryView> {
  authorize(actor, 'repositories.read')
  return readRepository(id)
}

/** Asks for no permission: for services that have. Throws `not_found`. */
export async function readRepository(id: string): Promise<RepositoryView> {
  const row = await findRepository(id)
  return repositoryView(row, row.mountId === null ? null : await mounts.findById(row.mountId))
}

/** For services that have authorised the caller. Throws `not_found`. */
export async function findRepository(id: string, tx?: Db): Promise<repository.RepositoryRecord> {
  const row = await repository.findById(id, tx)
  if (!row) throw new HoldfastError('not_found', 'Repository not found')
  return row
}

export function requireGeneration({ generation }: { generation: number }, ifMatch: number | undefined): void {
  if (ifMatch !== undefined && ifMatch !== generation) throw changedMeanwhile(ifMatch)
}

export function changedMeanwhile(ifMatch: number | undefined): HoldfastError {
  return ifMatch === undefined
    ? new HoldfastError('conflict', 'The repository was changed by somebody else at the same moment; try again.')
    : new HoldfastError('precondition_failed', 'The repository was changed since you read it.')
}

/** Throws `conflict` that says which repository has the name. */
export async function requireFreeName(tx: Db, name: string, id: string): Promise<void> {
  const found = await repository.findNamed(tx, name, id)
  if (found) throw taken('name', `Repository '${name}' already exists`, { kind: 'repository', ...found })
}

export async function finished(
  { id, mountId }: { id: string; mountId: string | null },
  operation: string | null,
): Promise<RepositoryChanged> {
  publishChanged('repository', id)
  if (mountId !== null) publishChanged('mount', mountId)
  if (operation !== null) announceOperation(operation)
  return { repository: await readRepository(id), operation }
}
