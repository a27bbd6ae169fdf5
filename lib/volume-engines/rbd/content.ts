import { CommandError } from '@/lib/drivers/problems/command-error'
import { ProblemError } from '@/lib/drivers/problems/problem'
import type {
  Confinement,
  EngineContext,
  EngineTurn,
  ImageSource,
  NewVolume,
  WorkProgram,
} from '@/lib/volume-engines/contract/engine'
import type { RbdPlace } from '@/lib/volume-engines/contract/place'
import { foreignMissing, volumeExists } from '@/lib/volume-engines/contract/refusals'
import {
  type Cluster,
  CONF,
  confWithKey,
  EXISTS,
  longWork,
  progressOf,
  type RbdPool,
  valuesOf,
  withCluster,
} from '@/lib/volume-engines/rbd/cluster'
import { createImage } from '@/lib/volume-engines/rbd/commands'
import {
  findImage,
  isThere,
  markAsOurs,
  removeMade,
  requireIdle,
  requireSnapshot,
  requireVolume,
} from '@/lib/volume-engines/rbd/images'
import { isVolume, MARK_IMAGE } from '@/lib/volume-engines/rbd/names'
import { parseConvertPercent } from '@/lib/volume-engines/rbd/parse-rbd'

/** Whoever reads the source puts its files beside its own. */
const SOURCE_CONF = 'source-ceph.conf'
/** In the place of the directory, which only the reader knows. */
const DIRECTORY = '{directory}'
/** What QEMU would take for its own punctuation is in no name that we hand to it. */
const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
const QEMU_WITHOUT_RBD = /unknown (?:protocol|driver) '?rbd|module.*not (?:installed|found)/i

export async function source(
  pool: RbdPool,
  what: { volumeId: string; snapshotId: string | null } | { foreign: string },
  context: EngineContext,
): Promise<ImageSource> {
  return await withCluster(pool, context, async (cluster) => {
    if ('foreign' in what) {
      const image = await findImage(cluster, what.foreign)
      if (image === null || isVolume(what.foreign) || what.foreign === MARK_IMAGE) throw foreignMissing(what.foreign)
      if (!PLAIN_NAME.test(what.foreign)) {
        throw new ProblemError('rbd.name_not_usable', { ...valuesOf(pool.place), image: what.foreign })
      }
      await requireIdle(cluster, what.foreign)
      return readable(pool.place, what.foreign, null, image.sizeBytes)
    }
    const { sizeBytes } = await requireVolume(cluster, what.volumeId)
    if (what.snapshotId === null) {
      await requireIdle(cluster, what.volumeId)
      return readable(pool.place, what.volumeId, null, sizeBytes)
    }
    const snapshot = await requireSnapshot(cluster, what.volumeId, what.snapshotId)
    return readable(pool.place, what.volumeId, what.snapshotId, snapshot.sizeBytes)
  })
}

function readable(place: RbdPlace, image: string, snapshot: string | null, sizeBytes: number): ImageSource {
  return {
    format: 'raw',
    location: location(place, snapshot === null ? image : `${image}@${snapshot}`, `${DIRECTORY}/${SOURCE_CONF}`),
    sizeBytes,
    files: { [SOURCE_CONF]: confWithKey(place) },
  }
}

/** As QEMU names an image (`qemu-img(1)`, `rbd:`); a colon in a path is one of the path. */
function location({ pool, namespace, user }: RbdPlace, image: string, conf: string): string {
  const name = [pool, namespace, image].filter((part) => part !== '').join('/')
  return `rbd:${name}:id=${user}:conf=${conf.replace(/[\\:=@]/g, '\\$&')}`
}

export async function create(
  pool: RbdPool,
  volume: NewVolume,
  content: ImageSource | null,
  turn: EngineTurn,
): Promise<void> {
  const { volumeId, sizeBytes, provisioning } = volume
  await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      if (await isThere(cluster, volumeId)) throw volumeExists(volumeId)
    }),
  )
  await turn.step(
    'create',
    () =>
      withCluster(pool, turn, async (cluster) => {
        await cluster.ask(createImage(pool.place, volumeId, sizeBytes), [EXISTS])
        await markAsOurs(cluster, volumeId)
        if (content !== null || provisioning === 'full') await requireQemu(cluster, volumeId)
      }),
    () => withCluster(pool, turn, (cluster) => removeMade(cluster, volumeId)),
  )
  if (content !== null) await turn.run('fill', fill(pool, volume, content, turn.directory('fill')))
  else if (provisioning === 'full') await turn.run('fill', fill(pool, volume, zeros(sizeBytes), turn.directory('fill')))
}

/** What speaks to Ceph is a part of QEMU that many systems do not install with it. Throws `tool_missing` then. */
async function requireQemu({ where, context, conf }: Cluster, volumeId: string): Promise<void> {
  try {
    await context.host.run('qemu-img', ['info', '-f', 'raw', '--', location(where, volumeId, conf)])
  } catch (error) {
    if (!(error instanceof CommandError) || !QEMU_WITHOUT_RBD.test(error.stderr)) throw error
    throw new ProblemError('rbd.qemu_without_rbd', {}, { said: error.stderr, cause: error })
  }
}

/** As many zeros as the volume has bytes. */
function zeros(sizeBytes: number): ImageSource {
  const file = { driver: 'null-co', size: sizeBytes, 'read-zeroes': true }
  return { format: 'raw', location: `json:${JSON.stringify({ file })}`, sizeBytes }
}

/**
 * Copies into the image that was just made, so what is empty need not be written; of a volume that is to have all of its room, zeros are
 * written too.
 */
function fill(pool: RbdPool, volume: NewVolume, content: ImageSource, directory: string): WorkProgram {
  const { place } = pool
  const sparse = volume.provisioning === 'full' ? ['-S', '0'] : ['--target-is-zero']
  const { confined } = content
  const from = content.location.replaceAll(DIRECTORY, directory)
  const to = location(place, volume.volumeId, `${directory}/${CONF}`)
  const rbd = longWork(pool, { command: 'rbd', args: [] }, directory, {
    bytes: content.sizeBytes,
    percentOf: () => null,
  })
  return {
    ...rbd,
    command: 'qemu-img',
    args: ['convert', '-p', '-n', ...sparse, '-t', 'writeback', '-f', content.format, '-O', 'raw', '--', from, to],
    files: { ...content.files, ...rbd.files },
    ...(confined === undefined
      ? {}
      : { confined: reaching(confined, [CONF, ...Object.keys(content.files ?? {})], directory) }),
    parseProgress: (line) => progressOf(parseConvertPercent(line), content.sizeBytes),
  }
}

/** The confinement of an image from outside, with the way to the cluster: its network, and the files that say where it is. */
function reaching(confined: Confinement, files: readonly string[], directory: string): Confinement {
  const readable = [...confined.readable, ...files.map((name) => `${directory}/${name}`)]
  return { ...confined, readable, network: true }
}
