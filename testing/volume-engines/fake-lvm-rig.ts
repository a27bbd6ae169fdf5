import type { CommandResult } from '@/lib/drivers/contract/driver-host'
import type { EngineContext, EngineHost, OpenPool, WorkProgram } from '@/lib/volume-engines/contract/engine'
import type { Machines } from '@/lib/volume-engines/contract/machines'
import type { VolumeGroupPlace } from '@/lib/volume-engines/contract/place'
import { failure } from '@/testing/drivers/fake-host'
import { testId } from '@/testing/ids'
import type { EngineRig } from '@/testing/volume-engines/engine-case'
import { FAKE_BLOCK, readBlocks, wholeBlock, writeBlocks, zeroBlocks } from '@/testing/volume-engines/fake-device'
import { type FakeVolume, FakeVolumeGroup } from '@/testing/volume-engines/fake-lvm'
import { EXTENT } from '@/testing/volume-engines/fake-lvm-arguments'
import { NO_MACHINES } from '@/testing/volume-engines/no-machines'

const GROUP = 'vg_san'
const THIN_POOL = 'holdfast_pool'
const FOREIGN = 'old_data'

/** A host with one volume group, as the driver has opened it, and the programs that this engine starts on it. */
export class FakeLvmRig implements EngineRig<VolumeGroupPlace> {
  readonly group: FakeVolumeGroup
  readonly place: VolumeGroupPlace
  readonly hostId: string
  readonly logs: string[] = []
  machines: Machines = NO_MACHINES
  /** How long udev looks at a device that something has written to, in milliseconds; 0: not at all. */
  udevLooksMs = 0
  /** Programs besides LVM, as they were started. */
  readonly programs: string[][] = []

  /** `beside`: another host on the same LUN, whose group it shares; what is active there, it takes for active here too. */
  constructor(mode: 'thin' | 'thick', bytes = 2 * 1024 ** 3, beside?: FakeLvmRig) {
    const thinPool = mode === 'thin' ? THIN_POOL : null
    this.hostId = testId('host', beside === undefined ? 'lvm' : 'beside')
    this.group = beside?.group ?? new FakeVolumeGroup(GROUP, bytes, thinPool)
    this.group.tags.add('holdfast_bkd_1')
    if (mode === 'thin') this.group.tags.add(`holdfast_host_${this.hostId}`)
    this.place = { kind: 'volume-group', group: GROUP, devices: [this.group.device], thinPool }
  }

  context(): EngineContext {
    const host: EngineHost = {
      machines: this.machines,
      hostId: this.hostId,
      run: async (command, args) => this.#run(command, args),
      get probe(): never {
        throw new Error('LVM has no use for it.')
      },
      secretFile: () => Promise.reject(new Error('LVM has no secrets.')),
    }
    const signal = new AbortController().signal
    return { host, signal, deadlineAt: performance.now() + 60_000, log: (message) => void this.logs.push(message) }
  }

  #run(command: string, args: readonly string[]): CommandResult {
    if (command === 'lvm') return this.group.lvm(args)
    this.programs.push([command, ...args])
    if (command === 'blkdiscard') return this.#discard(args)
    if (command === 'dd') {
      const volume = this.#device((args[0] ?? '').replace('if=', ''))
      const text = new TextDecoder('utf8').decode(readBlocks(this.group.blocksOf(volume), 0, 512))
      return { exitCode: 0, stdout: text, stderr: '' }
    }
    throw new Error(`${command} is not known here`)
  }

  /** The device of an active volume. */
  #device(path: string): FakeVolume {
    const volume = this.group.volumes.get(path.replace(`/dev/${GROUP}/`, ''))
    if (volume === undefined || volume.active === 'no') throw failure('open', 1, `${path}: No such file or directory`)
    return volume
  }

  #writable(path: string): FakeVolume {
    const volume = this.#device(path)
    if (volume.active === 'read') throw failure('open', 1, `${path}: Read-only file system`)
    return volume
  }

  /** A device that was open for writing is closed. */
  #written(volume: FakeVolume): void {
    if (this.udevLooksMs === 0) return
    volume.open += 1
    setTimeout(() => {
      volume.open -= 1
    }, this.udevLooksMs)
  }

  #discard(args: readonly string[]): CommandResult {
    const volume = this.#writable(args.at(-1) ?? '')
    if (volume.open > 0) throw failure('blkdiscard', 1, `blkdiscard: ${args.at(-1)}: Device or resource busy`)
    volume.blocks.clear()
    this.#written(volume)
    return { exitCode: 0, stdout: '', stderr: '' }
  }

  readonly runProgram = async ({ command, args, parseProgress }: WorkProgram): Promise<void> => {
    this.programs.push([command, ...args])
    const value = (option: string) => args[args.indexOf(option) + 1] ?? ''
    const device = this.#writable(args.at(-1) ?? '')
    const target = this.group.blocksOf(device)
    if (command === 'blkdiscard' && args.includes('--zeroout')) {
      const [from, length] = [Number(value('--offset')), Number(value('--length'))]
      zeroBlocks(target, from, from + length)
      parseProgress(`${args.at(-1)}: Zero-filled ${length} bytes from the offset ${from}`)
      this.#written(device)
      return
    }
    if (command !== 'qemu-img' || value('-f') !== 'raw' || value('-O') !== 'raw' || !args.includes('-n')) {
      throw new Error(`${command} ${args.join(' ')} is not known here`)
    }
    const source = this.#device(args.at(-2) ?? '')
    if (source.bytes > device.bytes) throw failure('qemu-img', 1, 'output file is smaller than input file')
    const from = this.group.blocksOf(source)
    for (let number = 0; number < source.bytes / FAKE_BLOCK; number++) {
      const block = wholeBlock(from, number)
      if (block !== null || !args.includes('--target-is-zero')) target.set(number, block)
    }
    this.#written(device)
  }

  /** As a machine that is started and stopped. */
  async #withOpen<T>(volumeId: string, work: (volume: FakeVolume) => T): Promise<T> {
    const volume = this.group.volume(volumeId)
    const before = volume.active
    volume.active = 'yes'
    try {
      return work(volume)
    } finally {
      volume.active = before
    }
  }

  async write(_pool: OpenPool<VolumeGroupPlace>, volumeId: string, offset: number, bytes: Uint8Array): Promise<void> {
    await this.#withOpen(volumeId, (volume) => writeBlocks(this.group.blocksOf(volume), offset, bytes))
  }

  async read(_pool: OpenPool<VolumeGroupPlace>, volumeId: string, offset: number, length: number): Promise<Uint8Array> {
    return await this.#withOpen(volumeId, (volume) => readBlocks(this.group.blocksOf(volume), offset, length))
  }

  async putForeign(content: Uint8Array): Promise<string> {
    const bytes = Math.ceil(content.length / EXTENT) * EXTENT
    const volume = this.group.makeForeign(FOREIGN, bytes, this.place.thinPool === null ? 'linear' : 'thin')
    if (volume.kind === 'linear') zeroBlocks(this.group.blocksOf(volume), 0, bytes)
    writeBlocks(this.group.blocksOf(volume), 0, content)
    return FOREIGN
  }

  async readForeign(name: string): Promise<Uint8Array> {
    return readBlocks(this.group.blocksOf(this.group.volume(name)), 0, FAKE_BLOCK)
  }

  /** With what is active, which nothing is after an operation. */
  async inventory(): Promise<string[]> {
    const lines = [...this.group.volumes.values()].map(
      ({ name, bytes, tags, active, isReadOnly }) =>
        `${name} ${bytes} ${[...tags].toSorted().join(',')} ${active} ${isReadOnly ? 'ro' : 'rw'}`,
    )
    return [`group ${[...this.group.tags].toSorted().join(',')}`, ...lines].toSorted()
  }

  async hold(_pool: OpenPool<VolumeGroupPlace>, volumeId: string): Promise<() => Promise<void>> {
    const volume = this.group.volume(volumeId)
    volume.active = 'yes'
    volume.open += 1
    return async () => {
      volume.open -= 1
      volume.active = 'no'
    }
  }

  async close(): Promise<void> {
    const open = [...this.group.volumes.values()].filter(({ open }) => open > 0)
    if (open.length > 0) throw new Error(`${open.map(({ name }) => name).join(', ')} is open still`)
  }
}
