import { Runner } from '@/agent/host/exec/run'
import { libvirtMachines } from '@/agent/libvirt/machines'
import type { OpenPool } from '@/lib/volume-engines/contract/engine'
import type { Machines } from '@/lib/volume-engines/contract/machines'
import type { DirectoryPlace } from '@/lib/volume-engines/contract/place'
import { type ImageFilesSettings, imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { type RunningMachine, startMachine } from '@/testing/libvirt/machine'
import type { RealLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { openImageRig } from '@/testing/volume-engines/image-rig'
import { runnerEngineHost } from '@/testing/volume-engines/machine-host'

const MIB = 1024 ** 2

export type ImageBench = Workbench<DirectoryPlace, ImageFilesSettings>

/** A pool of image files of 8 MiB whose machines are those of this libvirt. */
export async function openImageBench(libvirtd: RealLibvirtd): Promise<ImageBench> {
  const openRig = () => openImageRig(libvirtMachines(runnerEngineHost(new Runner()), libvirtd.uri))
  const given = {
    engine: imageFilesEngine,
    descriptor: imageFiles,
    settings: { default_format: 'qcow2', templates_path: 'templates' } as const,
    volume: { sizeBytes: 8 * MIB, format: 'qcow2', provisioning: 'thin' } as const,
    what: 'images of machines that run',
    openRig,
  }
  const bench = new Workbench(given, await openRig())
  await bench.open()
  return bench
}

/** What the engine of this pool asks libvirt with; a test may put something else in its place. */
export function machinesOf(bench: ImageBench): Machines {
  return bench.rig.context().host.machines
}

let machines = 0

/** A machine with this volume as its disk. */
export function runVolume(
  { pool }: ImageBench,
  libvirtd: RealLibvirtd,
  name: string,
  format: 'qcow2' | 'raw' = 'qcow2',
): RunningMachine {
  machines += 1
  const path = `${pool.place.path}/${volumeId(name)}/disk.${format}`
  return startMachine(libvirtd, `machine-${machines}`, { path, format })
}

/** The letters that begin at these places of a volume, with nothing running. */
export async function lettersAt({ rig, pool }: ImageBench, name: string, ...offsets: number[]): Promise<string> {
  let found = ''
  for (const offset of offsets) {
    const [byte = 0] = await rig.read(pool as OpenPool<DirectoryPlace>, volumeId(name), offset, 1)
    found += byte === 0 ? '.' : String.fromCharCode(byte)
  }
  return found
}
