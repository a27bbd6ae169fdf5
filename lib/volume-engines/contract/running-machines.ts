import { HoldfastError } from '@/lib/errors'
import type { EngineContext, SeenVolume } from '@/lib/volume-engines/contract/engine'
import type { MachineDisk } from '@/lib/volume-engines/contract/machines'

/** The machine that has this image open; null: nobody whom libvirt here knows. */
export async function machineWith(image: string, { host }: Pick<EngineContext, 'host'>): Promise<MachineDisk | null> {
  return (await host.machines.disks()).find((disk) => disk.image === image) ?? null
}

/** Says of volumes in use which machine that is. One question for all of them, and none while nobody uses any. */
export async function namingMachines(
  volumes: readonly SeenVolume[],
  imageOf: (volume: SeenVolume) => string,
  { host }: Pick<EngineContext, 'host'>,
): Promise<SeenVolume[]> {
  if (!volumes.some(({ isInUse }) => isInUse)) return [...volumes]
  const names = new Map((await host.machines.disks()).map(({ image, machine }) => [image, machine.name]))
  return volumes.map((volume) => {
    const usedBy = volume.isInUse ? names.get(imageOf(volume)) : undefined
    return usedBy === undefined ? volume : { ...volume, usedBy }
  })
}

/** After the storage has made a volume larger: the machine that has it open is told. Throws what it says. */
export async function tellNewSize(
  volumeId: string,
  image: string,
  sizeBytes: number,
  context: EngineContext,
): Promise<void> {
  const disk = await machineWith(image, context)
  if (disk === null) return
  try {
    await context.host.machines.resize(disk, sizeBytes)
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'cancelled') throw error
    context.log(
      `${volumeId} is larger, and the machine ${disk.machine.name} could not be told: it sees that when it is started again. ${error.message}`,
    )
  }
}
