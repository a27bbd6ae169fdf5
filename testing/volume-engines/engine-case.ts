import { expect } from 'vitest'
import type { SnapshotConsistency } from '@/lib/agent-protocol/pools'
import type { HoldfastError } from '@/lib/errors'
import type { EngineDescriptor, VolumeAct } from '@/lib/volume-engines/contract/descriptor'
import type {
  EngineContext,
  EngineTurn,
  NewVolume,
  OpenPool,
  SeenVolume,
  VolumeEngine,
} from '@/lib/volume-engines/contract/engine'
import type { PoolPlace } from '@/lib/volume-engines/contract/place'
import { testId } from '@/testing/ids'
import { type Interruption, Rehearsal, type RunProgram } from '@/testing/volume-engines/rehearsal'

/** One empty storage that a pool can be opened on, real or simulated, and what a test does to it behind the engine's back. */
export interface EngineRig<Place extends PoolPlace = PoolPlace> {
  place: Place
  context(): EngineContext
  runProgram: RunProgram
  /** As a machine that has the volume open would. Whole blocks of 512 bytes. */
  write(pool: OpenPool<Place>, volumeId: string, offset: number, bytes: Uint8Array): Promise<void>
  read(pool: OpenPool<Place>, volumeId: string, offset: number, length: number): Promise<Uint8Array>
  /** Puts a raw image there that we did not make. Gives its name, as a look tells it. */
  putForeign(content: Uint8Array): Promise<string>
  readForeign(name: string): Promise<Uint8Array>
  /** All that lies there, also what a look does not tell, one line each, sorted, with `*` in place of what is up to chance. */
  inventory(): Promise<string[]>
  /** Has the volume open, as a machine would; gives the way to close it. */
  hold?(pool: OpenPool<Place>, volumeId: string): Promise<() => Promise<void>>
  close(): Promise<void>
}

export interface EngineCase<Place extends PoolPlace = PoolPlace, Settings = Record<string, unknown>> {
  /** For the title, such as `thin volumes`. */
  what: string
  engine: VolumeEngine<Place, Settings>
  descriptor: EngineDescriptor
  settings: Settings
  /** What the tests create. At least 4 MiB. */
  volume: Omit<NewVolume, 'volumeId'>
  openRig(): Promise<EngineRig<Place>>
  /** Where each step is a program of its own: which interruptions every run of the tests tries. Absent: all of them. */
  everyRun?: 'cut off' | 'no interruptions'
}

export const POOL = testId('pool', 'one')
export const OTHER_POOL = testId('pool', 'two')
export const BLOCK = 4096

export const volumeId = (name: string) => testId('volume', name)
export const snapshotId = (name: string) => testId('snapshot', name)

/** A block that is full of one letter. */
export const block = (letter: string) => new Uint8Array(BLOCK).fill(letter.charCodeAt(0))

export const failureOf = (work: Promise<unknown>): Promise<HoldfastError> =>
  work.then(
    () => {
      throw new Error('It did not fail.')
    },
    (error: HoldfastError) => error,
  )

/** An engine with one pool that is open on one rig, in the words of a test. */
export class Workbench<Place extends PoolPlace, Settings> {
  readonly given: EngineCase<Place, Settings>
  readonly rig: EngineRig<Place>
  readonly pool: OpenPool<Place, Settings>

  constructor(given: EngineCase<Place, Settings>, rig: EngineRig<Place>) {
    this.given = given
    this.rig = rig
    this.pool = { poolId: POOL, place: rig.place, settings: given.settings }
  }

  get engine(): VolumeEngine<Place, Settings> {
    return this.given.engine
  }

  open(): Promise<void> {
    return this.engine.open(this.pool, true, this.rig.context())
  }

  /** Why these volumes cannot do it; null: they can. */
  refusal(act: VolumeAct): string | null {
    const { descriptor, settings, volume } = this.given
    return descriptor.refuses(act, volume, settings as never)
  }

  rehearse(): Rehearsal {
    return new Rehearsal({ context: () => this.rig.context(), runProgram: this.rig.runProgram })
  }

  /** One operation from its beginning to its end. */
  async turn<T>(work: (turn: EngineTurn) => Promise<T>, interruption: Interruption | null = null): Promise<T> {
    const rehearsal = this.rehearse()
    try {
      return await rehearsal.begin(work, interruption)
    } finally {
      rehearsal.close()
    }
  }

  create(name: string, more: Partial<NewVolume> = {}): Promise<void> {
    const volume = { ...this.given.volume, ...more, volumeId: volumeId(name) }
    return this.turn((turn) => this.engine.create(this.pool, volume, null, turn))
  }

  /** All of the content of another volume, or of something foreign. */
  async copy(name: string, of: Parameters<VolumeEngine<Place, Settings>['source']>[1]): Promise<void> {
    await this.turn((turn) => this.copyIn(turn, name, of))
  }

  async copyIn(
    turn: EngineTurn,
    name: string,
    of: Parameters<VolumeEngine<Place, Settings>['source']>[1],
  ): Promise<void> {
    const content = await this.engine.source(this.pool, of, turn)
    try {
      const { granule } = this.given.descriptor
      const unit = granule(this.given.settings as never)
      const sizeBytes = Math.ceil(content.sizeBytes / unit) * unit
      await this.engine.create(this.pool, { ...this.given.volume, volumeId: volumeId(name), sizeBytes }, content, turn)
    } finally {
      await content.done?.(turn)
    }
  }

  clone(name: string, of: string, snapshot: string | null = null): Promise<void> {
    const source = { volumeId: volumeId(of), snapshotId: snapshot === null ? null : snapshotId(snapshot) }
    return this.turn((turn) => this.engine.clone(this.pool, volumeId(name), source, turn))
  }

  snapshot(name: string, snapshot: string): Promise<SnapshotConsistency> {
    return this.turn((turn) => this.engine.snapshot(this.pool, volumeId(name), snapshotId(snapshot), turn))
  }

  restore(name: string, snapshot: string): Promise<void> {
    return this.turn((turn) => this.engine.restore(this.pool, volumeId(name), snapshotId(snapshot), turn))
  }

  deleteSnapshot(name: string, snapshot: string): Promise<void> {
    return this.turn((turn) => this.engine.deleteSnapshot(this.pool, volumeId(name), snapshotId(snapshot), turn))
  }

  grow(name: string, sizeBytes: number): Promise<void> {
    return this.turn((turn) => this.engine.grow(this.pool, volumeId(name), sizeBytes, turn))
  }

  flatten(name: string): Promise<void> {
    return this.turn((turn) => this.engine.flatten(this.pool, volumeId(name), turn))
  }

  trash(name: string): Promise<void> {
    return this.turn((turn) => this.engine.trash(this.pool, volumeId(name), turn))
  }

  untrash(name: string): Promise<void> {
    return this.turn((turn) => this.engine.untrash(this.pool, volumeId(name), turn))
  }

  purge(name: string): Promise<void> {
    return this.turn((turn) => this.engine.purge(this.pool, volumeId(name), turn))
  }

  adopt(name: string, foreign: string): Promise<void> {
    return this.turn((turn) => this.engine.adopt(this.pool, foreign, volumeId(name), turn))
  }

  find(name: string): Promise<SeenVolume | null> {
    return this.engine.find(this.pool, volumeId(name), this.rig.context())
  }

  /** Throws when it is not there. */
  async seen(name: string): Promise<SeenVolume> {
    const found = await this.find(name)
    if (found === null) throw new Error(`The volume ${name} is not there.`)
    return found
  }

  look() {
    return this.engine.look(this.pool, true, this.rig.context())
  }

  /** The block with this number is full of this letter from now on. */
  async write(name: string, number: number, letter: string): Promise<void> {
    const pool = this.pool as OpenPool<Place>
    await this.rig.write(pool, volumeId(name), number * BLOCK, block(letter))
  }

  /** The first letter of each of the first blocks, after a look whether each is full of it; `.` for zeros. */
  async letters(name: string, count = 4): Promise<string> {
    const pool = this.pool as OpenPool<Place>
    const bytes = await this.rig.read(pool, volumeId(name), 0, count * BLOCK)
    expect(bytes).toHaveLength(count * BLOCK)
    return Array.from({ length: count }, (_none, number) => {
      const one = bytes.subarray(number * BLOCK, (number + 1) * BLOCK)
      return one.every((byte) => byte === one[0]) ? String.fromCharCode(one[0] || 46) : '?'
    }).join('')
  }
}
