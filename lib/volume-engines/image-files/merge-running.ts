import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import type { DiskJob, ImageMerge, MachineDisk, OpenImage } from '@/lib/volume-engines/contract/machines'
import { type Chains, isSame, type Layer } from '@/lib/volume-engines/image-files/chains'
import { type Change, change } from '@/lib/volume-engines/image-files/change'
import { isTaken } from '@/lib/volume-engines/image-files/child-answer'
import { goneMark } from '@/lib/volume-engines/image-files/gone-layers'
import { clearOtherNames, FROZEN, WRITABLE } from '@/lib/volume-engines/image-files/layers'
import { LAYER_FILE, nextFile } from '@/lib/volume-engines/image-files/layout'
import { chainsOf, type Pool, workableOrRunning } from '@/lib/volume-engines/image-files/pool'
import { LOCKED } from '@/lib/volume-engines/image-files/qemu-img'

const POLL_MS = 500
/** libvirt may be busy with something else for a while; what QEMU does goes on. */
const MOST_SILENT = 20

/** What a machine that runs does with the images below its disk. JSON, for the journal. */
export interface RunningMerge {
  volumeId: string
  /** Name of the image that the machine writes to. */
  disk: string
  machine: MachineDisk
  /** Of the operation. */
  token: string
  how: Pull | Commit
}

/** The disk gets what this layer of its volume keeps, right below it; null: all that lies below it. */
interface Pull {
  do: 'pull'
  layer: string | null
}

/**
 * What `top` keeps is written into the layer below, which is the content of `top` from then on; `over` lies on `top` until then. QEMU
 * can merge layers that a machine only reads in no other direction. The snapshot that the layer was is lost with the first byte.
 */
interface Commit {
  do: 'commit'
  layer: string
  top: string
  over: string
}

/** How a machine gets rid of a layer of its volume; null: the machine does not have it open. `disk`: what the machine writes to. */
export function mergeOf(chains: Chains, disk: Layer, layer: Layer): RunningMerge['how'] | null {
  const open = [disk, ...chains.chain(disk)]
  const at = open.findIndex((one) => isSame(one, layer))
  if (at < 1) return null
  const [over, top] = [open[at - 2], open[at - 1]]
  if (over === undefined || top === undefined) return { do: 'pull', layer: layer.file }
  return { do: 'commit', layer: layer.file, top: top.file, over: over.file }
}

/**
 * Has the machine do it, or joins what it does already. False: it does not run any more, so the images are free. May be repeated from
 * any point at which it was cut off.
 */
export async function mergeRunning(pool: Pool, merge: RunningMerge, turn: EngineTurn): Promise<boolean> {
  const { volumeId, machine } = merge
  for (let isBegun = false; ; ) {
    if (await followJob(merge, turn)) isBegun = true
    // Only now: what is read after the end of a job is what it has left.
    const chains = await chainsOf(pool, null, turn)
    if (isMerged(chains, merge)) {
      await finish(pool, merge, turn)
      return true
    }
    const { machine: now } = await workableOrRunning(pool, volumeId, chains, turn)
    if (now === null) {
      await tidy(pool, merge, turn)
      return false
    }
    if (isBegun) {
      throw new HoldfastError('command_failed', `${machine.machine.name} has given up before the images were merged.`, {
        recovery: 'The log of the machine (/var/log/libvirt/qemu) says why; do it again, or stop the machine first.',
      })
    }
    await begin(pool, merge, chains, turn)
    isBegun = true
  }
}

/** Until nothing is done with the disk any more. Was something done? Throws `busy` where that is not what is meant. */
async function followJob({ machine, how }: RunningMerge, turn: EngineTurn): Promise<boolean> {
  let silent = 0
  for (let isSeen = false; ; isSeen = true) {
    const job = await jobOf(machine, turn)
    if (job === null) return isSeen
    silent = job === 'silent' ? silent + 1 : 0
    if (silent > MOST_SILENT) throw new HoldfastError('timed_out', 'libvirt does not answer.')
    if (job !== 'silent') {
      if (job.do !== how.do) throw otherJob(machine)
      turn.advance({ done: job.done, total: job.total, unit: 'bytes' })
    }
    await pauseFor(POLL_MS, turn.signal)
    turn.signal.throwIfAborted()
  }
}

async function jobOf(machine: MachineDisk, { host }: EngineTurn): Promise<DiskJob | 'silent' | null> {
  try {
    return await host.machines.job(machine)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'timed_out') return 'silent'
    throw error
  }
}

function otherJob({ machine, target }: MachineDisk): HoldfastError {
  return new HoldfastError(
    'busy',
    `Something else is being done with the disk ${target} of the machine ${machine.name}.`,
    {
      recovery: 'Wait for its end, or stop it (virsh blockjob), then do it again.',
    },
  )
}

async function begin(pool: Pool, merge: RunningMerge, chains: Chains, turn: EngineTurn): Promise<void> {
  const { machine, how } = merge
  const asked = await namedByLibvirt(merge, chains, turn)
  if (how.do === 'commit') await prepareCommit(pool, merge, how, turn)
  try {
    await turn.host.machines.merge(machine, asked)
  } catch (error) {
    // It has said no, so nothing was written.
    if (error instanceof CommandError && error.exitCode !== null && (await turn.host.machines.job(machine)) === null) {
      if (how.do === 'commit') await takeMarkBack(pool, merge, how, turn)
      if (LOCKED.test(error.stderr)) throw openElsewhere(merge)
    }
    throw error
  }
  const what = how.do === 'pull' ? `${merge.disk} gets what lies below it` : `${how.top} is written into ${how.layer}`
  turn.log(`${machine.machine.name} goes on while ${what}.`)
}

function openElsewhere({ volumeId }: RunningMerge): HoldfastError {
  return new HoldfastError(
    'busy',
    `Something else has images of the volume ${volumeId} open, such as a machine on a clone.`,
    {
      details: { volume: volumeId },
      recovery: 'Stop that, or flatten the clone, then do it again.',
    },
  )
}

/** Throws `busy` where the machine has other images open than lie there. */
async function namedByLibvirt(
  { volumeId, disk, machine, how }: RunningMerge,
  chains: Chains,
  turn: EngineTurn,
): Promise<ImageMerge> {
  if (how.do === 'pull' && how.layer === null) return { do: 'pull', base: null }
  const here = { volumeId, file: disk }
  const layers = [here, ...chains.chain(here)]
  const open = (await turn.host.machines.images(machine)) ?? []
  const isAsHere = open.length === layers.length && layers.every((layer, at) => isNamed(chains, layer, open[at]))
  const at = layers.findIndex((one) => isSame(one, { volumeId, file: how.layer ?? '' }))
  const [over, image, under] = [open[at - 1], open[at], open[at + 1]]
  if (!isAsHere || image === undefined || over === undefined) {
    throw new HoldfastError('busy', `The machine ${machine.machine.name} has other images open than lie in the pool.`, {
      recovery: `Stop the machine ${machine.machine.name}, then do it again.`,
    })
  }
  if (how.do === 'pull') return { do: 'pull', base: under?.name ?? null }
  return { do: 'commit', top: over.name, base: image.name }
}

function isNamed(chains: Chains, layer: Layer, image: OpenImage | undefined): boolean {
  const [directory, name = ''] = image?.path.split('/').slice(-2) ?? []
  return directory === layer.volumeId && chains.namesOf(layer).includes(name)
}

/** The second name shows that the storage can have one, before anything is lost; it becomes that of the top. */
async function prepareCommit(
  pool: Pool,
  { volumeId, disk, token }: RunningMerge,
  how: Commit,
  turn: EngineTurn,
): Promise<void> {
  const { path } = pool.place
  const next = `${volumeId}/${nextFile(token)}`
  const writable = [how.layer, ...(how.over === disk ? [] : [how.over])]
  await change(
    path,
    [
      { do: 'remove', path: next },
      { do: 'link', path: `${volumeId}/${how.layer}`, to: next, isStrict: true },
      ...writable.map((name) => ({ do: 'mode', path: `${volumeId}/${name}`, mode: WRITABLE }) as const),
    ],
    turn,
  )
  try {
    await change(path, [{ do: 'write', path: `${volumeId}/${goneMark(how.layer)}`, text: '' }], turn)
  } catch (error) {
    if (!isTaken(error)) throw error
  }
}

async function takeMarkBack(pool: Pool, merge: RunningMerge, how: Commit, turn: EngineTurn): Promise<void> {
  await change(pool.place.path, [{ do: 'remove', path: `${merge.volumeId}/${goneMark(how.layer)}` }], turn)
  await tidy(pool, merge, turn)
}

/** By what the images say of themselves. */
function isMerged(chains: Chains, { volumeId, disk, how }: RunningMerge): boolean {
  if (how.do === 'pull') {
    const below = chains.chain({ volumeId, file: disk })
    return how.layer === null
      ? below.length === 0
      : !below.some((one) => isSame(one, { volumeId, file: how.layer ?? '' }))
  }
  // A name that nothing went by any more was taken away.
  if (!isThere(chains, volumeId, how.layer)) return true
  const [below] = chains.chain({ volumeId, file: how.over })
  return below !== undefined && isSame(below, chains.standing({ volumeId, file: how.layer }))
}

function isThere(chains: Chains, volumeId: string, name: string): boolean {
  return chains.directory(volumeId)?.all.some((file) => file.name === name) === true
}

/** The image that was written into gets the names of the top, and so becomes what that was. */
async function finish(pool: Pool, merge: RunningMerge, turn: EngineTurn): Promise<void> {
  const { volumeId, machine, how } = merge
  if (how.do === 'commit') {
    const chains = await chainsOf(pool, [volumeId], turn)
    const place = (name: string) => `${volumeId}/${name}`
    const names = chains.namesOf({ volumeId, file: how.top })
    if (isThere(chains, volumeId, how.layer) && !names.includes(how.layer)) {
      const next = place(nextFile(merge.token))
      // A name that the machine had it by would be taken for the disk.
      const dead = names.filter((name) => !LAYER_FILE.test(name))
      const moved = names.filter((name) => LAYER_FILE.test(name))
      const acts: Change[] = [
        ...dead.map((name) => ({ do: 'remove', path: place(name) }) as const),
        ...moved.flatMap((name): Change[] => [
          { do: 'remove', path: next },
          { do: 'link', path: place(how.layer), to: next, isStrict: true },
          { do: 'replace', path: next, to: place(name) },
        ]),
      ]
      await change(pool.place.path, acts, turn)
    }
  }
  await tidy(pool, merge, turn)
  await turn.host.machines.settle(machine)
  const open = (await turn.host.machines.images(machine)) ?? []
  await clearOtherNames(
    pool,
    volumeId,
    open.map(({ path }) => path.split('/').at(-1) ?? ''),
    turn,
  )
}

/** Layers are written to by nobody again. */
async function tidy(pool: Pool, { volumeId, disk, token, how }: RunningMerge, turn: EngineTurn): Promise<void> {
  if (how.do === 'pull') return
  const chains = await chainsOf(pool, [volumeId], turn)
  const layers = [how.layer, how.top, ...(how.over === disk ? [] : [how.over])]
  const frozen = layers.filter((name) => isThere(chains, volumeId, name))
  await change(
    pool.place.path,
    [
      { do: 'remove', path: `${volumeId}/${nextFile(token)}` },
      ...frozen.map((name) => ({ do: 'mode', path: `${volumeId}/${name}`, mode: FROZEN }) as const),
    ],
    turn,
  )
}

/**
 * Stops it. What the machine reads is the same at every point of it; but a snapshot that was being written into is not there any more, and
 * what it keeps stays until it is deleted again.
 */
export async function stopMerging(pool: Pool, merge: RunningMerge, turn: EngineTurn): Promise<void> {
  const { volumeId, machine, how } = merge
  const { machines } = turn.host
  const job = await machines.job(machine)
  if (job !== null && job.do === how.do) {
    await machines.stopJob(machine)
    await followJob(merge, turn)
  }
  const chains = await chainsOf(pool, null, turn)
  if (isMerged(chains, merge)) return finish(pool, merge, turn)
  await tidy(pool, merge, turn)
  if (how.do === 'commit' && chains.isGone({ volumeId, file: how.layer }))
    turn.log('The snapshot is not whole any more, so it is gone. What it keeps is taken away when it is deleted again.')
}
