import { mkdirSync } from 'node:fs'
import { z } from 'zod'
import { checkServers, openBackend } from '@/agent/backends/open-backend'
import type { JobTurn } from '@/agent/commands/jobs/job-kind'
import type { Policy } from '@/agent/policy/policy'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { ContentSource } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'
import { formatBytes } from '@/lib/units'
import type { EngineTurn, ImageSource, NewVolume, OpenPool } from '@/lib/volume-engines/contract/engine'
import { change } from '@/lib/volume-engines/image-files/change'
import { inspectImage } from '@/lib/volume-engines/image-files/foreign'
import { roomAt } from '@/lib/volume-engines/image-files/room-at'
import type { WorkDoor } from '../engine-turn'
import { type Fetched, fetchEnd, fetchProgram } from './fetch'
import { stagingOf } from './leftovers'

const LOOK_MS = 60_000
/** Stays free on the disk of the host, which others need too. */
const RESERVE_BYTES = 1024 ** 3
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/

export type BackendContent = Extract<ContentSource, { from: 'backend' }>

export interface ImportParts {
  policy: () => Policy
  /** On the disk of this host: where a file waits that a pool without files is made from. */
  directory: string
}

export interface Importing {
  content: BackendContent
  backend: WireBackend
  /** Where the volume is to lie. */
  open: OpenPool
  provisioning: NewVolume['provisioning']
  job: Pick<JobTurn, 'operationId' | 'run'>
  turn: EngineTurn
  door: WorkDoor
}

/** What the server said of the file; the journal keeps it sealed, since a header may be secret. */
const Found = z.object({
  url: z.string(),
  address: z.string(),
  headers: z.record(z.string(), z.string()),
  ca: z.string().nullable(),
  isVerified: z.boolean(),
  sizeBytes: z.number().nullable(),
  validator: z.string().nullable(),
})
export type Found = z.infer<typeof Found>

const Place = z.object({ root: z.string(), mostBytes: z.number() })

const Image = z.object({ format: z.string(), location: z.string(), sizeBytes: z.number() })

/**
 * Fetches a file of a backend, looks into it in confinement, and hands it to `work` as content. It waits in the pool, where that keeps
 * files, else on the disk of the host. Whatever happens, nothing of it is left.
 */
export async function withImported(
  parts: ImportParts,
  importing: Importing,
  work: (content: ImageSource) => Promise<void>,
): Promise<void> {
  const { job, turn, content } = importing
  const found = Found.parse(await turn.step('import.look', () => look(parts, importing)))
  const { root, mostBytes } = Place.parse(await turn.step('import.place', () => findPlace(parts, importing, found)))
  const staging = { root, directory: stagingOf(job.operationId), name: nameOf(content.path) }
  const remove = () => change(root, [{ do: 'remove', path: staging.directory }], turn)
  await turn.step(
    'import.make',
    // Whatever is there of it was left by an agent that was killed.
    () =>
      change(
        root,
        [
          { do: 'remove', path: staging.directory },
          { do: 'make directory', path: staging.directory },
        ],
        turn,
      ),
    remove,
  )
  const request = { ...found, ...staging, mostBytes, checksum: content.checksum }
  const end = await job.run('fetch', fetchProgram(request, turn.directory('fetch')))
  const directory = `${root}/${staging.directory}`
  const image = await turn.step('import.inspect', async () => {
    const fetched = fetchEnd(end, request)
    turn.log(`${staging.name} has ${formatBytes(fetched.bytes)}; ${fetched.algorithm}:${fetched.digest}.`)
    return await inspect(importing, directory, staging.name, fetched)
  })
  await work({ ...Image.parse(image), confined: { readable: [directory] } })
  await turn.step('import.done', remove)
}

/** Asks the server once. The policy of this host decides whether it may be asked at all. */
async function look({ policy }: ImportParts, { backend: wire, content, door, turn, job }: Importing): Promise<Found> {
  const opened = openBackend(wire, policy(), door.redactor)
  const { driver, backend } = opened
  if (driver.download === undefined) {
    throw new HoldfastError('unsupported', `Nothing can be fetched from the storage type ${wire.driver}.`)
  }
  await checkServers(opened, policy(), door.host)
  const download = await driver.download(backend, content.path, {
    host: door.host,
    signal: turn.signal,
    deadlineAt: performance.now() + LOOK_MS,
    operationId: job.operationId,
    log: turn.log,
    step: () => undefined,
  })
  const headers = Object.entries(download.headers).map(([name, value]) => [
    name,
    value instanceof Secret ? reveal(value) : value,
  ])
  return {
    url: download.url,
    address: download.address,
    headers: Object.fromEntries(headers),
    ca: download.ca ?? null,
    isVerified: download.unverified !== true,
    sizeBytes: download.sizeBytes,
    validator: download.validator,
  }
}

/** Throws `disk_full` with the figures where the file does not fit. */
async function findPlace(
  { directory }: ImportParts,
  { open: { place }, turn }: Importing,
  { sizeBytes }: Found,
): Promise<z.infer<typeof Place>> {
  const isOfPool = place.kind === 'directory'
  const root = isOfPool ? place.path : directory
  if (!isOfPool) mkdirSync(root, { recursive: true, mode: 0o700 })
  const available = await roomAt(root, turn)
  const mostBytes = Math.max(0, available - (isOfPool ? 0 : RESERVE_BYTES))
  if (sizeBytes !== null && sizeBytes > mostBytes) throw noRoom(sizeBytes, mostBytes, isOfPool)
  return { root, mostBytes: Math.min(mostBytes, Number.MAX_SAFE_INTEGER) }
}

function noRoom(sizeBytes: number, mostBytes: number, isOfPool: boolean): HoldfastError {
  const where = isOfPool ? 'the pool' : 'the disk of the host, where it waits,'
  return new HoldfastError(
    'disk_full',
    `The file has ${formatBytes(sizeBytes)}, and ${where} has room for ${formatBytes(mostBytes)}.`,
    { details: { neededBytes: sizeBytes, availableBytes: mostBytes } },
  )
}

/** What it is, by a look in confinement. Throws the problem that forbids its use, and for one that is larger than a volume may be. */
async function inspect(
  { turn, content, provisioning, open }: Importing,
  directory: string,
  name: string,
  { bytes }: Fetched,
): Promise<z.infer<typeof Image>> {
  const { format, location, sizeBytes } = await inspectImage(directory, name, turn)
  turn.log(`It is a ${format} image of a disk of ${formatBytes(sizeBytes)}.`)
  if (content.mostBytes !== null && sizeBytes > content.mostBytes) {
    throw new HoldfastError(
      'conflict',
      `The disk in it has ${formatBytes(sizeBytes)}, and a new volume of this pool may have ${formatBytes(content.mostBytes)} at most.`,
      { details: { sizeBytes, mostBytes: content.mostBytes } },
    )
  }
  if (open.place.kind === 'directory') {
    const available = await roomAt(open.place.path, turn)
    // Both lie there for a while: the file that was fetched, and the volume.
    const needed = provisioning === 'full' ? sizeBytes : Math.min(sizeBytes, bytes)
    if (needed > available) throw noRoom(needed, available, true)
  }
  return { format, location, sizeBytes }
}

/** As the server calls it, as far as QEMU takes nothing in it for its own punctuation. Its ending tells of a raw image. */
function nameOf(path: string): string {
  const last = path.split('/').at(-1) ?? ''
  const [ending = ''] = /\.[a-z0-9]{1,8}$/i.exec(last) ?? []
  return PLAIN_NAME.test(last) && !last.startsWith('part-') ? last : `image${ending}`
}
