import type { CommandResult } from '@/lib/drivers/contract/driver-host'
import { failure } from '@/testing/drivers/fake-host'
import { type Block, type Blocks, FAKE_BLOCK } from '@/testing/volume-engines/fake-device'
import { EXTENT, LvmArguments } from '@/testing/volume-engines/fake-lvm-arguments'

const BLOCKS_OF_EXTENT = EXTENT / FAKE_BLOCK
/** What others have left on the LUN. */
const RUBBISH = 0xee

export interface FakeVolume {
  name: string
  kind: 'linear' | 'thin' | 'thin-pool'
  tags: Set<string>
  bytes: number
  /** Of a linear one: numbers of extents of the LUN. */
  extents: number[]
  /** Of a thin one. Blocks are never changed in place, so a snapshot shares them. */
  blocks: Map<number, Block>
  /** It is a snapshot of something. */
  isSnapshot: boolean
  isSkipped: boolean
  isReadOnly: boolean
  active: 'no' | 'yes' | 'read'
  /** By how many it is held open. */
  open: number
}

function ok(stdout = ''): CommandResult {
  return { exitCode: 0, stdout, stderr: '' }
}

/** LVM answers a question for itself where nobody can: no. */
const refused = (...lines: string[]) => failure('lvm', 5, lines.map((line) => `  ${line}`).join('\n'))

/**
 * One volume group on one LUN as LVM 2.03.16 shows and changes it: its reports, its messages and its exit codes, recorded from the real
 * one where that works without device-mapper. New extents hold what others have left there.
 */
export class FakeVolumeGroup {
  readonly name: string
  readonly device = '/dev/sdc'
  readonly tags = new Set<string>()
  readonly volumes = new Map<string, FakeVolume>()
  extentCount: number
  missingDisks = 0
  /** In place of what is measured, in percent. */
  dataPercent: number | null = null
  metadataPercent = 11.04
  health = ''
  zeroing = true
  discards: 'passdown' | 'nopassdown' | 'ignore' = 'passdown'
  /** `thin_pool_autoextend_threshold` in the lvm.conf of the host; 100 is off. */
  hostThreshold = 100
  /** Each command as it was given. */
  readonly commands: string[][] = []
  readonly #lun = new Map<number, Block>()

  constructor(name: string, bytes: number, thinPool: string | null) {
    this.name = name
    this.extentCount = Math.floor(bytes / EXTENT)
    if (thinPool === null) return
    const pool = this.#make(thinPool, 'thin-pool', Math.floor(this.extentCount * 0.9) * EXTENT)
    pool.extents = this.#allocate(pool.bytes)
    pool.active = 'yes'
  }

  volume(name: string): FakeVolume {
    const found = this.volumes.get(name)
    if (found === undefined) throw refused(`Failed to find logical volume "${this.name}/${name}"`)
    return found
  }

  get freeExtents(): number {
    return this.extentCount - [...this.volumes.values()].reduce((sum, { extents }) => sum + extents.length, 0)
  }

  /** What is behind the device of an active volume. */
  blocksOf(volume: FakeVolume): Blocks {
    const { kind, extents, blocks } = volume
    if (kind === 'thin') {
      return { get: (number) => blocks.get(number), set: (number, block) => void blocks.set(number, block), nothing: 0 }
    }
    const place = (number: number) =>
      (extents[Math.floor(number / BLOCKS_OF_EXTENT)] ?? Number.NaN) * BLOCKS_OF_EXTENT + (number % BLOCKS_OF_EXTENT)
    return {
      get: (number) => this.#lun.get(place(number)),
      set: (number, block) => void this.#lun.set(place(number), block),
      nothing: RUBBISH,
    }
  }

  makeForeign(name: string, bytes: number, kind: 'linear' | 'thin'): FakeVolume {
    const volume = this.#make(name, kind, bytes)
    if (kind === 'linear') volume.extents = this.#allocate(bytes)
    return volume
  }

  // ---- the command

  lvm(args: readonly string[]): CommandResult {
    this.commands.push([...args])
    const [verb = '', ...rest] = args
    const given = new LvmArguments(rest)
    if (given.one('--devices') !== this.device) throw new Error('LVM may see our disk, and no other')
    const [target = ''] = given.operands
    const [group = '', name = ''] = target.split('/')
    if (group !== this.name) throw refused(`Volume group "${group}" not found`, `Cannot process volume group ${group}`)
    switch (verb) {
      case 'vgs':
        return ok(report('vg', [pick(this.#groupRow(), given.one('-o'))]))
      case 'lvs':
        return ok(report('lv', this.#rows(given.one('-o'))))
      case 'vgchange':
        return this.#retag(this.tags, given)
      case 'lvcreate':
        return this.#create(given, name)
      case 'lvchange':
        return this.#change(this.volume(name), given)
      case 'lvextend':
        return given.has('--use-policies') ? this.#extendPool(this.volume(name), given) : this.#extend(name, given)
      case 'lvreduce':
        return this.#reduce(this.volume(name), given)
      case 'lvrename':
        return this.#rename(given.operands[1] ?? '', given.operands[2] ?? '')
      case 'lvremove':
        return this.#remove(this.volume(name))
      default:
        throw new Error(`lvm ${verb} is not known here`)
    }
  }

  #retag(tags: Set<string>, given: LvmArguments): CommandResult {
    for (const tag of given.all('--deltag')) tags.delete(tag)
    for (const tag of given.all('--addtag')) {
      if (!/^[A-Za-z0-9_+.\-/=!:&#]+$/.test(tag)) throw failure('lvm', 3, `  Invalid argument for --addtag: ${tag}`)
      tags.add(tag)
    }
    return ok('  changed\n')
  }

  #make(name: string, kind: FakeVolume['kind'], bytes: number): FakeVolume {
    const plain = { isSnapshot: false, isSkipped: false, isReadOnly: false, active: 'no', open: 0 } as const
    const volume: FakeVolume = { name, kind, bytes, tags: new Set(), extents: [], blocks: new Map(), ...plain }
    this.volumes.set(name, volume)
    return volume
  }

  #allocate(bytes: number): number[] {
    const taken = new Set([...this.volumes.values()].flatMap(({ extents }) => extents))
    const free = Array.from({ length: this.extentCount }, (_none, number) => number).filter((n) => !taken.has(n))
    return free.slice(0, bytes / EXTENT)
  }

  #create(given: LvmArguments, of: string): CommandResult {
    const name = given.one('--name')
    const isInactive = given.one('--activate') === 'n'
    if (given.has('--snapshot')) return this.#snapshot(this.volume(of), given)
    if (this.volumes.has(name)) {
      throw refused(`Logical Volume "${name}" already exists in volume group "${this.name}"`)
    }
    if (given.one('--type') === 'thin') {
      this.#requireBelowThreshold(given.one('--thinpool'), given)
      const volume = this.#make(name, 'thin', given.bytes('--virtualsize'))
      volume.active = isInactive ? 'no' : 'yes'
      return this.#retag(volume.tags, given)
    }
    if (isInactive && (given.one('--zero') !== 'n' || given.one('--wipesignatures') !== 'n')) {
      throw refused('Cannot zero inactive logical volume with option -Zy or -Wy.')
    }
    const bytes = given.bytes('--size')
    const [free, wanted] = [this.freeExtents, bytes / EXTENT]
    if (wanted > free) {
      throw refused(`Volume group "${this.name}" has insufficient free space (${free} extents): ${wanted} required.`)
    }
    const extents = this.#allocate(bytes)
    const volume = this.#make(name, 'linear', bytes)
    volume.extents = extents
    return this.#retag(volume.tags, given)
  }

  #requireBelowThreshold(name: string, given: LvmArguments): void {
    const pool = this.volume(name)
    const asked = /thin_pool_autoextend_threshold = (\d+)/.exec(given.one('--config'))?.[1]
    const threshold = asked === undefined ? this.hostThreshold : Number(asked)
    if (this.#percentOfPool(pool) <= threshold && this.metadataPercent <= threshold) return
    const place = `${this.name}/${name}`
    throw refused(`Cannot create new thin volume, free space in thin pool ${place} reached threshold.`)
  }

  #snapshot(origin: FakeVolume, given: LvmArguments): CommandResult {
    const name = given.one('--name')
    if (origin.kind !== 'thin') throw new Error('a snapshot of a fixed size is never made')
    if (this.volumes.has(name)) {
      throw refused(`Logical Volume "${name}" already exists in volume group "${this.name}"`)
    }
    const pool = [...this.volumes.values()].find(({ kind }) => kind === 'thin-pool')
    this.#requireBelowThreshold(pool?.name ?? '', given)
    const volume = this.#make(name, 'thin', origin.bytes)
    volume.blocks = new Map(origin.blocks)
    volume.isSnapshot = true
    volume.isSkipped = given.one('--setactivationskip') !== 'n'
    volume.isReadOnly = given.one('--permission') === 'r'
    if (!volume.isSkipped) volume.active = 'yes'
    return this.#retag(volume.tags, given)
  }

  #change(volume: FakeVolume, given: LvmArguments): CommandResult {
    const place = `${this.name}/${volume.name}`
    switch (given.one('--activate')) {
      case 'n':
        if (volume.open > 0) throw refused(`Logical volume ${place} in use.`)
        volume.active = 'no'
        return ok()
      case 'y': {
        if (volume.isSkipped && !given.has('--ignoreactivationskip')) return ok()
        const list = /read_only_volume_list = \["([^"]*)"\]/.exec(given.one('--config'))?.[1]
        // LVM would load the thin pool as read only as well.
        if (list === place && volume.kind === 'thin') {
          throw refused('device-mapper: reload ioctl on  (253:2) failed: Invalid argument')
        }
        if (volume.active === 'no') volume.active = list === place || volume.isReadOnly ? 'read' : 'yes'
        return ok()
      }
      default:
        return this.#retag(volume.tags, given)
    }
  }

  #extend(name: string, given: LvmArguments): CommandResult {
    const volume = this.volume(name)
    const [before, after] = [volume.bytes / EXTENT, given.bytes('--size') / EXTENT]
    if (after === before) throw refused(`New size (${after} extents) matches existing size (${before} extents).`)
    if (after < before) {
      throw refused(`New size given (${after} extents) not larger than existing size (${before} extents)`)
    }
    if (volume.kind === 'linear') {
      const [free, wanted] = [this.freeExtents, after - before]
      if (wanted > free) {
        throw refused(`Insufficient free space: ${wanted} extents needed, but only ${free} available`)
      }
      volume.extents.push(...this.#allocate(wanted * EXTENT))
    }
    volume.bytes = after * EXTENT
    return ok(`  Logical volume ${this.name}/${name} successfully resized.\n`)
  }

  /** Of the data alone, by the policy that was given. */
  #extendPool(pool: FakeVolume, given: LvmArguments): CommandResult {
    const number = (name: string) => Number(new RegExp(`${name} = (\\d+)`).exec(given.one('--config'))?.[1])
    const used = (this.#percentOfPool(pool) / 100) * pool.bytes
    if (this.#percentOfPool(pool) <= number('thin_pool_autoextend_threshold')) return ok()
    const wanted = Math.ceil((pool.bytes / EXTENT) * (number('thin_pool_autoextend_percent') / 100))
    const free = this.freeExtents
    if (wanted > free) throw refused(`Insufficient free space: ${wanted} extents needed, but only ${free} available`)
    pool.extents.push(...this.#allocate(wanted * EXTENT))
    pool.bytes = pool.extents.length * EXTENT
    if (this.dataPercent !== null) this.dataPercent = (used / pool.bytes) * 100
    return ok(`  Logical volume ${this.name}/${pool.name} successfully resized.\n`)
  }

  #reduce(volume: FakeVolume, given: LvmArguments): CommandResult {
    const place = `${this.name}/${volume.name}`
    if (volume.active !== 'no') {
      throw refused('THIS MAY DESTROY YOUR DATA (filesystem etc.)', `Logical volume ${place} NOT reduced.`)
    }
    volume.bytes = given.bytes('--size')
    volume.extents = volume.extents.slice(0, volume.bytes / EXTENT)
    return ok(`  Logical volume ${place} successfully resized.\n`)
  }

  #rename(from: string, to: string): CommandResult {
    const volume = this.volumes.get(from)
    if (volume === undefined) {
      throw refused(`Existing logical volume "${from}" not found in volume group "${this.name}"`)
    }
    if (this.volumes.has(to)) {
      throw refused(`Logical Volume "${to}" already exists in volume group "${this.name}"`)
    }
    this.volumes.delete(from)
    this.volumes.set(to, Object.assign(volume, { name: to }))
    return ok(`  Renamed "${from}" to "${to}" in volume group "${this.name}"\n`)
  }

  #remove(volume: FakeVolume): CommandResult {
    const place = `${this.name}/${volume.name}`
    if (volume.open > 0) throw refused(`Logical volume ${place} in use.`)
    if (volume.active !== 'no') throw refused(`Logical volume ${place} not removed.`)
    this.volumes.delete(volume.name)
    return ok(`  Logical volume "${volume.name}" successfully removed.\n`)
  }

  // ---- reports

  #percentOfPool(pool: FakeVolume): number {
    if (this.dataPercent !== null) return this.dataPercent
    const used = new Set(
      [...this.volumes.values()].flatMap(({ kind, blocks }) => (kind === 'thin' ? [...blocks.values()] : [])),
    )
    return ((used.size * FAKE_BLOCK) / pool.bytes) * 100
  }

  #groupRow(): Record<string, string> {
    return {
      vg_name: this.name,
      vg_uuid: 'kRvenf-qpte-zQPd-2LE5-FSKf-l89C-Lx6N3b',
      vg_tags: [...this.tags].join(','),
      vg_size: String(this.extentCount * EXTENT),
      vg_free: String(this.freeExtents * EXTENT),
      vg_extent_size: String(EXTENT),
      vg_missing_pv_count: String(this.missingDisks),
    }
  }

  /** One for each segment, as with the real one. */
  #rows(columns: string): Record<string, string>[] {
    const volumes = [...this.volumes.values()].toSorted((a, b) => a.name.localeCompare(b.name))
    return volumes.flatMap((volume) => {
      const row = { ...this.#groupRow(), ...this.#row(volume), ...this.#thinColumns(volume) }
      const segments = volume.kind === 'linear' ? runsOf(volume.extents) : 1
      return Array.from({ length: segments }, () => pick(row, columns))
    })
  }

  #row({ name, bytes, kind, isSnapshot, active, open, tags }: FakeVolume): Record<string, string> {
    const isOpen = open > 0 ? 'open' : ''
    return {
      lv_name: name,
      lv_size: String(bytes),
      segtype: kind,
      lv_role: kind === 'thin-pool' ? 'private' : isSnapshot ? 'public,snapshot,thinsnapshot' : 'public',
      lv_active: active === 'no' ? '' : 'active',
      lv_device_open: active === 'no' ? 'unknown' : isOpen,
      lv_tags: [...tags].join(','),
    }
  }

  #thinColumns(volume: FakeVolume): Record<string, string> {
    const { kind, active, blocks, bytes } = volume
    const isPool = kind === 'thin-pool'
    const pool = [...this.volumes.values()].find((one) => one.kind === 'thin-pool')
    const columns = { pool_lv: '', data_percent: '', metadata_percent: '', zero: 'unknown', discards: '' }
    if (kind === 'linear') return { ...columns, lv_health_status: '' }
    const percent = isPool ? this.#percentOfPool(volume) : ((blocks.size * FAKE_BLOCK) / bytes) * 100
    const isActive = active !== 'no'
    return {
      pool_lv: isPool ? '' : (pool?.name ?? ''),
      data_percent: isActive ? percent.toFixed(2) : '',
      metadata_percent: isActive && isPool ? this.metadataPercent.toFixed(2) : '',
      zero: this.zeroing ? 'zero' : '',
      discards: this.discards,
      lv_health_status: isPool ? this.health : '',
    }
  }
}

/** Extents that follow each other are one segment. */
function runsOf(extents: readonly number[]): number {
  return extents.filter((extent, at) => at === 0 || extents[at - 1] !== extent - 1).length
}

function pick(row: Readonly<Record<string, string>>, columns: string): Record<string, string> {
  return Object.fromEntries(
    columns.split(',').map((column) => {
      const value = row[column]
      if (value === undefined) throw failure('lvm', 3, `  Unrecognised field: ${column}`)
      return [column, value]
    }),
  )
}

function report(section: 'vg' | 'lv', rows: Record<string, string>[]): string {
  return JSON.stringify({ report: [{ [section]: rows }] })
}
