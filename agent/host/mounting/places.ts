import { fstatSync } from 'node:fs'
import { HoldfastError } from '@/lib/errors'
import { isWithin, readMounts } from './mountinfo'
import { assertPlainPath, treeShownAt } from './paths'
import { type PlaceRecord, type PlaceRecords, RememberedPlaces } from './place-records'

/**
 * The right to touch one path. Only `Places` makes one, from the policy or from the journal; whatever mounts, unmounts, guards or
 * removes takes one instead of a path, so that no caller can forget to ask.
 */
class Place {
  readonly path: string
  readonly #records: PlaceRecords

  constructor(path: string, records: PlaceRecords) {
    this.path = path
    this.#records = records
  }

  get record(): PlaceRecord | null {
    return this.#records.find(this.path)
  }

  /** Is what is held the directory that the journal speaks of? */
  proves(fd: number): boolean {
    const { record } = this
    if (record === null || record.origin === 'adopted') return false
    // We were about to make it: a directory that nobody may enter is what we make, and nobody else.
    if (record.identity === null) return (fstatSync(fd).mode & 0o7777) === 0
    return record.identity === identityOf(fd)
  }

  protected write(record: Omit<PlaceRecord, 'path'>): void {
    this.#records.write({ path: this.path, ...record })
  }

  protected forget(): void {
    this.#records.forget(this.path)
  }
}

/** The policy of this host allows a mount of ours here. */
class AllowedPlace extends Place {
  readonly right = 'policy'

  /** To be called before the directory is made. */
  noteMaking(): void {
    this.write({ origin: 'made', identity: null, mode: null })
  }

  /** It could not be made. */
  noteNotMade(): void {
    this.forget()
  }

  noteMade(fd: number): void {
    this.write({ origin: 'made', identity: identityOf(fd), mode: null })
  }

  /** To be called before it is changed. `mode`: what it has; null when nothing will be changed. */
  noteFound(fd: number, mode: number | null): void {
    this.write({ origin: 'found', identity: identityOf(fd), mode })
  }

  /** Somebody else's mount here is ours from now on. */
  noteAdopted(): void {
    if (this.record === null) this.write({ origin: 'adopted', identity: null, mode: null })
  }
}

/** The journal proves that this agent has acted here: what it made may be taken away, whatever the policy says by now. */
class OwnedPlace extends Place {
  readonly right = 'journal'

  /** The directory is gone or given back. */
  noteGone(): void {
    this.forget()
  }
}

export type { AllowedPlace, OwnedPlace }
export type TouchablePlace = AllowedPlace | OwnedPlace

export interface PlacePolicy {
  /** By its name alone. Throws `policy_denied`. */
  checkMountPoint(path: string): void
  /** Trees that nothing is mounted in, by whatever name they can be reached. */
  closedToMounts(): readonly string[]
}

/** Who may touch which path: the one maker of `AllowedPlace` and `OwnedPlace`. */
export class Places {
  readonly #policy: () => PlacePolicy
  readonly #records: PlaceRecords
  readonly #scratch: string
  readonly #scratchRecords = new RememberedPlaces()

  /** Below `scratch`, a directory of the agent itself, everything is allowed and nothing outlives the agent. */
  constructor(parts: { policy: () => PlacePolicy; records: PlaceRecords; scratch: string }) {
    this.#policy = parts.policy
    this.#records = parts.records
    this.#scratch = parts.scratch
  }

  /** Throws `policy_denied` where this host allows no mounts, `invalid_input` for what is no plain path. */
  allow(path: string): AllowedPlace {
    assertPlainPath('mountPoint', path)
    if (!this.#isScratch(path)) this.#check(path)
    return new AllowedPlace(path, this.#recordsOf(path))
  }

  /** Null where this agent has never acted. */
  owned(path: string): OwnedPlace | null {
    const place = new OwnedPlace(path, this.#recordsOf(path))
    return place.record === null ? null : place
  }

  /** Everything outside the scratch directory whose path begins like this and where this agent has acted. */
  ownedBelow(beginning: string): OwnedPlace[] {
    const paths = this.#records.paths().filter((path) => path.startsWith(beginning))
    return paths.map((path) => new OwnedPlace(path, this.#records))
  }

  /** For taking something away. Null: neither does the journal know this place nor does the policy allow it. */
  find(path: string): TouchablePlace | null {
    return this.owned(path) ?? this.ifAllowed(path)
  }

  /** As `allow`; null where the policy allows no mounts. */
  ifAllowed(path: string): AllowedPlace | null {
    try {
      return this.allow(path)
    } catch (error) {
      if (error instanceof HoldfastError) return null
      throw error
    }
  }

  /** As `find`; throws what the policy says where it finds none. */
  touch(path: string): TouchablePlace {
    return this.owned(path) ?? this.allow(path)
  }

  #check(path: string): void {
    const policy = this.#policy()
    policy.checkMountPoint(path)
    const alias = treeShownAt(readMounts(), path, policy.closedToMounts())
    if (alias === undefined) return
    const message = `${path} shows ${alias}, where nothing is mounted; choose another mountpoint.`
    throw new HoldfastError('policy_denied', message, { details: { policy: 'mountRoots' } })
  }

  #isScratch(path: string): boolean {
    return path !== this.#scratch && isWithin(path, this.#scratch)
  }

  #recordsOf(path: string): PlaceRecords {
    return this.#isScratch(path) ? this.#scratchRecords : this.#records
  }
}

/** The time of birth is never given twice; the number of an inode is, often to the next directory that is made. */
function identityOf(fd: number): string {
  const { birthtimeNs, ino } = fstatSync(fd, { bigint: true })
  return birthtimeNs > 0n ? `born ${birthtimeNs}` : `inode ${ino}`
}
