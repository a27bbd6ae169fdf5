import { execFile } from 'node:child_process'
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandResult } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import type { EngineContext, EngineHost, OpenPool, WorkProgram } from '@/lib/volume-engines/contract/engine'
import type { VolumeGroupPlace } from '@/lib/volume-engines/contract/place'
import { testId } from '@/testing/ids'
import type { EngineRig } from '@/testing/volume-engines/engine-case'
import { NO_MACHINES } from '@/testing/volume-engines/no-machines'

const MIB = 1024 * 1024
const GROUP = 'vg_holdfast_test'
const FOREIGN = 'old_data'
/** LVM keeps its metadata as always and never asks the kernel for a device, which this kernel could not give. */
const WITHOUT_KERNEL = 'global { activation = 0 } backup { backup = 0 archive = 0 }'
const RUBBISH = 0xee

function execute(command: string, args: readonly string[]): Promise<CommandResult> {
  const env = { ...process.env, LC_ALL: 'C', LVM_SUPPRESS_FD_WARNINGS: '1' }
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const exitCode = child.exitCode
      if (error === null) return resolve({ exitCode: 0, stdout, stderr })
      reject(new CommandError({ command, exitCode, signal: child.signalCode, stdout, stderr }))
    })
    child.stdin?.end()
  })
}

/** The real LVM on a loop device, for thick volumes. What is behind a volume is found by its extents, as device-mapper would. */
export class RealLvmRig implements EngineRig<VolumeGroupPlace> {
  readonly place: VolumeGroupPlace
  readonly #directory: string
  readonly #disk: number
  readonly #device: string
  /** A folder; empty: that of this machine. */
  readonly #locks: string

  static async open(bytes: number): Promise<RealLvmRig> {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-lvm-'))
    const image = join(directory, 'disk')
    const disk = openSync(image, 'w+')
    ftruncateSync(disk, bytes)
    const { stdout } = await execute('losetup', ['--find', '--show', image])
    const rig = new RealLvmRig(directory, disk, stdout.trim())
    await rig.#lvm(['vgcreate', '--devices', rig.#device, '--setautoactivation', 'n', '--', GROUP, rig.#device])
    // What others have left, behind the label and the metadata of LVM.
    const rubbish = new Uint8Array(bytes - MIB).fill(RUBBISH)
    writeSync(disk, rubbish, 0, rubbish.length, MIB)
    return rig
  }

  private constructor(directory: string, disk: number, device: string, locks = '') {
    this.#directory = directory
    this.#locks = locks
    this.#disk = disk
    this.#device = device
    this.place = { kind: 'volume-group', group: GROUP, devices: [device], thinPool: null }
  }

  /** Another host with the same disk: LVM's locks do not reach from one to the other. Ends with this one. */
  otherHost(): RealLvmRig {
    return new RealLvmRig(this.#directory, this.#disk, this.#device, join(this.#directory, 'locks'))
  }

  context(): EngineContext {
    const host: EngineHost = {
      machines: NO_MACHINES,
      hostId: testId('host', 'lvm'),
      run: (command, args) => (command === 'lvm' ? this.#lvm(args) : this.#dd(args)),
      get probe(): never {
        throw new Error('LVM has no use for it.')
      },
      secretFile: () => Promise.reject(new Error('LVM has no secrets.')),
    }
    const signal = new AbortController().signal
    return { host, signal, deadlineAt: performance.now() + 60_000, log: () => undefined }
  }

  /** As it was given, with one setting more. */
  #lvm(args: readonly string[]): Promise<CommandResult> {
    const [verb = '', ...rest] = args
    const at = rest.indexOf('--config')
    const always = this.#locks === '' ? WITHOUT_KERNEL : `${WITHOUT_KERNEL} global { locking_dir = "${this.#locks}" }`
    const config = at < 0 ? always : `${rest[at + 1]} ${always}`
    const others = at < 0 ? rest : rest.toSpliced(at, 2)
    return execute('lvm', [verb, '--config', config, ...others])
  }

  async #dd(args: readonly string[]): Promise<CommandResult> {
    const bytes = await this.#readDevice((args[0] ?? '').replace('if=', ''), 0, 512)
    return { exitCode: 0, stdout: new TextDecoder('utf8').decode(bytes), stderr: '' }
  }

  /** Where each extent of a volume begins on the disk, in bytes. */
  async #extentsOf(name: string): Promise<number[]> {
    const plain = ['--devices', this.#device, '--noheadings', '--units', 'b', '--nosuffix', '--separator', ';']
    const pv = await this.#lvm(['pvs', ...plain, '-o', 'pe_start,vg_extent_size'])
    const [start = 0, extent = 0] = pv.stdout.trim().split(';').map(Number)
    const lv = await this.#lvm(['lvs', ...plain, '-o', 'seg_pe_ranges', '--', `${GROUP}/${name}`])
    return [...lv.stdout.matchAll(/:(\d+)-(\d+)/g)].flatMap(([, first, last]) =>
      Array.from(
        { length: Number(last) - Number(first) + 1 },
        (_none, index) => start + (Number(first) + index) * extent,
      ),
    )
  }

  async #eachPart(
    path: string,
    offset: number,
    length: number,
    part: (place: number, at: number, size: number) => void,
  ) {
    const extents = await this.#extentsOf(path.replace(`/dev/${GROUP}/`, ''))
    const size = 4 * MIB
    for (let at = 0; at < length; ) {
      const extent = extents[Math.floor((offset + at) / size)]
      if (extent === undefined) throw new Error(`${path} ends before ${offset + length}`)
      const inside = (offset + at) % size
      const bytes = Math.min(size - inside, length - at)
      part(extent + inside, at, bytes)
      at += bytes
    }
  }

  async #readDevice(path: string, offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    await this.#eachPart(path, offset, length, (place, at, size) => readSync(this.#disk, bytes, at, size, place))
    return bytes
  }

  async #writeDevice(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    await this.#eachPart(path, offset, bytes.length, (place, at, size) => writeSync(this.#disk, bytes, at, size, place))
  }

  async #sizeOf(name: string): Promise<number> {
    return (await this.#extentsOf(name)).length * 4 * MIB
  }

  readonly runProgram = async ({ command, args }: WorkProgram): Promise<void> => {
    const target = args.at(-1) ?? ''
    const value = (option: string) => Number(args[args.indexOf(option) + 1])
    if (command === 'blkdiscard') {
      await this.#writeDevice(target, value('--offset'), new Uint8Array(value('--length')))
      return
    }
    const source = args.at(-2) ?? ''
    const bytes = await this.#readDevice(source, 0, await this.#sizeOf(source.replace(`/dev/${GROUP}/`, '')))
    await this.#writeDevice(target, 0, bytes)
  }

  write(_pool: OpenPool<VolumeGroupPlace>, volumeId: string, offset: number, bytes: Uint8Array): Promise<void> {
    return this.#writeDevice(volumeId, offset, bytes)
  }

  read(_pool: OpenPool<VolumeGroupPlace>, volumeId: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#readDevice(volumeId, offset, length)
  }

  async putForeign(content: Uint8Array): Promise<string> {
    const inactive = ['--activate', 'n', '--zero', 'n', '--wipesignatures', 'n']
    await this.#lvm(['lvcreate', '--devices', this.#device, ...inactive, '-L', '4M', '-n', FOREIGN, '--', GROUP])
    await this.#writeDevice(FOREIGN, 0, new Uint8Array(4 * MIB))
    await this.#writeDevice(FOREIGN, 0, content)
    return FOREIGN
  }

  readForeign(name: string): Promise<Uint8Array> {
    return this.#readDevice(name, 0, 4096)
  }

  async inventory(): Promise<string[]> {
    const columns = ['--noheadings', '-o', 'vg_tags,lv_name,lv_size,lv_tags']
    const { stdout } = await this.#lvm(['lvs', '--devices', this.#device, ...columns, '--', GROUP])
    const tags = await this.#lvm(['vgs', '--devices', this.#device, '--noheadings', '-o', 'vg_tags', '--', GROUP])
    const lines = stdout.split('\n').map((line) => line.trim())
    return [tags.stdout.trim(), ...lines].filter((line) => line !== '').toSorted()
  }

  /** LVM itself must find nothing wrong with what is left. */
  async close(): Promise<void> {
    await this.#lvm(['vgck', '--devices', this.#device, '--', GROUP])
    closeSync(this.#disk)
    await execute('losetup', ['--detach', this.#device])
    rmSync(this.#directory, { recursive: true })
  }
}
