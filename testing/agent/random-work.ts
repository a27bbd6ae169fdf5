import type { VolumeFormat, VolumeWork } from '@/lib/agent-protocol/pools'
import { testId } from '@/testing/ids'

const MOST_VOLUMES = 8
const MOST_SNAPSHOTS = 3

interface Modelled {
  /** In units. */
  size: number
  isTrashed: boolean
  snapshots: { name: string; isUsed: boolean }[]
  /** Volumes that something of it lies on. */
  bases: Set<string>
}

/** What a volume must be when all that was asked for is done. */
export interface ExpectedVolume {
  volumeId: string
  state: 'present' | 'trashed'
  sizeBytes: number
  snapshotIds: string[]
}

/** How volumes of an engine are. */
export interface RandomVolumes {
  /** Bytes that sizes are counted in. */
  unit: number
  format: VolumeFormat
  /** A clone needs what it came from, until it is flattened. */
  isTied: boolean
  /** The program that flattens reaches the storage, which it does not where that is in the memory of the agent. */
  flattens: boolean
}

/** Volumes as they should be, and work that is allowed on them, by chance. */
export class RandomWork {
  readonly #random: () => number
  readonly #given: RandomVolumes
  readonly #volumes = new Map<string, Modelled>()
  #names = 0

  /** `random`: from 0 up to 1. */
  constructor(random: () => number, given: RandomVolumes) {
    this.#random = random
    this.#given = given
  }

  /** One more piece of work, which counts as done from here on. */
  next(): { volumeId: string; work: VolumeWork } {
    const possible = [...this.#volumes].flatMap(([name, volume]) => this.#possible(name, volume))
    const maker = this.#volumes.size < MOST_VOLUMES ? [() => this.#create()] : []
    const { volumeId, work } = pick([...maker, ...maker, ...possible], this.#random)()
    return { volumeId, work }
  }

  expected(): ExpectedVolume[] {
    const all = [...this.#volumes].map(([name, { isTrashed, size, snapshots }]) => ({
      volumeId: testId('volume', name),
      state: isTrashed ? ('trashed' as const) : ('present' as const),
      sizeBytes: size * this.#given.unit,
      snapshotIds: snapshots.map((one) => testId('snapshot', one.name)).sort(),
    }))
    return all.sort((one, other) => (one.volumeId < other.volumeId ? -1 : 1))
  }

  #create() {
    const name = this.#name()
    const { unit, format } = this.#given
    this.#volumes.set(name, { size: 1, isTrashed: false, snapshots: [], bases: new Set() })
    const empty = { do: 'create', sizeBytes: unit, format, provisioning: 'thin', content: null } as const
    return asked(name, empty)
  }

  #possible(name: string, volume: Modelled) {
    const hasChildren = [...this.#volumes.values()].some(({ bases }) => bases.has(name))
    if (volume.isTrashed) {
      const back = () => this.#change(name, { isTrashed: false }, { do: 'untrash' })
      return [back, () => this.#purge(name)]
    }
    const acts = [() => this.#grow(name, volume.size + 1)]
    if (this.#volumes.size < MOST_VOLUMES) acts.push(() => this.#clone(name, volume))
    if (volume.snapshots.length < MOST_SNAPSHOTS) acts.push(() => this.#snapshot(name, volume))
    if (this.#given.flattens && volume.bases.size > 0)
      acts.push(() => this.#change(name, { bases: new Set() }, { do: 'flatten' }))
    if (!hasChildren) acts.push(() => this.#change(name, { isTrashed: true }, { do: 'trash' }))
    const last = volume.snapshots.at(-1)
    if (last !== undefined && !last.isUsed) acts.push(() => this.#dropSnapshot(name, volume, last.name))
    return acts
  }

  #grow(name: string, size: number) {
    return this.#change(name, { size }, { do: 'grow', sizeBytes: size * this.#given.unit })
  }

  #clone(of: string, from: Modelled) {
    const name = this.#name()
    const snapshot = this.#random() < 0.5 ? undefined : from.snapshots.at(-1)
    const { unit, isTied } = this.#given
    if (snapshot !== undefined && isTied) snapshot.isUsed = true
    // Its disk may have grown since.
    const kept = snapshot === undefined ? from.size : Number(snapshot.name.split('-')[1])
    const larger = this.#random() < 0.5 ? 0 : 1
    const bases = new Set(isTied ? [of] : [])
    this.#volumes.set(name, { size: kept + larger, isTrashed: false, snapshots: [], bases })
    const snapshotId = snapshot === undefined ? null : testId('snapshot', snapshot.name)
    const size = larger === 0 ? {} : { sizeBytes: (kept + larger) * unit }
    return asked(name, { do: 'clone', of: { volumeId: testId('volume', of), snapshotId }, ...size })
  }

  #snapshot(name: string, volume: Modelled) {
    const taken = `${this.#name()}-${volume.size}`
    volume.snapshots.push({ name: taken, isUsed: false })
    return asked(name, { do: 'snapshot', snapshotId: testId('snapshot', taken) })
  }

  #dropSnapshot(name: string, volume: Modelled, dropped: string) {
    volume.snapshots = volume.snapshots.filter((one) => one.name !== dropped)
    return asked(name, { do: 'deleteSnapshot', snapshotId: testId('snapshot', dropped) })
  }

  #purge(name: string) {
    this.#volumes.delete(name)
    return asked(name, { do: 'purge' })
  }

  #change(name: string, change: Partial<Modelled>, work: VolumeWork) {
    Object.assign(this.#volumes.get(name) ?? {}, change)
    return asked(name, work)
  }

  #name(): string {
    return `r${this.#names++}`
  }
}

function asked(name: string, work: VolumeWork) {
  return { volumeId: testId('volume', name), work }
}

function pick<T>(all: readonly T[], random: () => number): T {
  const one = all[Math.floor(random() * all.length)]
  if (one === undefined) throw new Error('There is nothing to choose from.')
  return one
}
