import type { SnapshotConsistency } from '@/lib/agent-protocol/pools'
import { toHoldfastError } from '@/lib/errors'
import { isAble, neededFor, versionsInWords } from '@/lib/libvirt/abilities'
import type { EngineContext, EngineTurn } from '@/lib/volume-engines/contract/engine'
import type { MachineDisk, Stillness } from '@/lib/volume-engines/contract/machines'
import { change } from '@/lib/volume-engines/image-files/change'
import { isGone, isTaken } from '@/lib/volume-engines/image-files/child-answer'
import { FROZEN, WRITABLE } from '@/lib/volume-engines/image-files/layers'
import { livingDiskFile } from '@/lib/volume-engines/image-files/layout'
import { chainsOf, filePath, type Pool } from '@/lib/volume-engines/image-files/pool'
import { overlayArguments, qemuImg, refusal } from '@/lib/volume-engines/image-files/qemu-img'

/** What a running machine writes to becomes a layer, and the machine goes on with an empty image on top of it. */
export interface RunningFreeze {
  volumeId: string
  /** Name of the layer. */
  layer: string
  /** Of the image that the machine has open. */
  disk: string
  sizeBytes: number
  /** Of the operation. */
  token: string
  machine: MachineDisk
}

const HOW_STILL: Record<Stillness, string> = {
  still: 'The file systems in the machine stood still for it.',
  'no agent': 'No agent in the machine answered: its file systems are as after a loss of power.',
  refused: 'The agent in the machine would not have its file systems stand still: they are as after a loss of power.',
}

/** `what`: what is to be done. Throws `unsupported` with the versions that can. */
export async function requireAbleWhileRunning(
  what: string,
  { machine }: MachineDisk,
  { host }: EngineContext,
): Promise<void> {
  const versions = await host.machines.versions()
  if (isAble('snapshot', versions)) return
  throw refusal(
    `${what} while the machine ${machine.name} runs needs ${neededFor('snapshot')}; this host has ${versionsInWords(versions)}. Stop the machine, or upgrade them.`,
  )
}

/**
 * The machine is told to go on with an image that lies beside the old one, and its definition names that from then on. The old one
 * keeps its name besides that of the layer: QEMU opens it by that again. May be repeated from any point at which it was cut off; whether
 * the file systems stood still is not known any more then.
 */
export async function freezeRunning(pool: Pool, freeze: RunningFreeze, turn: EngineTurn): Promise<SnapshotConsistency> {
  let consistency: SnapshotConsistency = 'crash'
  const { volumeId, layer, disk, sizeBytes, token, machine } = freeze
  const { path } = pool.place
  const next = livingDiskFile(token)
  const wanted = filePath(pool, volumeId, next)
  if (!(await hasGoneOn(pool, freeze, turn))) {
    await nameLayer(pool, freeze, turn)
    await change(path, [{ do: 'remove', path: `${volumeId}/${next}` }], turn)
    await qemuImg(volumeId, overlayArguments(wanted, layer, sizeBytes), turn)
    await change(path, [{ do: 'mode', path: `${volumeId}/${next}`, mode: WRITABLE }], turn)
    const how = await turn.host.machines.snapshot(machine, wanted)
    turn.log(`${machine.machine.name} goes on with ${next}, and ${disk} is the snapshot. ${HOW_STILL[how]}`)
    if (how === 'still') consistency = 'frozen'
  }
  await finish(pool, freeze, turn)
  return consistency
}

async function finish(pool: Pool, { volumeId, layer, machine }: RunningFreeze, turn: EngineTurn): Promise<void> {
  await turn.host.machines.settle(machine)
  await change(pool.place.path, [{ do: 'mode', path: `${volumeId}/${layer}`, mode: FROZEN }], turn)
}

/** Also where nobody can say any more, since the machine is gone: something was written to the new image, or somebody has it open. */
async function hasGoneOn(pool: Pool, { volumeId, token, machine }: RunningFreeze, turn: EngineTurn): Promise<boolean> {
  const next = livingDiskFile(token)
  if ((await turn.host.machines.imageOf(machine)) === filePath(pool, volumeId, next)) return true
  const file = (await chainsOf(pool, [volumeId], turn)).file(volumeId, next)
  if (file === null) return false
  const { header, isLocked, bytes } = file
  return isLocked || typeof header !== 'object' || header === null || bytes > header.emptyBytes
}

/** A second name of the disk. Throws `unsupported` where the storage knows none. */
async function nameLayer(pool: Pool, { volumeId, layer, disk }: RunningFreeze, turn: EngineTurn): Promise<void> {
  const link = { do: 'link', path: `${volumeId}/${disk}`, to: `${volumeId}/${layer}`, isStrict: true } as const
  try {
    await change(pool.place.path, [link], turn)
  } catch (error) {
    if (isTaken(error)) return
    const { code, message } = toHoldfastError(error)
    if (code !== 'command_failed') throw error
    throw refusal(`This storage gives a file no second name, which a snapshot of a running machine needs. ${message}`)
  }
}

/** Takes it back, as long as the machine has not gone on with the new image. */
export async function thawRunning(pool: Pool, freeze: RunningFreeze, turn: EngineTurn): Promise<void> {
  const { volumeId, layer, disk, token } = freeze
  const next = livingDiskFile(token)
  if (await hasGoneOn(pool, freeze, turn)) return finish(pool, freeze, turn)
  const { path } = pool.place
  await change(path, [{ do: 'remove', path: `${volumeId}/${next}` }], turn)
  const files = (await chainsOf(pool, [volumeId], turn)).directory(volumeId)?.files ?? []
  const [frozen, living] = [layer, disk].map((name) => files.find((file) => file.name === name))
  if (frozen === undefined || frozen.inode !== living?.inode) return
  try {
    await change(path, [{ do: 'remove', path: `${volumeId}/${layer}` }], turn)
    await change(path, [{ do: 'mode', path: `${volumeId}/${disk}`, mode: WRITABLE }], turn)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}
