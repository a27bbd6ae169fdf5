import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { PipedProgram } from '@/agent/host/exec/run'
import type { FinishUpload, UploadState, WriteUpload } from '@/lib/agent-protocol/files'
import { isOwnName } from '@/lib/agent-protocol/own-names'
import { HoldfastError } from '@/lib/errors'
import { atMost } from '@/lib/pause'
import { programText } from '@/lib/program-text'
import { pump } from '@/lib/pump'
import { formatBytes } from '@/lib/units'
import { errnoError } from '@/lib/volume-engines/image-files/child-answer'
import { EXPORTS, UPLOADS } from '@/lib/volume-engines/image-files/layout'
import { openBelow } from '@/lib/volume-engines/image-files/open-below'
import { firstLine } from './first-line'
import {
  type BeginAsked,
  beginUpload,
  dropUploads,
  finishUpload,
  lookAtUpload,
  UPLOAD_PARTS,
  writeUpload,
} from './upload-programs'

/** One that nobody touches for so long goes. */
const KEPT_MS = 24 * 60 * 60_000
const STEP_MS = 30_000
const HEAD_MS = 20_000
/** After the last byte, until all of them are on the disk. */
const SYNC_MS = 120_000
/** A sender that sends nothing for this long has gone. */
const IDLE_MS = 60_000
/** How long an answer waits for the end of a large one, which goes on without it. */
const FINISH_WAIT_MS = 15_000

const Told = z.object({ offset: z.int(), bytes: z.int(), sha256: z.string().nullable() })
type Told = z.infer<typeof Told>
const Failed = z.object({ errno: z.string(), what: z.string(), size: z.number().optional() })

/** How the files of a pool are reached, see `PoolFiles`. */
export interface UploadGround {
  /** Runs a short program at the pool. */
  run(poolId: string, program: (root: string) => string, limitMs: number, signal: AbortSignal): Promise<string>
  /** Starts one that takes bytes, or that takes long. */
  start(poolId: string, program: (root: string) => string, signal: AbortSignal): Promise<PipedProgram>
  /** A file has got its name. */
  landed(poolId: string): void
}

interface Writing {
  stop: AbortController
  ended: Promise<unknown>
}

/**
 * Files on their way into pools. What has come of one lies in a directory of its own, which nobody sees, until all of it is there and has
 * the checksum that was promised; then it gets its name in one moment, where nothing may be. All of it can be asked again after a restart.
 */
export class Uploads {
  readonly #ground: UploadGround
  readonly #writing = new Map<string, Writing>()
  readonly #finishing = new Map<string, Promise<UploadState>>()

  constructor(ground: UploadGround) {
    this.#ground = ground
  }

  /** Throws `payload_too_large` with the figures, and `conflict` where something of that name is. */
  async begin(
    { poolId, uploadId, path, bytes }: { poolId: string; uploadId: string; path: string; bytes: number },
    signal: AbortSignal,
  ): Promise<UploadState> {
    const target = path.split('/')
    requireOpenPlace(target)
    await this.sweep(poolId, signal)
    const asked: Omit<BeginAsked, 'root'> = { place: [UPLOADS, uploadId], target, bytes }
    await this.#ask(poolId, (root) => text(beginUpload, { root, ...asked }), z.null(), signal)
    return { offset: 0, state: 'open', sha256: null }
  }

  /** Throws `not_found` for one that was never begun, or was dropped. */
  async look({ poolId, uploadId }: Ref, signal: AbortSignal): Promise<UploadState> {
    const told = await this.#ask(
      poolId,
      (root) => text(lookAtUpload, { root, place: [UPLOADS, uploadId] }),
      Told,
      signal,
    )
    return stateOf(told, this.#finishing.has(uploadId))
  }

  /**
   * Takes bytes behind those that are there. A sender that has come back takes over from its former connection. What arrived before a
   * connection broke stays, unless a checksum was promised for all of it. Throws `conflict` for another offset, `checksum_mismatch`.
   */
  async write(asked: z.output<typeof WriteUpload>, body: Readable, signal: AbortSignal): Promise<UploadState> {
    const { uploadId } = asked
    const former = this.#writing.get(uploadId)
    former?.stop.abort(new HoldfastError('stale', 'The sender has begun again.'))
    await former?.ended
    if (this.#finishing.has(uploadId)) throw new HoldfastError('conflict', 'All of it is there already.')
    const stop = new AbortController()
    const work = this.#write(asked, body, AbortSignal.any([signal, stop.signal]))
    const writing: Writing = { stop, ended: work.catch(() => undefined) }
    this.#writing.set(uploadId, writing)
    try {
      return await work
    } finally {
      if (this.#writing.get(uploadId) === writing) this.#writing.delete(uploadId)
    }
  }

  async #write(asked: z.output<typeof WriteUpload>, body: Readable, signal: AbortSignal): Promise<UploadState> {
    const { poolId, uploadId, offset, length, checksum } = asked
    const place = [UPLOADS, uploadId]
    const running = await this.#ground.start(
      poolId,
      (root) => text(writeUpload, { root, place, offset, length, checksum }),
      signal,
    )
    try {
      parse(await firstLine(running.stdout, HEAD_MS), Told)
      // What was cut off is known by what is there at the end.
      const { stdin } = running
      if (stdin === null) throw new HoldfastError('internal', 'A child of ours takes nothing.')
      await pump(body, stdin, { idleMs: IDLE_MS, signal }).catch(() => stdin.destroy())
      return stateOf(parse(await firstLine(running.stdout, SYNC_MS), Told), false)
    } finally {
      running.kill()
      await atMost(HEAD_MS, running.ended)
    }
  }

  /** What is large takes its time, and goes on when this has answered: ask again. Throws `checksum_mismatch`, `conflict`. */
  async finish({ poolId, uploadId, sha256 }: z.output<typeof FinishUpload>, signal: AbortSignal): Promise<UploadState> {
    const known = this.#finishing.get(uploadId)
    const work = known ?? this.#finish({ poolId, uploadId, sha256 })
    if (known === undefined) {
      this.#finishing.set(uploadId, work)
      const over = () => void this.#finishing.delete(uploadId)
      work.then(over, over)
    }
    let ended: UploadState | undefined
    const done = work.then((state) => {
      ended = state
    })
    await atMost(FINISH_WAIT_MS, done)
    return ended ?? { ...(await this.look({ poolId, uploadId }, signal)), state: 'finishing' }
  }

  async #finish({ poolId, uploadId, sha256 }: z.output<typeof FinishUpload>): Promise<UploadState> {
    const running = await this.#ground.start(
      poolId,
      (root) => text(finishUpload, { root, place: [UPLOADS, uploadId], sha256 }),
      new AbortController().signal,
    )
    try {
      const state = stateOf(parse(await firstLine(running.stdout, KEPT_MS), Told), false)
      this.#ground.landed(poolId)
      return state
    } finally {
      running.kill()
    }
  }

  /** Not there: done. */
  async drop({ poolId, uploadId }: Ref, signal: AbortSignal): Promise<void> {
    const writing = this.#writing.get(uploadId)
    writing?.stop.abort(new HoldfastError('cancelled', 'The upload was dropped.'))
    await writing?.ended
    const asked = { place: [UPLOADS, uploadId], before: null }
    await this.#ask(poolId, (root) => text(dropUploads, { root, ...asked }), z.int(), signal)
  }

  /** Drops those that nobody has touched for a day. Returns how many. */
  async sweep(poolId: string, signal: AbortSignal): Promise<number> {
    const before = Date.now() - KEPT_MS
    let dropped = 0
    for (const place of [UPLOADS, EXPORTS]) {
      dropped += await this.#ask(poolId, (root) => text(dropUploads, { root, place: [place], before }), z.int(), signal)
    }
    return dropped
  }

  async #ask<T>(
    poolId: string,
    program: (root: string) => string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return parse(await this.#ground.run(poolId, program, STEP_MS, signal), schema)
  }
}

type Ref = { poolId: string; uploadId: string }

function text<A extends { root: string }>(program: (asked: A, open: typeof openBelow) => void, asked: A): string {
  return programText(program, [asked, openBelow], [openBelow, ...UPLOAD_PARTS])
}

function stateOf({ offset, bytes, sha256 }: Told, isFinishing: boolean): UploadState {
  if (sha256 !== null) return { offset, state: 'done', sha256 }
  return { offset, state: isFinishing && offset === bytes ? 'finishing' : 'open', sha256: null }
}

/** What Holdfast itself keeps in a pool is no place for files of others. */
function requireOpenPlace([first = '', ...below]: readonly string[]): void {
  if (!isOwnName(first)) return
  const path = [first, ...below].join('/')
  throw new HoldfastError('invalid_input', `${path} is where Holdfast keeps its volumes; choose another place.`, {
    fields: [{ field: 'path', message: 'Choose another place.' }],
  })
}

function parse<T>(line: string, schema: z.ZodType<T>): T {
  const said: unknown = JSON.parse(line)
  const failed = Failed.safeParse(said)
  if (failed.success) throw failureOf(failed.data)
  return z.object({ ok: schema }).parse(said).ok
}

function failureOf({ errno, what, size = 0 }: z.infer<typeof Failed>): HoldfastError {
  switch (errno) {
    case 'EOFFSET':
      return new HoldfastError('conflict', `${size} bytes of this upload are there; go on behind them.`, {
        details: { offset: size },
      })
    case 'ETOOMUCH':
      return new HoldfastError('payload_too_large', `This upload was to have ${size} bytes, and more of it came.`)
    case 'ENOROOM':
      return new HoldfastError('payload_too_large', `The pool has ${formatBytes(size)} left, and this file has more.`, {
        recovery: 'Free some space in the pool, or choose another one.',
      })
    case 'ECHECKSUM':
      return new HoldfastError('checksum_mismatch', 'What came does not have the checksum that was promised.', {
        details: { offset: size },
      })
    case 'EDIGEST':
      return new HoldfastError(
        'checksum_mismatch',
        `The file has the SHA-256 ${what}, and not the one that was promised.`,
      )
    case 'EEXIST':
      return new HoldfastError('conflict', 'Something of that name is in the pool already.', {
        recovery: 'Choose another name.',
      })
    default:
      return errnoError(errno, what)
  }
}
