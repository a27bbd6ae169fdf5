import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { PipedProgram } from '@/agent/host/exec/run'
import type { PoolManager } from '@/agent/resources/pools/manager'
import type { PoolDoors } from '@/agent/resources/pools/pool-doors'
import { toldTime } from '@/agent/resources/told-time'
import type { Door } from '@/agent/verbs/agent'
import type { FileEntry, FileList, ListFiles, ReadFile } from '@/lib/agent-protocol/files'
import { HoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { atMost } from '@/lib/pause'
import { programText } from '@/lib/program-text'
import { readAnswer } from '@/lib/volume-engines/image-files/child-answer'
import { foreignFormat } from '@/lib/volume-engines/image-files/foreign'
import { imageKind } from '@/lib/volume-engines/image-files/image-kind'
import { openBelow } from '@/lib/volume-engines/image-files/open-below'
import { HEADER_PARTS, readQcow2Header } from '@/lib/volume-engines/image-files/qcow2-header'
import { firstLine } from './first-line'
import { ListedDirectory, listDirectory } from './list-program'
import { printFile, ReadHead } from './read-program'
import { Uploads } from './uploads'

const LIST_MS = 30_000
/** From the start of a program to its first line. */
const HEAD_MS = 20_000
const HEADER_BYTES = 65_536
/** In which a killed process is gone. */
const GONE_MS = 3_000
/** Each is a process of some 40 MB. */
const MOST_TRANSFERS = 8
/** How often uploads that nobody goes on with are looked for. */
const SWEEP_MS = 60 * 60_000

export interface PoolFilesParts {
  pools: Pick<PoolManager, 'get' | 'list' | 'isWanted' | 'changed'>
  doors: PoolDoors
  log: Log
}

/** A file that is being read. Its bytes come as they are taken. */
export interface OpenedFile {
  head: ReadHead
  bytes: Readable
  /** Ends it, whether or not all was read. */
  close(): void
}

/** What a pool's directory is on this host, with a door to it. */
export interface Entered {
  root: string
  door: Door
}

/**
 * The files of pools that are open here, for people who look at them and take them. Node itself touches none: each look, and each
 * transfer, is a process of its own that goes down from the pool by held directories and follows no link.
 */
export class PoolFiles {
  readonly uploads: Uploads
  readonly #parts: PoolFilesParts
  #sweeping: NodeJS.Timeout | undefined
  /** Pools with a process that was given up and that the kernel still holds: nothing more is started there until it is gone. */
  readonly #stuck = new Set<string>()
  #transfers = 0

  constructor(parts: PoolFilesParts) {
    this.#parts = parts
    this.uploads = new Uploads({
      run: (poolId, program, limitMs, signal) =>
        this.#with(poolId, limitMs, signal, async ({ root, door }) => {
          const { stdout } = await door.runner.run('node', ['-e', program(root)], { timeoutMs: limitMs })
          return stdout
        }),
      start: async (poolId, program, signal) => {
        const { root, door } = await this.#enter(poolId, Number.POSITIVE_INFINITY, signal)
        return this.#transfer(poolId, door, () => door.runner.startPiped('node', ['-e', program(root)], 'pipe'))
      },
      landed: (poolId) => {
        if (parts.pools.isWanted(poolId)) parts.pools.changed(parts.pools.get(poolId))
      },
    })
  }

  /** Drops, from time to time, what nobody goes on with: one host does it for a pool that several have open. */
  begin(): void {
    this.#sweeping = setInterval(() => void this.sweep(), SWEEP_MS).unref()
  }

  stop(): void {
    clearInterval(this.#sweeping)
  }

  async sweep(): Promise<void> {
    const { pools, log } = this.#parts
    for (const { poolId } of pools.list()) {
      const { wire } = pools.get(poolId)
      if (wire.engine !== 'image-files' || !wire.isKeeper) continue
      try {
        const dropped = await this.uploads.sweep(poolId, AbortSignal.timeout(SWEEP_MS))
        if (dropped > 0) log.info('uploads that nobody went on with were dropped', { poolId, dropped })
      } catch (error) {
        log.debug('unfinished uploads could not be looked for', { poolId, error })
      }
    }
  }

  /** One page of a directory. Throws `not_found`, `unsupported` for a pool without files, and what else looking may fail with. */
  async list({ poolId, path, from, limit }: z.infer<typeof ListFiles>, signal: AbortSignal): Promise<FileList> {
    const asked = { parts: partsOf(path), from, limit, headerBytes: HEADER_BYTES }
    return this.#with(poolId, LIST_MS, signal, async ({ root, door }) => {
      const script = programText(
        listDirectory,
        [{ root, ...asked }, readQcow2Header, imageKind, openBelow],
        [openBelow, imageKind, ...HEADER_PARTS],
      )
      const { stdout } = await door.runner.run('node', ['-e', script], { timeoutMs: LIST_MS })
      const { entries, ...rest } = readAnswer(stdout, ListedDirectory)
      return { entries: entries.map(entryOf), ...rest }
    })
  }

  /** Throws before the first byte what speaks against it. */
  async read({ poolId, path, offset, length }: z.infer<typeof ReadFile>, signal: AbortSignal): Promise<OpenedFile> {
    const { root, door } = await this.#enter(poolId, Number.POSITIVE_INFINITY, signal)
    const program = programText(printFile, [{ root, parts: partsOf(path), offset, length }, openBelow], [openBelow])
    const running = this.#transfer(poolId, door, () => door.runner.startPiped('node', ['-e', program], 'ignore'))
    try {
      const head = readAnswer(await firstLine(running.stdout, HEAD_MS), ReadHead)
      return { head, bytes: running.stdout, close: () => running.kill() }
    } catch (error) {
      running.kill()
      throw error
    }
  }

  /** Counts a program until it is gone. Throws `rate_limited` where too many run. */
  #transfer(poolId: string, door: Door, start: () => PipedProgram): PipedProgram {
    if (this.#transfers >= MOST_TRANSFERS) {
      throw new HoldfastError(
        'rate_limited',
        `This host hands on ${MOST_TRANSFERS} files already; try again in a moment.`,
      )
    }
    const running = start()
    this.#transfers++
    let isOver = false
    const over = () => {
      if (!isOver) this.#transfers--
      isOver = true
    }
    void running.ended.then(over)
    return {
      ...running,
      kill: () => {
        running.kill()
        this.#holdWhileStuck(poolId, door)
      },
    }
  }

  async #with<T>(
    poolId: string,
    limitMs: number,
    signal: AbortSignal,
    work: (entered: Entered) => Promise<T>,
  ): Promise<T> {
    const entered = await this.#enter(poolId, performance.now() + limitMs, signal)
    try {
      return await work(entered)
    } finally {
      this.#holdWhileStuck(poolId, entered.door)
    }
  }

  /** Throws why no file of the pool can be touched now. */
  async #enter(poolId: string, deadlineAt: number, signal: AbortSignal): Promise<Entered> {
    const { pools, doors } = this.#parts
    const pool = pools.get(poolId)
    pool.requireUsable()
    if (this.#stuck.has(poolId)) {
      throw new HoldfastError(
        'backend_unreachable',
        'The storage of the pool does not answer: what asked it before still waits.',
      )
    }
    const door = doors.door(poolId, deadlineAt, signal)
    doors.check(pool.wire, door.redactor)
    const { open } = await doors.place(pool.wire, door, signal)
    if (open.place.kind !== 'directory') {
      throw new HoldfastError('unsupported', 'A pool on this storage has no files: its volumes are disks of their own.')
    }
    return { root: open.place.path, door }
  }

  /** A killed process is gone in a moment, or its server is dead. */
  #holdWhileStuck(poolId: string, { runner }: Door): void {
    if (!runner.uncertain) return
    const gone = runner.settled()
    void atMost(GONE_MS, gone).then(() => {
      if (!runner.uncertain) return
      this.#stuck.add(poolId)
      void gone.then(() => this.#stuck.delete(poolId))
    })
  }
}

function partsOf(path: string): string[] {
  return path === '' ? [] : path.split('/')
}

function entryOf({
  name,
  kind,
  bytes,
  modifiedMs,
  format,
  header,
}: z.infer<typeof ListedDirectory>['entries'][number]): FileEntry {
  const known = kind === 'file' ? foreignFormat({ name, format }) : null
  return {
    name,
    kind,
    bytes: kind === 'file' ? bytes : null,
    modifiedAt: toldTime(modifiedMs),
    format: known,
    virtualBytes: known === 'raw' ? bytes : (header?.sizeBytes ?? null),
    backing: header?.backing ?? null,
  }
}
