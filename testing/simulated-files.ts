import { Readable } from 'node:stream'
import type { OpenedFile } from '@/agent/resources/files/pool-files'
import type { ByteHandlers } from '@/agent/server/bytes'
import type { FileEntry, FileList } from '@/lib/agent-protocol/files'
import type { ParsedRequestOf } from '@/lib/agent-protocol/verbs'
import { HoldfastError } from '@/lib/errors'
import type { SimulatedPools } from '@/testing/simulated-pools'

const MODIFIED = '2026-11-20T08:00:00.000Z'

/** The files of the pools of a simulated host, in memory. */
export class SimulatedFiles implements ByteHandlers {
  readonly #pools: SimulatedPools

  constructor(pools: SimulatedPools) {
    this.#pools = pools
  }

  list({ poolId, path, from, limit }: ParsedRequestOf<'listFiles'>): FileList {
    const files = this.#pools.filesOf(poolId)
    const start = path === '' ? '' : `${path}/`
    const byName = new Map<string, FileEntry>()
    for (const [full, bytes] of files) {
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
}

function directory(name: string): FileEntry {
  return { name, kind: 'directory', bytes: null, modifiedAt: MODIFIED, format: null, virtualBytes: null, backing: null }
}

function file(name: string, { length }: Uint8Array): FileEntry {
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
