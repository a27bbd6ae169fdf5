import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { EngineHost } from '@/lib/volume-engines/contract/engine'
import type { VolumeGroupPlace } from '@/lib/volume-engines/contract/place'
import { keptBetweenCommands } from '@/testing/agent/kept-host'
import { FakeLvmRig } from '@/testing/volume-engines/fake-lvm-rig'

const Kept = z.array(
  z.object({
    name: z.string(),
    kind: z.enum(['linear', 'thin', 'thin-pool']),
    tags: z.array(z.string()),
    bytes: z.number(),
    extents: z.array(z.number()),
    isSnapshot: z.boolean(),
    isSkipped: z.boolean(),
    isReadOnly: z.boolean(),
    active: z.enum(['no', 'yes', 'read']),
  }),
)

/**
 * A volume group with a thin pool that outlives the process, as the one on a LUN does: it is read from a file before each command of LVM and
 * written back after it, whole or not at all, which is what LVM does with its metadata. What is in the volumes is not kept.
 */
export class KeptGroup {
  readonly #file: string
  readonly #rig = new FakeLvmRig('thin', 8 * 1024 ** 3)

  constructor(base: string) {
    this.#file = join(base, 'group.json')
  }

  get place(): VolumeGroupPlace {
    return this.#rig.place
  }

  /** All that is in it, by name; the thin pool too. */
  names(): string[] {
    this.#read()
    return [...this.#rig.group.volumes.keys()].sort()
  }

  /** What an engine may do on the host of this group. */
  engineHost(): EngineHost {
    return keptBetweenCommands(this.#rig.context().host, { read: () => this.#read(), write: () => this.#write() })
  }

  #read(): void {
    if (!existsSync(this.#file)) return
    const { volumes, tags } = z
      .object({ volumes: Kept, tags: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(this.#file, 'utf8')))
    const { group } = this.#rig
    group.tags.clear()
    for (const tag of tags) group.tags.add(tag)
    group.volumes.clear()
    for (const volume of volumes)
      group.volumes.set(volume.name, { ...volume, tags: new Set(volume.tags), blocks: new Map(), open: 0 })
  }

  #write(): void {
    const { group } = this.#rig
    const volumes = [...group.volumes.values()].map(({ blocks, open, tags, ...volume }) => ({
      ...volume,
      tags: [...tags],
    }))
    writeFileSync(`${this.#file}.next`, JSON.stringify({ volumes, tags: [...group.tags] }))
    renameSync(`${this.#file}.next`, this.#file)
  }
}
