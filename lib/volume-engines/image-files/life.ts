import { TRASH, UNFINISHED } from '@/lib/agent-protocol/own-names'
import { ProblemError } from '@/lib/drivers/problems/problem'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import {
  hasChildren,
  notTrashed,
  volumeInUse,
  volumeMissing,
  wouldShrink,
} from '@/lib/volume-engines/contract/refusals'
import { machineWith } from '@/lib/volume-engines/contract/running-machines'
import type { Chains } from '@/lib/volume-engines/image-files/chains'
import { change } from '@/lib/volume-engines/image-files/change'
import { sweepLayers } from '@/lib/volume-engines/image-files/layers'
import { diskFile, layerNamed, volumeDirectory } from '@/lib/volume-engines/image-files/layout'
import { chainsOf, filePath, living, livingOrRunning, type Pool, workable } from '@/lib/volume-engines/image-files/pool'
import { longRun, qemuImg } from '@/lib/volume-engines/image-files/qemu-img'

export async function growVolume(pool: Pool, volumeId: string, sizeBytes: number, turn: EngineTurn): Promise<void> {
  const { format, isFull, from, disk } = await turn.step('check', async () => {
    const chains = await chainsOf(pool, [volumeId], turn)
    const { mark, sizeBytes: from, machine, disk } = await livingOrRunning(pool, volumeId, chains, turn)
    if (from > sizeBytes) throw wouldShrink(volumeId, from, sizeBytes)
    // QEMU takes no room for what it adds to an image that it has open.
    if (machine !== null && mark.provisioning === 'full') throw volumeInUse(volumeId, machine.machine.name)
    const isFull = mark.provisioning === 'full'
    // Its long run would end in words of QEMU.
    if (isFull) await workable(pool, volumeId, chains, turn)
    return { format: mark.format, isFull, from, disk: disk.name }
  })
  if (from === sizeBytes) return
  const target = [filePath(pool, volumeId, disk ?? diskFile(format)), String(sizeBytes)]
  if (isFull) {
    // A program that was killed after it had come so far would refuse to be begun again.
    const now = (await chainsOf(pool, [volumeId], turn)).judge(volumeId)
    if (now?.sizeBytes === sizeBytes) return
    const args = ['resize', '-q', '-f', format, '--preallocation=falloc', ...target]
    await turn.run('grow', longRun(args, sizeBytes))
  } else {
    await turn.step('grow', () => growNow(pool, { volumeId, format, sizeBytes }, turn))
  }
}

/** By the machine that has it open, if one has by now. `qemu-img` takes the lock of what it makes larger, and so never touches what is open. */
async function growNow(
  pool: Pool,
  { volumeId, format, sizeBytes }: { volumeId: string; format: string; sizeBytes: number },
  turn: EngineTurn,
): Promise<void> {
  const { disk } = living(volumeId, await chainsOf(pool, [volumeId], turn))
  const path = filePath(pool, volumeId, disk.name)
  const machine = disk.isLocked ? await machineWith(path, turn) : null
  if (machine !== null) return turn.host.machines.resize(machine, sizeBytes)
  await qemuImg(volumeId, ['resize', '-q', '-f', format, path, String(sizeBytes)], turn)
}

/** Also one that cannot be read. Throws `in_use` with its children. */
export async function trashVolume(pool: Pool, volumeId: string, turn: EngineTurn): Promise<void> {
  const wasTrashed = await turn.step('check', async () => {
    const chains = await chainsOf(pool, null, turn)
    const isTrashed = trashedOf(chains, volumeId)
    if (isTrashed) return true
    requireChildless(chains, volumeId)
    await requireIdle(pool, volumeId, chains, turn)
    return false
  })
  if (wasTrashed) return
  await turn.step(
    'trash',
    () => moveVolume(pool, volumeId, true, turn),
    () => moveVolume(pool, volumeId, false, turn),
  )
}

export async function untrashVolume(pool: Pool, volumeId: string, turn: EngineTurn): Promise<void> {
  const wasTrashed = await turn.step('check', async () => trashedOf(await chainsOf(pool, [volumeId], turn), volumeId))
  if (!wasTrashed) return
  await turn.step(
    'untrash',
    () => moveVolume(pool, volumeId, false, turn),
    () => moveVolume(pool, volumeId, true, turn),
  )
}

/** Not there: success. */
export async function purgeVolume(pool: Pool, volumeId: string, turn: EngineTurn): Promise<void> {
  const bases = await turn.step('check', async () => {
    const chains = await chainsOf(pool, null, turn)
    const directory = chains.directory(volumeId)
    if (directory === null) return null
    if (!directory.isTrashed) throw notTrashed(volumeId)
    requireChildless(chains, volumeId)
    const named = (directory.files ?? []).flatMap(({ header }) => {
      const backing = typeof header === 'object' && header?.backing ? layerNamed(header.backing, volumeId) : null
      return backing === null || backing.volumeId === volumeId ? [] : [backing.volumeId]
    })
    return [...new Set(named)]
  })
  if (bases === null) return
  await turn.step('purge', async () => {
    // First out of sight, so that no half of it is ever taken for a volume.
    const gone = `${UNFINISHED}gone-${volumeId}`
    const { path } = pool.place
    if ((await chainsOf(pool, [volumeId], turn)).directory(volumeId)?.isTrashed) {
      await change(
        path,
        [
          { do: 'remove', path: gone },
          { do: 'move', path: volumeDirectory(volumeId, true), to: gone },
        ],
        turn,
      )
    }
    await change(
      path,
      [
        { do: 'remove', path: gone },
        { do: 'remove empty', path: TRASH },
      ],
      turn,
    )
    if (bases.length > 0) await sweepLayers(pool, bases, turn)
  })
}

/** Throws `not_found`. */
function trashedOf(chains: Chains, volumeId: string): boolean {
  const directory = chains.directory(volumeId)
  if (directory === null) throw volumeMissing(volumeId)
  return directory.isTrashed
}

function requireChildless(chains: Chains, volumeId: string): void {
  const children = chains.childrenOf(volumeId)
  if (children.length > 0) throw hasChildren(`The volume ${volumeId}`, children)
}

async function requireIdle(pool: Pool, volumeId: string, chains: Chains, turn: EngineTurn): Promise<void> {
  try {
    await workable(pool, volumeId, chains, turn)
  } catch (error) {
    // A broken one can be thrown away too, unless somebody has it open.
    if (!(error instanceof ProblemError)) throw error
    const { files } = chains.directory(volumeId) ?? {}
    if (files?.some(({ isLocked }) => isLocked)) throw volumeInUse(volumeId)
  }
}

/** It is there already: success. */
async function moveVolume(pool: Pool, volumeId: string, toTrash: boolean, turn: EngineTurn): Promise<void> {
  const directory = (await chainsOf(pool, [volumeId], turn)).directory(volumeId)
  if (directory === null || directory.isTrashed === toTrash) return
  const move = {
    do: 'move',
    path: volumeDirectory(volumeId, !toTrash),
    to: volumeDirectory(volumeId, toTrash),
  } as const
  const trash = { path: TRASH } as const
  await change(
    pool.place.path,
    toTrash ? [{ do: 'have directory', ...trash }, move] : [move, { do: 'remove empty', ...trash }],
    turn,
  )
}
