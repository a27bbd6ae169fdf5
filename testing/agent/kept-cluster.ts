import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { EngineHost } from '@/lib/volume-engines/contract/engine'
import type { RbdPlace } from '@/lib/volume-engines/contract/place'
import { keptBetweenCommands } from '@/testing/agent/kept-host'
import { FakeCeph } from '@/testing/volume-engines/fake-ceph'
import type { Image } from '@/testing/volume-engines/fake-ceph-images'
import { fakeCephRig } from '@/testing/volume-engines/fake-ceph-rig'

const Kept = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    size: z.number(),
    snapshots: z.array(
      z.object({ name: z.string(), size: z.number(), isProtected: z.boolean(), inTrash: z.boolean() }),
    ),
    /** `snapshot`: its place among those of the image. */
    parent: z
      .object({ id: z.string(), snapshot: z.number(), format: z.union([z.literal(1), z.literal(2)]) })
      .nullable(),
    meta: z.array(z.tuple([z.string(), z.string()])),
    inTrash: z.boolean(),
  }),
)
type Kept = z.infer<typeof Kept>

/**
 * A pool of Ceph that outlives the process: it is read from a file before each command and written back after it, whole or not at all, as
 * a cluster does each of these changes. What is in the images is not kept. Its clients are old, so snapshots of clones are protected.
 */
export class KeptCluster {
  readonly #file: string
  readonly #ceph = new FakeCeph()
  readonly #rig = fakeCephRig(this.#ceph, '')

  constructor(base: string) {
    this.#file = join(base, 'cluster.json')
  }

  get place(): RbdPlace {
    return this.#rig.place
  }

  /** All images, those in the trash too, and all snapshots. */
  names(): { images: string[]; snapshots: string[] } {
    this.#read()
    const images = this.#ceph.images.of('')
    return {
      images: images.map(({ name }) => name),
      snapshots: images.flatMap(({ snapshots }) => snapshots.map(({ name }) => name)),
    }
  }

  /** What an engine may do on the host of this cluster. */
  engineHost(): EngineHost {
    return keptBetweenCommands(this.#rig.context().host, { read: () => this.#read(), write: () => this.#write() })
  }

  #read(): void {
    if (!existsSync(this.#file)) return
    const kept = Kept.parse(JSON.parse(readFileSync(this.#file, 'utf8')))
    const images = kept.map(restored)
    for (const [at, { parent }] of kept.entries()) {
      const child = images[at]
      const image = images.find(({ id }) => id === parent?.id)
      const snapshot = image?.snapshots[parent?.snapshot ?? -1]
      if (child === undefined || parent === null) continue
      if (image === undefined || snapshot === undefined) throw new Error(`${child.name} has lost its parent.`)
      child.parent = { image, snapshot, format: parent.format }
    }
    this.#ceph.images.replace('', images)
  }

  #write(): void {
    const kept: Kept = this.#ceph.images.of('').map(({ parent, meta, snapshots, ...image }) => ({
      ...image,
      snapshots: snapshots.map(({ blocks, ...snapshot }) => snapshot),
      parent:
        parent === null
          ? null
          : { id: parent.image.id, snapshot: parent.image.snapshots.indexOf(parent.snapshot), format: parent.format },
      meta: [...meta],
    }))
    writeFileSync(`${this.#file}.next`, JSON.stringify(kept))
    renameSync(`${this.#file}.next`, this.#file)
  }
}

function restored({ meta, snapshots, ...image }: Kept[number]): Image {
  return {
    ...image,
    snapshots: snapshots.map((snapshot) => ({ ...snapshot, blocks: new Map() })),
    parent: null,
    meta: new Map(meta),
    blocks: new Map(),
    expiresAt: 0,
    watchers: [],
  }
}
