import { z } from 'zod'
import { HoldfastError } from '@/lib/errors'
import { programText } from '@/lib/program-text'
import type { EngineContext, OutsideImage, SeenTemplate } from '@/lib/volume-engines/contract/engine'
import { foreignMissing } from '@/lib/volume-engines/contract/refusals'
import { readAnswer } from '@/lib/volume-engines/image-files/child-answer'
import { foreignFormat, ISO } from '@/lib/volume-engines/image-files/foreign'
import { imageKind } from '@/lib/volume-engines/image-files/image-kind'
import { openBelow } from '@/lib/volume-engines/image-files/open-below'
import { lookAt, type Pool } from '@/lib/volume-engines/image-files/pool'
import { HEADER_PARTS, readQcow2Header } from '@/lib/volume-engines/image-files/qcow2-header'
import { Header, type SeenOther } from '@/lib/volume-engines/image-files/survey'
import { templateKinds, templateNames } from '@/lib/volume-engines/image-files/template-programs'

/** As many as are told of. */
const MOST = 200
const HEADER_BYTES = 65_536
const LOOK_MS = 60_000

const Names = z
  .object({
    count: z.int(),
    files: z.array(z.object({ name: z.string(), bytes: z.number(), modifiedMs: z.number() })),
  })
  .nullable()

const Kinds = z.array(
  z.object({
    name: z.string(),
    kind: z.literal('file'),
    bytes: z.number(),
    modifiedMs: z.number(),
    format: z.string().nullable(),
    header: Header.nullable(),
  }),
)

/** By folder and name, what was seen last: a file is looked into again only when its size or its time is another. */
const MOST_FOLDERS = 1000
const seenBefore = new Map<string, ReadonlyMap<string, SeenTemplate>>()

/** Those that were looked at last: of a pool that was closed nothing is said here. */
function remember(folder: string, known: ReadonlyMap<string, SeenTemplate>): void {
  seenBefore.delete(folder)
  seenBefore.set(folder, known)
  const [oldest] = seenBefore.keys()
  if (seenBefore.size > MOST_FOLDERS && oldest !== undefined) seenBefore.delete(oldest)
}

function folderOf({ place, settings }: Pool): { root: string; parts: string[] } {
  return { root: place.path, parts: settings.templates_path.split('/') }
}

/** Of a file that lies in the folder of templates itself, by its path below the pool. */
export function isTemplate({ settings }: Pool, path: string): boolean {
  return path.slice(0, path.lastIndexOf('/') + 1) === `${settings.templates_path}/`
}

/** Cheap: names and sizes, and a look at the first bytes of what is new. Null: the folder cannot be read. */
export async function lookAtTemplates(
  pool: Pool,
  { host }: EngineContext,
): Promise<{ count: number; items: SeenTemplate[] } | null> {
  const text = programText(templateNames, [{ ...folderOf(pool), limit: MOST }, openBelow], [openBelow])
  const { stdout } = await host.run('node', ['-e', text], { timeoutMs: LOOK_MS, evaluates: true })
  const found = readAnswer(stdout, Names)
  if (found === null) return null
  const folder = `${pool.poolId}/${pool.settings.templates_path}`
  const before = seenBefore.get(folder)
  const isSame = (file: { name: string; bytes: number; modifiedMs: number }) => {
    const known = before?.get(file.name)
    return known?.bytes === file.bytes && known.modifiedMs === file.modifiedMs
  }
  const due = found.files.filter((file) => !isSame(file)).map(({ name }) => name)
  const fresh = new Map((await kindsOf(pool, due, host)).map((seen) => [seen.name, told(seen)]))
  const known = new Map(
    found.files.flatMap((file) => {
      const seen = fresh.get(file.name) ?? (isSame(file) ? before?.get(file.name) : undefined)
      return seen === undefined ? [] : [[file.name, seen] as const]
    }),
  )
  remember(folder, known)
  // One that could not be read is told without what is in it, and is tried again.
  const items = found.files.map((file) => known.get(file.name) ?? { ...file, format: null, virtualBytes: null })
  return { count: found.count, items }
}

/** Throws `not_found`, and `conflict` where the mark of the pool is not there, or the file is not `as` it was. */
export async function findTemplate(
  pool: Pool,
  path: string,
  context: EngineContext,
  as?: OutsideImage['as'],
): Promise<SeenOther> {
  await lookAt(pool, [], context)
  const name = path.slice(path.lastIndexOf('/') + 1)
  const [found] = await kindsOf(pool, [name], context.host)
  if (found === undefined) throw foreignMissing(path)
  const { modifiedMs, ...seen } = found
  if (as !== undefined && (as.bytes !== seen.bytes || as.modifiedMs !== modifiedMs))
    throw new HoldfastError('conflict', `The template ${name} has changed since it was listed.`, {
      recovery: 'Wait until nothing writes to it any more and it is listed as it is now, then try again.',
    })
  return { ...seen, name: path }
}

async function kindsOf(
  pool: Pool,
  names: readonly string[],
  host: EngineContext['host'],
): Promise<z.infer<typeof Kinds>> {
  if (names.length === 0) return []
  const text = programText(
    templateKinds,
    [{ ...folderOf(pool), names, headerBytes: HEADER_BYTES }, openBelow, readQcow2Header, imageKind],
    [openBelow, imageKind, ...HEADER_PARTS],
  )
  const { stdout } = await host.run('node', ['-e', text], { timeoutMs: LOOK_MS, evaluates: true })
  return readAnswer(stdout, Kinds)
}

function told({ name, bytes, modifiedMs, format, header }: z.infer<typeof Kinds>[number]): SeenTemplate {
  const known = foreignFormat({ name, format })
  const isPlain = known === 'raw' || known === ISO
  const virtualBytes = isPlain ? bytes : typeof header === 'object' && header !== null ? header.sizeBytes : null
  return { name, bytes, modifiedMs, format: known, virtualBytes }
}
