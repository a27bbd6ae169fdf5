import type { EngineContext, EngineTurn } from '@/lib/volume-engines/contract/engine'
import { volumeExists } from '@/lib/volume-engines/contract/refusals'
import { change } from '@/lib/volume-engines/image-files/change'
import { isGone, isTaken } from '@/lib/volume-engines/image-files/child-answer'
import {
  diskFile,
  newToken,
  stagingDirectory,
  VOLUME_MARK,
  volumeDirectory,
} from '@/lib/volume-engines/image-files/layout'
import { parseVolumeMark, type VolumeMark, volumeMark } from '@/lib/volume-engines/image-files/mark'
import { chainsOf, type Pool } from '@/lib/volume-engines/image-files/pool'

type Shape = Pick<VolumeMark, 'format' | 'provisioning'>

/**
 * A volume that is being made: in a directory of its own, whose name nobody else gives, until it is whole and gets its place at once. So
 * nothing is ever made over something else, and a volume that can be seen is complete.
 */
export class Staging {
  readonly #pool: Pool
  readonly #volumeId: string
  /** Of the operation that makes it. */
  readonly token: string
  readonly #shape: Shape

  private constructor(pool: Pool, volumeId: string, token: string, shape: Shape) {
    this.#pool = pool
    this.#volumeId = volumeId
    this.token = token
    this.#shape = shape
  }

  static async claim(pool: Pool, volumeId: string, shape: Shape, turn: EngineTurn): Promise<Staging> {
    const token = await turn.step('claim', async () => newToken())
    return new Staging(pool, volumeId, token, shape)
  }

  /** Below the pool. */
  get directory(): string {
    return stagingDirectory(this.token)
  }

  /** Below the pool. */
  get disk(): string {
    return `${this.directory}/${diskFile(this.#shape.format)}`
  }

  /** Absolute. */
  get path(): string {
    return `${this.#pool.place.path}/${this.disk}`
  }

  /** Begins anew, whatever is there of it. Throws `conflict` where the volume is there already, in the trash too. */
  async begin(context: EngineContext): Promise<void> {
    const mark: VolumeMark = {
      volume: this.#volumeId,
      pool: this.#pool.poolId,
      ...this.#shape,
      createdAt: new Date().toISOString(),
      made: this.token,
    }
    try {
      await this.#change(context, [
        { do: 'require pool', pool: this.#pool.poolId },
        { do: 'require absent', path: volumeDirectory(this.#volumeId, false) },
        { do: 'require absent', path: volumeDirectory(this.#volumeId, true) },
        { do: 'remove', path: this.directory },
        { do: 'make directory', path: this.directory },
        { do: 'write', path: `${this.directory}/${VOLUME_MARK}`, text: volumeMark(mark) },
      ])
    } catch (error) {
      throw isTaken(error) ? volumeExists(this.#volumeId) : error
    }
  }

  /** The last step: it gets its place. */
  async publish(turn: EngineTurn): Promise<void> {
    await turn.step('publish', async () => {
      try {
        await this.#change(turn, [
          { do: 'mode', path: this.disk, mode: 0o644 },
          { do: 'sync', path: this.directory },
          { do: 'move', path: this.directory, to: this.#volumeId },
        ])
      } catch (error) {
        // Cut off after it was done.
        if (!(await this.#isPublished(turn))) throw error
      }
    })
  }

  /** Nothing is left of it; `rescue`: the disk is not ours alone, and gets this place below the pool first. */
  async takeBack(context: EngineContext, rescue?: string): Promise<void> {
    if (await this.#isPublished(context)) {
      await this.#change(context, [{ do: 'move', path: this.#volumeId, to: this.directory }])
    }
    if (rescue !== undefined) await this.#rescue(context, rescue)
    await this.#change(context, [{ do: 'remove', path: this.directory }])
  }

  async #rescue(context: EngineContext, place: string): Promise<void> {
    try {
      await this.#change(context, [{ do: 'move', path: this.disk, to: place }])
    } catch (error) {
      // It was never moved. Anything else must not be followed by a removal.
      if (!isGone(error)) throw error
    }
  }

  async #isPublished(context: EngineContext): Promise<boolean> {
    const chains = await chainsOf(this.#pool, [this.#volumeId], context)
    const mark = chains.directory(this.#volumeId)?.mark ?? null
    return parseVolumeMark(mark, this.#volumeId, this.#pool.poolId)?.made === this.token
  }

  #change(context: EngineContext, changes: Parameters<typeof change>[1]): Promise<void> {
    return change(this.#pool.place.path, changes, context)
  }
}
