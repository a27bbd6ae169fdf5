import type { CommandResult } from '@/lib/drivers/contract/driver-host'
import { bytesOf, Call, Ended, errno } from '@/testing/volume-engines/fake-ceph-command'
import { changed, FakeImages, type Image, type Snapshot } from '@/testing/volume-engines/fake-ceph-images'
import { FAKE_BLOCK } from '@/testing/volume-engines/fake-device'

/**
 * A Ceph pool in memory, behind the commands `rbd` and `ceph`. Its answers, messages and exit codes are those of a cluster of version 16.2
 * (see the fixtures of the engine); it keeps the rules that matter to volumes: names once only, protection of snapshots, clones that hold
 * their parent, a trash, watchers that stop nobody from moving an image away. It is a double: what only a real cluster proves is tried on one.
 */
export class FakeCeph {
  readonly pool = 'rbd'
  readonly namespaces = new Set([''])
  /** `ceph osd get-require-min-compat-client`. */
  oldestClient = 'luminous'
  availableBytes = 3_775_447_808
  /** What the next command of these words ends with, once. */
  readonly failures = new Map<string, CommandResult>()
  readonly calls: string[][] = []
  readonly images = new FakeImages()

  run(command: string, args: readonly string[]): CommandResult {
    this.calls.push([command, ...args])
    const call = new Call(args)
    const line = call.words.join(' ')
    const failure = [...this.failures].find(([words]) => line.startsWith(words))
    if (failure !== undefined) {
      this.failures.delete(failure[0])
      return failure[1]
    }
    try {
      return { exitCode: 0, stdout: command === 'ceph' ? this.#ceph(line) : this.#rbd(call), stderr: '' }
    } catch (error) {
      if (error instanceof Ended) return error.result
      throw error
    }
  }

  #ceph(line: string): string {
    if (line === 'osd get-require-min-compat-client') return `${this.oldestClient}\n`
    if (line !== 'df') throw new Error(`The fake cluster does not know: ceph ${line}`)
    const { storedBytes: stored, namespaces: objects } = this.images
    const stats = { stored, objects, max_avail: this.availableBytes }
    return `\n${JSON.stringify({ pools: [{ name: this.pool, id: 1, stats }] })}\n`
  }

  // ---- where

  #place(call: Call, prefix = ''): Image[] {
    const pool = call.need(`--${prefix}pool`)
    if (pool !== this.pool) throw errno(2, `rbd: error opening pool '${pool}'`)
    const namespace = call.get(`--${prefix}namespace`) ?? ''
    if (!this.namespaces.has(namespace)) throw new Ended(2, `rbd: namespace '${namespace}' does not exist.`)
    return this.images.of(namespace)
  }

  /** An image that is not in the trash, or the one of this id that is. */
  #image(call: Call, said: (name: string) => string = (name) => `rbd: error opening image ${name}`): Image {
    const images = this.#place(call)
    const id = call.get('--image-id')
    const name = id ?? call.need('--image')
    const found = images.find((one) => (id === undefined ? one.name === name && !one.inTrash : one.id === id))
    if (found === undefined) throw errno(2, said(name))
    return found
  }

  #snapshot(call: Call, image: Image, said: string): Snapshot {
    const name = call.need('--snap')
    const found = image.snapshots.find((one) => one.name === name && !one.inTrash)
    if (found === undefined) throw errno(2, said)
    return found
  }

  // ---- rbd

  #rbd(call: Call): string {
    const [first = '', second = ''] = call.words
    const groups = ['snap', 'trash', 'image-meta']
    const verb = groups.includes(first) ? `${first} ${second}` : first
    const act = this.#verbs[verb]
    if (act === undefined) throw new Error(`The fake cluster does not know: rbd ${call.words.join(' ')}`)
    const answer = act(call)
    return answer === undefined ? '' : JSON.stringify(answer)
  }

  readonly #verbs: Readonly<Record<string, (call: Call) => unknown>> = {
    ls: (call) => this.#list(call),
    info: (call) => this.#info(this.#image(call)),
    du: (call) => this.#usage(call),
    status: (call) => ({
      watchers: this.#image(call).watchers.map((address) => ({ address, client: 4334, cookie: 1 })),
    }),
    children: (call) => this.#children(call),
    create: (call) => void this.images.add(this.#place(call), call.need('--image'), bytesOf(call.need('--size'))),
    rm: (call) => this.#remove(call),
    rename: (call) => this.#rename(call),
    resize: (call) => this.#resize(call),
    clone: (call) => this.#clone(call),
    flatten: (call) => this.#flatten(this.#image(call)),
    'image-meta ls': (call) => this.#listMeta(this.#image(call)),
    'image-meta set': (call) => void this.#image(call).meta.set(call.words[2] ?? '', call.words[3] ?? ''),
    'image-meta rm': (call) => this.#removeMeta(call),
    'snap ls': (call) => this.#listSnapshots(call),
    'snap create': (call) => this.#take(call),
    'snap rm': (call) => this.#drop(call),
    'snap purge': (call) => this.#purgeSnapshots(this.#image(call)),
    'snap protect': (call) => this.#protect(call),
    'snap unprotect': (call) => this.#unprotect(call),
    'snap rollback': (call) => this.#rollBack(call),
    'trash ls': (call) =>
      this.#place(call)
        .filter(({ inTrash }) => inTrash)
        .map(({ id, name }) => ({ id, name })),
    'trash mv': (call) => this.#trash(call),
    'trash restore': (call) => this.#restore(call),
    'trash rm': (call) => this.#purge(call),
  }

  #list(call: Call): unknown {
    const living = this.#place(call).filter(({ inTrash }) => !inTrash)
    if (!call.has('--long')) return living.map(({ name }) => name)
    return living.flatMap((image) => [
      {
        image: image.name,
        id: image.id,
        size: image.size,
        ...(image.parent === null ? {} : { parent: this.#parent(image.parent) }),
        format: 2,
        ...(image.watchers.length > 0 ? { lock_type: 'exclusive' } : {}),
      },
      ...image.snapshots
        .filter(({ inTrash }) => !inTrash)
        .map(({ name, size, isProtected }) => ({
          image: image.name,
          id: image.id,
          snapshot: name,
          size,
          format: 2,
          protected: String(isProtected),
        })),
    ])
  }

  #parent({ image, snapshot }: NonNullable<Image['parent']>) {
    return {
      pool: this.pool,
      pool_namespace: this.images.namespaceOf(image),
      image: image.name,
      snapshot: snapshot.name,
    }
  }

  #info({ name, id, size, snapshots, parent }: Image): unknown {
    const more =
      parent === null ? {} : { parent: { ...this.#parent(parent), id: parent.image.id, trash: false, overlap: size } }
    return {
      name,
      id,
      size,
      objects: Math.ceil(size / 2 ** 22),
      order: 22,
      snapshot_count: snapshots.length,
      format: 2,
      ...more,
    }
  }

  #usage(call: Call): unknown {
    const name = call.get('--image')
    const all = this.#place(call).filter((one) => !one.inTrash && (name === undefined || one.name === name))
    if (name !== undefined && all.length === 0) {
      throw new Ended(2, `specified image ${name} is not found.\nrbd: du failed: (2) No such file or directory`)
    }
    const images = all.flatMap((image) => {
      const taken = image.snapshots.filter(({ inTrash }) => !inTrash)
      const rows = [...taken, { name: undefined, size: image.size, blocks: image.blocks }]
      return rows.map((row, index) => ({
        name: image.name,
        id: image.id,
        ...(row.name === undefined ? {} : { snapshot: row.name }),
        provisioned_size: row.size,
        used_size: changed(taken[index - 1]?.blocks ?? new Map(), row.blocks) * FAKE_BLOCK,
      }))
    })
    const total = images.reduce((sum, { used_size }) => sum + used_size, 0)
    return { images, total_provisioned_size: all.reduce((sum, { size }) => sum + size, 0), total_used_size: total }
  }

  #children(call: Call): unknown {
    const image = this.#image(call)
    const name = call.get('--snap')
    const snapshot = name === undefined ? undefined : this.#snapshot(call, image, `rbd: failed to set snapshot`)
    return this.images
      .childrenOf(image, snapshot)
      .filter(({ inTrash }) => call.has('--all') || !inTrash)
      .map((child) => ({
        pool: this.pool,
        pool_namespace: this.images.namespaceOf(child),
        image: child.name,
        ...(call.has('--all') && child.inTrash ? { id: child.id, trash: true } : {}),
      }))
  }

  #remove(call: Call): void {
    const image = this.#image(call, () => 'rbd: delete error')
    if (image.snapshots.length > 0)
      throw new Ended(
        39,
        "rbd: image has snapshots - these must be deleted with 'rbd snap purge' before the image can be removed.",
      )
    if (image.watchers.length > 0) throw errno(16, 'rbd: error: image still has watchers')
    this.images.forget(image)
  }

  #rename(call: Call): void {
    const image = this.#image(call, () => 'rbd: rename error')
    const to = call.need('--dest')
    if (this.#place(call, 'dest-').some((one) => one.name === to && !one.inTrash)) throw errno(17, 'rbd: rename error')
    image.name = to
  }

  #resize(call: Call): void {
    const image = this.#image(call)
    const size = bytesOf(call.need('--size'))
    if (size < image.size && !call.has('--allow-shrink')) {
      throw new Ended(22, 'rbd: shrinking an image is only allowed with the --allow-shrink flag')
    }
    image.size = size
  }

  #clone(call: Call): void {
    const parent = this.#image(call)
    const snapshot = this.#snapshot(call, parent, 'rbd: clone error')
    const format = call.need('--rbd-default-clone-format') === '1' ? 1 : 2
    if (format === 1 && !snapshot.isProtected) {
      throw new Ended(22, 'validate_parent: parent snapshot must be protected\nrbd: clone error: (22) Invalid argument')
    }
    const child = this.#addClone(this.#place(call, 'dest-'), call.need('--dest'), snapshot.size)
    child.parent = { image: parent, snapshot, format }
    child.blocks = new Map(snapshot.blocks)
    // As librbd does.
    child.meta = new Map(parent.meta)
  }

  #addClone(images: Image[], name: string, size: number): Image {
    try {
      return this.images.add(images, name, size)
    } catch (error) {
      if (error instanceof Ended) throw errno(17, 'rbd: clone error')
      throw error
    }
  }

  #flatten(image: Image): void {
    const { parent } = image
    if (parent === null) {
      throw new Ended(22, 'librbd::Operations: image has no parent\nrbd: flatten error: (22) Invalid argument')
    }
    image.parent = null
    this.images.forgetUnused(parent)
  }

  #listMeta({ meta }: Image): unknown {
    return meta.size === 0 ? undefined : Object.fromEntries(meta)
  }

  #removeMeta(call: Call): void {
    const { meta } = this.#image(call)
    if (!meta.delete(call.words[2] ?? '')) throw errno(2, 'rbd: removing metadata failed')
  }

  #listSnapshots(call: Call): unknown {
    return this.#image(call)
      .snapshots.filter(({ inTrash }) => call.has('--all') || !inTrash)
      .map(({ name, size, isProtected, inTrash }) => ({
        id: 4,
        name,
        size,
        protected: String(isProtected),
        timestamp: 'Sun Nov 29 21:58:43 2026',
        ...(call.has('--all')
          ? { namespace: inTrash ? { type: 'trash', original_name: name } : { type: 'user' } }
          : {}),
      }))
  }

  #take(call: Call): void {
    const image = this.#image(call)
    const name = call.need('--snap')
    if (image.snapshots.some((one) => one.name === name && !one.inTrash)) {
      throw errno(17, 'rbd: failed to create snapshot')
    }
    image.snapshots.push({ name, size: image.size, blocks: new Map(image.blocks), isProtected: false, inTrash: false })
  }

  #drop(call: Call): void {
    const image = this.#image(call)
    const snapshot = this.#snapshot(call, image, 'rbd: failed to remove snapshot')
    if (snapshot.isProtected) throw new Ended(16, `rbd: snapshot '${snapshot.name}' is protected from removal.`)
    this.images.dropFrom(image, snapshot)
  }

  #purgeSnapshots(image: Image): void {
    const kept = image.snapshots.filter(({ isProtected }) => isProtected)
    for (const snapshot of image.snapshots.filter((one) => !kept.includes(one))) this.images.dropFrom(image, snapshot)
    if (kept.length > 0) throw errno(16, 'rbd: removing snaps failed')
  }

  #protect(call: Call): void {
    const snapshot = this.#snapshot(call, this.#image(call), 'rbd: protecting snap failed')
    if (snapshot.isProtected) throw new Ended(16, 'rbd: snap is already protected')
    snapshot.isProtected = true
  }

  #unprotect(call: Call): void {
    const image = this.#image(call)
    const snapshot = this.#snapshot(call, image, 'rbd: unprotecting snap failed')
    if (!snapshot.isProtected) throw new Ended(22, 'rbd: snap is already unprotected')
    const old = this.images.childrenOf(image, snapshot).filter(({ parent }) => parent?.format === 1)
    if (old.length > 0) throw errno(16, 'rbd: unprotecting snap failed')
    snapshot.isProtected = false
  }

  #rollBack(call: Call): void {
    const image = this.#image(call)
    const { size, blocks } = this.#snapshot(call, image, 'rbd: rollback failed')
    image.size = size
    image.blocks = new Map(blocks)
  }

  /** Whoever has it open does not keep anybody from it. */
  #trash(call: Call): void {
    const image = this.#image(call, () => 'rbd: deferred delete error')
    image.inTrash = true
    image.expiresAt = Date.parse(call.need('--expires-at'))
  }

  #restore(call: Call): void {
    const id = call.need('--image-id')
    const images = this.#place(call)
    const image = images.find((one) => one.id === id && one.inTrash)
    if (image === undefined) throw new Ended(2, 'rbd: error: image does not exist in trash')
    if (images.some((one) => one.name === image.name && !one.inTrash)) throw errno(17, 'rbd: restore error')
    image.inTrash = false
  }

  #purge(call: Call): void {
    const id = call.need('--image-id')
    const image = this.#place(call).find((one) => one.id === id && one.inTrash)
    if (image === undefined) throw errno(2, 'rbd: remove error')
    if (image.expiresAt > Date.now() && !call.has('--force')) {
      throw new Ended(1, 'Deferment time has not expired, please use --force if you really want to remove the image')
    }
    if (image.snapshots.length > 0)
      throw new Ended(
        39,
        "rbd: image has snapshots - these must be deleted with 'rbd snap purge' before the image can be removed.",
      )
    if (image.watchers.length > 0) throw errno(16, 'rbd: error: image still has watchers')
    this.images.forget(image)
  }
}
