import { execFileSync } from 'node:child_process'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'

/** Milliseconds, by act. */
export type Samples = Record<string, number[]>

export async function timed(into: Samples, act: string, work: () => void | Promise<void>): Promise<void> {
  const from = performance.now()
  await work()
  const list = into[act] ?? []
  into[act] = list
  list.push(performance.now() - from)
}

export function qemuImg(...args: string[]): void {
  execFileSync('/usr/bin/qemu-img', args)
}

/** What a person would type for image files of 10 GiB, which grow to 11 GiB; one set for each round. */
export class BareImages {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  create(n: number): void {
    qemuImg('create', '-q', '-f', 'qcow2', this.#path('a', n), '10G')
  }

  snapshot(n: number): void {
    renameSync(this.#path('a', n), this.#path('s', n))
    this.#above(n, 'a')
  }

  clone(n: number): void {
    this.#above(n, 'c')
  }

  resize(n: number): void {
    qemuImg('resize', '-q', '-f', 'qcow2', this.#path('a', n), '11G')
  }

  #above(n: number, name: string): void {
    qemuImg('create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', this.#path('s', n), this.#path(name, n))
  }

  #path(name: string, n: number): string {
    return join(this.#directory, `${name}${n}.qcow2`)
  }
}

const POOL = 'bench'
const BACKED = ['--backing-vol-format', 'qcow2', '--backing-vol']

/** The same by `virsh vol-…`, with a libvirtd of our own. Snapshots of volumes it has none: a volume above the one that stays. */
export class LibvirtImages {
  readonly #libvirtd: RealLibvirtd

  private constructor(libvirtd: RealLibvirtd) {
    this.#libvirtd = libvirtd
  }

  /** Null where libvirt is not installed. */
  static async open(directory: string): Promise<LibvirtImages | null> {
    if (!['/usr/sbin/libvirtd', '/usr/bin/virsh'].every((program) => existsSync(program))) return null
    const libvirtd = await startLibvirtd()
    libvirtd.virsh('pool-create-as', POOL, 'dir', '--target', directory)
    return new LibvirtImages(libvirtd)
  }

  create(n: number): void {
    this.#make(`a${n}`)
  }

  snapshot(n: number): void {
    this.#make(`s${n}`, ...BACKED, `a${n}.qcow2`)
  }

  clone(n: number): void {
    this.#make(`c${n}`, ...BACKED, `a${n}.qcow2`)
  }

  resize(n: number): void {
    this.#libvirtd.virsh('vol-resize', `s${n}.qcow2`, '11G', '--pool', POOL)
  }

  async close(): Promise<void> {
    this.#libvirtd.virsh('pool-destroy', POOL)
    await this.#libvirtd.close()
  }

  #make(name: string, ...more: string[]): void {
    this.#libvirtd.virsh('vol-create-as', POOL, `${name}.qcow2`, '10G', '--format', 'qcow2', ...more)
  }
}
