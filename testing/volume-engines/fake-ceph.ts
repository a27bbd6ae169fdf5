import type { CommandResult } from '@/lib/drivers/contract/driver-host'

/** Blocks that were written, by their number; absent: zeros. */
type Blocks = Map<number, Uint8Array>

interface Snapshot {
  name: string
  size: number
  blocks: Blocks
  isProtected: boolean
  /** Deleted, and kept for a clone; then it has no name that anybody can use. */
  inTrash: boolean
}

interface Image {
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

export const FAKE_BLOCK = 4096
const ZEROS = new Uint8Array(FAKE_BLOCK)

/** An answer as `rbd` and `ceph` of 16.2 gave it to the lab; `said` goes to stderr. */
class Ended extends Error {
  readonly result: CommandResult
  constructor(exitCode: number, said: string, stdout = '') {
    super(said)
    this.result = { exitCode, stdout, stderr: `${said}\n` }
  }
}

const ERRNO = {
  1: 'Operation not permitted',
  2: 'No such file or directory',
  16: 'Device or resource busy',
  17: 'File exists',
  22: 'Invalid argument',
} as const

function errno(code: keyof typeof ERRNO, said: string): Ended {
  return new Ended(code, `${said}: (${code}) ${ERRNO[code]}`)
}

/** What options and words a command was called with. */
class Call {
  readonly words: string[] = []
  readonly #options = new Map<string, string>()
  static readonly #flags = new Set(['--long', '--all', '--no-progress', '--force', '--allow-shrink'])

  constructor(args: readonly string[]) {
    for (let index = 0; index < args.length; index++) {
      const arg = args[index] ?? ''
      const [name = '', value] = arg.startsWith('--') ? arg.split(/=(.*)/s) : []
      if (name === '') this.words.push(arg)
      else if (value !== undefined) this.#options.set(name, value)
      else if (Call.#flags.has(name)) this.#options.set(name, '')
      else this.#options.set(name, args[++index] ?? '')
    }
  }

  has(flag: string): boolean {
    return this.#options.has(flag)
  }

  get(option: string): string | undefined {
    return this.#options.get(option)
  }

  /** Throws for what the test forgot. */
  need(option: string): string {
    const value = this.get(option)
    if (value === undefined) throw new Error(`rbd was called without ${option}: ${this.words.join(' ')}`)
    return value
  }
}

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
  #images = new Map<string, Image[]>()
  #nextId = 0x1000

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
    const stored = [...this.#images.values()].flat().reduce((sum, image) => sum + usedBy(image), 0)
    const stats = { stored, objects: this.#images.size, max_avail: this.availableBytes }
    return `\n${JSON.stringify({ pools: [{ name: this.pool, id: 1, stats }] })}\n`
  }

  // ---- where

  #place(call: Call, prefix = ''): Image[] {
    const pool = call.need(`--${prefix}pool`)
    if (pool !== this.pool) throw errno(2, `rbd: error opening pool '${pool}'`)
    const namespace = call.get(`--${prefix}namespace`) ?? ''
    if (!this.namespaces.has(namespace)) throw new Ended(2, `rbd: namespace '${namespace}' does not exist.`)
    const images = this.#images.get(namespace) ?? []
    this.#images.set(namespace, images)
    return images
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

  #childrenOf(image: Image, snapshot?: Snapshot): Image[] {
    const isChild = ({ parent }: Image) =>
      parent?.image === image && (snapshot === undefined || parent.snapshot === snapshot)
    return [...this.#images.values()].flat().filter(isChild)
  }

  #namespaceOf(image: Image): string {
    return [...this.#images].find(([, images]) => images.includes(image))?.[0] ?? ''
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
    create: (call) => void this.#add(this.#place(call), call.need('--image'), bytesOf(call.need('--size'))),
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
    return { pool: this.pool, pool_namespace: this.#namespaceOf(image), image: image.name, snapshot: snapshot.name }
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
    return this.#childrenOf(image, snapshot)
      .filter(({ inTrash }) => call.has('--all') || !inTrash)
      .map((child) => ({
        pool: this.pool,
        pool_namespace: this.#namespaceOf(child),
        image: child.name,
        ...(call.has('--all') && child.inTrash ? { id: child.id, trash: true } : {}),
      }))
  }

  #add(images: Image[], name: string, size: number): Image {
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

  #remove(call: Call): void {
    const image = this.#image(call, () => 'rbd: delete error')
    if (image.snapshots.length > 0)
      throw new Ended(
        39,
        "rbd: image has snapshots - these must be deleted with 'rbd snap purge' before the image can be removed.",
      )
    if (image.watchers.length > 0) throw errno(16, 'rbd: error: image still has watchers')
    this.#forget(image)
  }

  #forget(image: Image): void {
    const { parent } = image
    const images = this.#images.get(this.#namespaceOf(image)) ?? []
    images.splice(images.indexOf(image), 1)
    image.parent = null
    if (parent !== null) this.#forgetUnused(parent)
  }

  /** A snapshot that was deleted goes with its last clone. */
  #forgetUnused({ image, snapshot }: NonNullable<Image['parent']>): void {
    if (!snapshot.inTrash || this.#childrenOf(image, snapshot).length > 0) return
    image.snapshots.splice(image.snapshots.indexOf(snapshot), 1)
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
      return this.#add(images, name, size)
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
    this.#forgetUnused(parent)
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
    this.#dropFrom(image, snapshot)
  }

  #dropFrom(image: Image, snapshot: Snapshot): void {
    if (this.#childrenOf(image, snapshot).length > 0) snapshot.inTrash = true
    else image.snapshots.splice(image.snapshots.indexOf(snapshot), 1)
  }

  #purgeSnapshots(image: Image): void {
    const kept = image.snapshots.filter(({ isProtected }) => isProtected)
    for (const snapshot of image.snapshots.filter((one) => !kept.includes(one))) this.#dropFrom(image, snapshot)
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
    const old = this.#childrenOf(image, snapshot).filter(({ parent }) => parent?.format === 1)
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
    this.#forget(image)
  }

  // ---- what a machine does with an image

  #found(namespace: string, spec: string): { size: number; blocks: Blocks; image: Image } {
    const [name, snapshot] = spec.split('@')
    const image = this.#images.get(namespace)?.find((one) => one.name === name && !one.inTrash)
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
    const images = this.#images.get(namespace) ?? []
    this.#images.set(namespace, images)
    this.#add(images, name, bytes.length)
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

function bytesOf(size: string): number {
  const [, number, unit] = /^(\d+)(B|M|G)$/.exec(size) ?? []
  if (number === undefined) throw new Error(`rbd does not know the size ${size}`)
  return Number(number) * { B: 1, M: 2 ** 20, G: 2 ** 30 }[unit as 'B' | 'M' | 'G']
}

/** Blocks of `now` that are not those of `before`. */
function changed(before: Blocks, now: Blocks): number {
  return [...now].filter(([number, bytes]) => before.get(number) !== bytes).length
}

function usedBy({ blocks, parent }: Image): number {
  return changed(parent?.snapshot.blocks ?? new Map(), blocks) * FAKE_BLOCK
}
