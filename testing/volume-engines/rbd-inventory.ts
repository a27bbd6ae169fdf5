import { z } from 'zod'

/** Runs `rbd` with these arguments and gives what it printed. */
export type AskRbd = (...args: string[]) => Promise<string>

const Image = z.object({
  name: z.string(),
  size: z.number(),
  parent: z.object({ image: z.string(), snapshot: z.string() }).optional(),
})
const Snapshots = z.array(
  z.object({
    name: z.string(),
    size: z.number(),
    protected: z.string(),
    namespace: z.object({ original_name: z.string().optional() }).optional(),
  }),
)
const Trash = z.array(z.object({ id: z.string(), name: z.string() }))

async function lineOf(rbd: AskRbd, which: string[], meta: string): Promise<string> {
  const { name, size, parent } = Image.parse(JSON.parse(await rbd('info', ...which, '--format', 'json')))
  const snapshots = Snapshots.parse(JSON.parse(await rbd('snap', 'ls', '--all', ...which, '--format', 'json')))
  const taken = snapshots.map((one) => `${one.namespace?.original_name ?? one.name} ${one.size} ${one.protected}`)
  const from = parent === undefined ? '' : ` from ${parent.image}@${parent.snapshot}`
  return `${name} ${size}${from} [${taken.sort().join(', ')}] ${meta}`
}

/** All images of a place with their snapshots, those in the trash too. */
export async function inventoryOf(rbd: AskRbd): Promise<string[]> {
  const lines: string[] = []
  for (const name of z.array(z.string()).parse(JSON.parse(await rbd('ls', '--format', 'json')))) {
    const meta = (await rbd('image-meta', 'ls', `--image=${name}`, '--format', 'json')).trim()
    lines.push(await lineOf(rbd, [`--image=${name}`], meta))
  }
  for (const { id } of Trash.parse(JSON.parse(await rbd('trash', 'ls', '--format', 'json')))) {
    lines.push(`trash: ${await lineOf(rbd, ['--image-id', id], '')}`)
  }
  return lines.sort()
}
