import { Ended } from '@/testing/volume-engines/fake-ceph-command'
import { FAKE_BLOCK } from '@/testing/volume-engines/fake-device'

/** Blocks that were written, by their number; absent: zeros. */
type Blocks = Map<number, Uint8Array>

export interface Snapshot {
  name: string
  size: number
  blocks: Blocks
  isProtected: boolean
  /** Deleted, and kept for a clone; then it has no name that anybody can use. */
  inTrash: boolean
}

export interface Image {
  id: string
  name: string
  size: number
  blocks: Blocks
  snapshots: Snapshot[]
  parent: { image: Image; snapshot: Snapshot; format: 1 | 2 } | null
  meta: Map<string, string>
  inTrash: boolean
  /** Until then only `--force` removes it. */
  expiresAt: number
  watchers: string[]
}

const ZEROS = new Uint8Array(FAKE_BLOCK)

/** The images of a pool in memory: what holds what, what is kept for a clone, and what a machine reads and writes. */
export class FakeImages {
  readonly #byNamespace = new Map<string, Image[]>()
  #nextId = 0x1000

  /** Those of a namespace, as they are kept. */
  of(namespace: string): Image[] {
    const images = this.#byNamespace.get(namespace) ?? []
    this.#byNamespace.set(namespace, images)
    return images
  }

  /** All of a namespace, as another process has kept them. */
  replace(namespace: string, images: Image[]): void {
    this.#byNamespace.set(namespace, images)
    for (const { id } of images) this.#nextId = Math.max(this.#nextId, Number.parseInt(id, 16) + 1)
  }

  get storedBytes(): number {
    return [...this.#byNamespace.values()].flat().reduce((sum, image) => sum + usedBy(image), 0)
  }

  /** So many have been used. */
  get namespaces(): number {
    return this.#byNamespace.size
  }

  childrenOf(image: Image, snapshot?: Snapshot): Image[] {
    const isChild = ({ parent }: Image) =>
      parent?.image === image && (snapshot === undefined || parent.snapshot === snapshot)
    return [...this.#byNamespace.values()].flat().filter(isChild)
  }

  namespaceOf(image: Image): string {
    return [...this.#byNamespace].find(([, images]) => images.includes(image))?.[0] ?? ''
  }

  add(images: Image[], name: string, size: number): Image {
    if (images.some((one) => one.name === name && !one.inTrash)) {
      throw new Ended(17, `librbd: rbd image ${name} already exists\nrbd: create error: (17) File exists`)
    }
    const image: Image = {
      id: (this.#nextId++).toString(16),
      name,
      size,
      blocks: new Map(),
      snapshots: [],
      parent: null,
      meta: new Map(),
      inTrash: false,
      expiresAt: 0,
      watchers: [],
    }
    images.push(image)
    return image
  }

  forget(image: Image): void {
    const { parent } = image
    const images = this.#byNamespace.get(this.namespaceOf(image)) ?? []
    images.splice(images.indexOf(image), 1)
    image.parent = null
    if (parent !== null) this.forgetUnused(parent)
  }

  /** A snapshot that was deleted goes with its last clone. */
  forgetUnused({ image, snapshot }: NonNullable<Image['parent']>): void {
    if (!snapshot.inTrash || this.childrenOf(image, snapshot).length > 0) return
    image.snapshots.splice(image.snapshots.indexOf(snapshot), 1)
  }

  dropFrom(image: Image, snapshot: Snapshot): void {
    if (this.childrenOf(image, snapshot).length > 0) snapshot.inTrash = true
    else image.snapshots.splice(image.snapshots.indexOf(snapshot), 1)
  }

  // ---- what a machine does with an image

  #found(namespace: string, spec: string): { size: number; blocks: Blocks; image: Image } {
    const [name, snapshot] = spec.split('@')
    const image = this.#byNamespace.get(namespace)?.find((one) => one.name === name && !one.inTrash)
    const taken = snapshot === undefined ? image : image?.snapshots.find((one) => one.name === snapshot && !one.inTrash)
    if (image === undefined || taken === undefined)
      throw new Error(`error opening image ${spec}: No such file or directory`)
    return { size: taken.size, blocks: taken.blocks, image }
  }

  /** `spec`: the name of an image, or of a snapshot as `image@snapshot`. */
  read(namespace: string, spec: string, offset = 0, length?: number): Uint8Array {
    const { size, blocks } = this.#found(namespace, spec)
    const whole = new Uint8Array(length ?? size - offset)
    for (const [number, bytes] of blocks) {
      const at = number * FAKE_BLOCK - offset
      if (at >= 0 && at + bytes.length <= whole.length) whole.set(bytes, at)
    }
    return whole
  }

  /** `sparse`: zeros are not written. */
  write(namespace: string, name: string, offset: number, bytes: Uint8Array, sparse = false): void {
    const { blocks, size } = this.#found(namespace, name)
    if (offset + bytes.length > size) throw new Error('Input/output error')
    for (let at = 0; at < bytes.length; at += FAKE_BLOCK) {
      const block = bytes.slice(at, at + FAKE_BLOCK)
      if (!sparse || Buffer.compare(block, ZEROS.subarray(0, block.length)) !== 0)
        blocks.set((offset + at) / FAKE_BLOCK, block)
    }
  }

  import(namespace: string, name: string, bytes: Uint8Array): void {
    this.add(this.of(namespace), name, bytes.length)
    this.write(namespace, name, 0, bytes)
  }

  /** Gives the way to close it. */
  open(namespace: string, name: string): () => void {
    const { image } = this.#found(namespace, name)
    const address = `127.0.0.1:0/${this.#nextId++}`
    image.watchers.push(address)
    return () => void image.watchers.splice(image.watchers.indexOf(address), 1)
  }
}

/** Blocks of `now` that are not those of `before`. */
export function changed(before: Blocks, now: Blocks): number {
  return [...now].filter(([number, bytes]) => before.get(number) !== bytes).length
}

function usedBy({ blocks, parent }: Image): number {
  return changed(parent?.snapshot.blocks ?? new Map(), blocks) * FAKE_BLOCK
}
