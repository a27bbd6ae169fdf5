import type { Redactor } from '@/agent/host/exec/redact'
import { checkGuard } from '@/agent/host/mounting/guard'
import { isWithin, readMounts } from '@/agent/host/mounting/mountinfo'
import type { Places } from '@/agent/host/mounting/places'
import type { ObservedMount, WireBackend, WireMount } from '@/lib/agent-protocol/messages'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { ManagedMount, type OpenedBackend } from './managed-mount'
import type { DesiredMount } from './mount-documents'

/** Parses with the driver's own schemas, checks the policy's list of types, makes the secrets known to the redactor. */
export type BackendOpener = (backend: WireBackend, redactor: Redactor) => OpenedBackend

/** The mounts of this host as they are now, in memory; tells listeners what changed. */
export class MountTable {
  readonly #log: Log
  readonly #open: BackendOpener
  readonly #places: Places
  readonly #mounts = new Map<string, ManagedMount>()
  readonly #listeners = new Set<(changed: readonly ObservedMount[], gone: readonly string[]) => void>()
  readonly #shown = new Map<string, string>()
  /** Called when mounts are wanted at other places than before. */
  onPlaces: (paths: readonly string[]) => void = () => undefined
  /** Called for each mount after it was compared with mountinfo. */
  onObserved: (mount: ManagedMount) => void = () => undefined

  constructor(open: BackendOpener, places: Places, log: Log) {
    this.#open = open
    this.#places = places
    this.#log = log
  }

  all(): ManagedMount[] {
    return [...this.#mounts.values()]
  }

  get(id: string): ManagedMount | undefined {
    return this.#mounts.get(id)
  }

  at(path: string): ManagedMount | undefined {
    return this.all().find((mount) => mount.path === path)
  }

  views(): ObservedMount[] {
    return this.all().map((mount) => mount.view())
  }

  subscribe(listener: (changed: readonly ObservedMount[], gone: readonly string[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes in what is wanted now. */
  want(desired: DesiredMount): ManagedMount {
    const known = this.#mounts.get(desired.document.mountId)
    known?.want(desired)
    const mount = known ?? new ManagedMount(desired)
    mount.openedBefore = mount.previous === null ? null : this.#openQuietly(mount.previous.backend, mount.redactor)
    this.#mounts.set(mount.id, mount)
    this.onPlaces(this.#mountPoints())
    return mount
  }

  drop(id: string): void {
    this.#mounts.delete(id)
    this.#shown.delete(id)
    this.onPlaces(this.#mountPoints())
    for (const listener of this.#listeners) listener([], [id])
  }

  /** Without those that nothing of ours may be at. */
  #mountPoints(): string[] {
    return this.all()
      .map((mount) => mount.path)
      .filter((path) => this.#places.find(path) !== null)
  }

  /**
   * Throws `policy_denied` for a mountpoint that this host does not allow. What is to be unmounted may also be where we have mounted
   * before, and where it was wanted before: a policy that has become narrower keeps nothing from going.
   */
  checkAllowed({ mountId, mountPoint, desiredState }: WireMount): void {
    if (desiredState === 'mounted') this.#places.allow(mountPoint)
    else if (this.get(mountId)?.path !== mountPoint) this.#places.touch(mountPoint)
  }

  /** Throws `conflict` for a mountpoint in, around or at that of another mount. */
  checkPlace(document: WireMount): void {
    for (const other of this.#mounts.values()) {
      if (other.id === document.mountId) continue
      if (!isWithin(document.mountPoint, other.path) && !isWithin(other.path, document.mountPoint)) continue
      throw new HoldfastError(
        'conflict',
        `${document.mountPoint} overlaps with ${other.path}, another mount of this host.`,
        {
          fields: [{ field: 'mountPoint', message: 'Choose a directory that no other mount is in or around.' }],
          details: { mountId: other.id },
        },
      )
    }
  }

  observeAll(): void {
    const mounts = readMounts()
    for (const mount of this.#mounts.values()) this.observe(mount, mounts)
    this.tell(this.all())
  }

  observe(mount: ManagedMount, mounts = readMounts()): void {
    mount.observe(mounts, this.opened(mount))
    this.onObserved(mount)
  }

  /** The backend with its driver; null, with a warning once, when this agent cannot serve it. */
  opened(mount: ManagedMount): OpenedBackend | null {
    if (mount.opened !== null) return mount.opened
    try {
      mount.opened = this.#open(mount.document.backend, mount.redactor)
    } catch (error) {
      const { code, message } = toHoldfastError(error)
      if (mount.error?.message !== message)
        this.#log.warn('a wanted mount cannot be served', { mountId: mount.id, code, message })
      mount.error ??= { code, message }
    }
    return mount.opened
  }

  #openQuietly(backend: WireBackend, redactor: Redactor): OpenedBackend | null {
    try {
      return this.#open(backend, redactor)
    } catch {
      return null
    }
  }

  /** Looks whether the directory under an absent mount still refuses writes. */
  lookAtGuard(mount: ManagedMount): void {
    try {
      const place = this.#places.owned(mount.path)
      const state = place === null ? 'missing' : checkGuard(place)
      mount.guard = state === 'missing' ? 'unknown' : state
    } catch {
      mount.guard = 'unknown'
    }
  }

  /** Hands the mounts that look different from last time to the listeners. */
  tell(mounts: readonly ManagedMount[]): void {
    const changed: ObservedMount[] = []
    for (const mount of mounts) {
      if (!this.#mounts.has(mount.id)) continue
      const view = mount.view()
      const text = JSON.stringify({ ...view, observedAt: null })
      if (this.#shown.get(mount.id) === text) continue
      this.#shown.set(mount.id, text)
      changed.push(view)
    }
    if (changed.length === 0) return
    for (const listener of this.#listeners) listener(changed, [])
  }
}
