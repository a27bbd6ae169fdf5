import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { OpenedFile } from '@/agent/resources/files/pool-files'
import type { ByteHandlers } from '@/agent/server/bytes'
import type { FileEntry, FileList, UploadState } from '@/lib/agent-protocol/files'
import type { ExportedFile, ForeignContent, ObservedVolume, VolumeWork } from '@/lib/agent-protocol/pools'
import type { ParsedRequestOf } from '@/lib/agent-protocol/verbs'
import { HoldfastError } from '@/lib/errors'
import type { SimulatedPools } from '@/testing/simulated-pools'

const MODIFIED = '2026-11-20T08:00:00.000Z'

interface SimulatedUpload {
  poolId: string
  path: string
  bytes: number
  /** What has come, in the order in which it came. */
  parts: Buffer[]
  sha256: string | null
}

function lengthOf({ parts }: SimulatedUpload): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

/** The files of the pools of a simulated host, in memory. */
export class SimulatedFiles implements ByteHandlers {
  readonly #pools: SimulatedPools
  readonly #uploads = new Map<string, SimulatedUpload>()

  constructor(pools: SimulatedPools) {
    this.#pools = pools
  }

  list({ poolId, path, from, limit }: ParsedRequestOf<'listFiles'>): FileList {
    const { files, foreign, templates, volumes } = this.#pools.contentOf(poolId)
    const folder = this.#pools.templatesFolder(poolId)
    const known = [
      ...[...volumes.values()].flatMap(filesOf),
      ...templates.map(({ name, bytes }) => [`${folder}/${name}`, bytes] as const),
      ...[...files].map(([full, { length }]) => [full, length] as const),
    ]
    const start = path === '' ? '' : `${path}/`
    const byName = new Map<string, FileEntry>()
    for (const item of foreign) {
      if (!item.name.startsWith(start)) continue
      const [name = '', ...below] = item.name.slice(start.length).split('/')
      byName.set(name, { ...directory(name), ...(below.length > 0 ? {} : seen(item)) })
    }
    for (const [full, bytes] of known) {
      if (!full.startsWith(start)) continue
      const [name = '', ...below] = full.slice(start.length).split('/')
      byName.set(name, below.length > 0 ? directory(name) : file(name, bytes))
    }
    if (path !== '' && byName.size === 0) throw new HoldfastError('not_found', 'It is not in the pool (any more).')
    const due = [...byName.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .filter(({ name }) => name >= (from ?? ''))
    return { entries: due.slice(0, limit), total: byName.size, next: due[limit]?.name ?? null }
  }

  async readFile({ poolId, path, offset, length }: Parameters<ByteHandlers['readFile']>[0]): Promise<OpenedFile> {
    const whole = this.#pools.filesOf(poolId).get(path)
    if (whole === undefined) throw new HoldfastError('not_found', 'It is not in the pool (any more).')
    const part = whole.subarray(offset, length === null ? undefined : offset + length)
    const head = { size: whole.length, length: part.length, modifiedMs: Date.parse(MODIFIED) }
    return { head, bytes: Readable.from(part.length === 0 ? [] : [Buffer.from(part)]), close: () => undefined }
  }

  begin({ poolId, uploadId, path, bytes }: ParsedRequestOf<'beginUpload'>): UploadState {
    if (this.#pools.filesOf(poolId).has(path))
      throw new HoldfastError('conflict', 'Something of that name is in the pool already.')
    const known = this.#uploads.get(uploadId)
    if (known === undefined) this.#uploads.set(uploadId, { poolId, path, bytes, parts: [], sha256: null })
    return { offset: known === undefined ? 0 : lengthOf(known), state: 'open', sha256: null }
  }

  look({ uploadId }: ParsedRequestOf<'lookAtUpload'>): UploadState {
    const upload = this.#upload(uploadId)
    const { bytes, sha256 } = upload
    if (sha256 !== null) return { offset: bytes, state: 'done', sha256 }
    return { offset: lengthOf(upload), state: 'open', sha256: null }
  }

  async writeUpload(
    { uploadId, offset, checksum }: Parameters<ByteHandlers['writeUpload']>[0],
    body: Readable,
  ): Promise<UploadState> {
    const upload = this.#upload(uploadId)
    const there = lengthOf(upload)
    if (there !== offset) throw new HoldfastError('conflict', `${there} bytes of this upload are there.`)
    const chunks = checksum === null ? upload.parts : []
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
    } catch {
      // What has come before the connection broke stays.
    }
    if (checksum !== null) {
      const part = Buffer.concat(chunks)
      if (createHash(checksum.algorithm).update(part).digest('base64') !== checksum.digest)
        throw new HoldfastError('checksum_mismatch', 'What came does not have the checksum that was promised.')
      upload.parts.push(part)
    }
    return this.look({ poolId: upload.poolId, uploadId })
  }

  finish({ uploadId, sha256 }: ParsedRequestOf<'finishUpload'>): UploadState {
    const upload = this.#upload(uploadId)
    const data = Buffer.concat(upload.parts)
    const found = createHash('sha256').update(data).digest('hex')
    if (sha256 !== null && sha256 !== found)
      throw new HoldfastError('checksum_mismatch', `The file has the SHA-256 ${found}.`)
    upload.sha256 = found
    this.#pools.filesOf(upload.poolId).set(upload.path, data)
    this.#pools.landed(upload.poolId, file(upload.path, data.length))
    return { offset: upload.bytes, state: 'done', sha256: found }
  }

  drop({ uploadId }: ParsedRequestOf<'dropUpload'>): { dropped: true } {
    this.#uploads.delete(uploadId)
    return { dropped: true }
  }

  /** A small image in the place of a volume; of a pool it can be downloaded. `root`: where the mount is on the host. */
  export({ to, format }: Extract<VolumeWork, { do: 'export' }>, root: string, operationId: string): ExportedFile {
    const { path, download } = to
    const data = Buffer.alloc(262_144)
    if (format === 'qcow2') data.write('QFI\xfb', 'latin1')
    const place = download === undefined ? path : `.holdfast-exports/${operationId.slice('op_'.length)}/${path}`
    if (download !== undefined) this.#pools.filesOf(download.poolId).set(place, data)
    return {
      path: `${root}/${place}`,
      bytes: data.length,
      sha256: createHash('sha256').update(data).digest('hex'),
      ...(download === undefined ? {} : { download: { ...download, path: place } }),
    }
  }

  /** Those of which something is kept. */
  get unfinished(): readonly string[] {
    return [...this.#uploads.keys()]
  }

  #upload(uploadId: string): SimulatedUpload {
    const found = this.#uploads.get(uploadId)
    if (found === undefined) throw new HoldfastError('not_found', 'It is not in the pool (any more).')
    return found
  }
}

function seen({ kind, bytes, format }: ForeignContent): Pick<FileEntry, 'kind' | 'bytes' | 'format' | 'virtualBytes'> {
  return { kind: kind === 'volume' ? 'other' : kind, bytes, format, virtualBytes: format === 'raw' ? bytes : null }
}

function directory(name: string): FileEntry {
  return { name, kind: 'directory', bytes: null, modifiedAt: MODIFIED, format: null, virtualBytes: null, backing: null }
}

/** As images lie in a pool of files; nobody has written into them, so that they cannot be read. */
function filesOf({
  volumeId,
  state,
  format,
  allocatedBytes,
  snapshots,
}: ObservedVolume): [path: string, bytes: number][] {
  const directory = state === 'trashed' ? `trash/${volumeId}` : volumeId
  return [
    [`${directory}/disk.${format}`, allocatedBytes ?? 0],
    ...snapshots.map(({ snapshotId, sizeBytes }): [string, number] => [
      `${directory}/${snapshotId}.qcow2`,
      sizeBytes ?? 0,
    ]),
    [`${directory}/volume.json`, 412],
  ]
}

function file(name: string, length: number): FileEntry {
  const [, end = ''] = /[.](qcow2|raw|img|iso)$/.exec(name) ?? []
  const format = end === '' ? null : end === 'qcow2' ? 'qcow2' : 'raw'
  return {
    name,
    kind: 'file',
    bytes: length,
    modifiedAt: MODIFIED,
    format,
    virtualBytes: format === 'raw' ? length : null,
    backing: null,
  }
}
