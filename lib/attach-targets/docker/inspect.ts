import { z } from 'zod'
import type { ChangingTargetHost, TargetHost } from '@/lib/attach-targets/contract/target-host'
import { HoldfastError } from '@/lib/errors'

const Mount = z.looseObject({
  Type: z.string(),
  Source: z.string().nullish(),
  Target: z.string(),
  ReadOnly: z.boolean().nullish(),
})
export type HostMount = z.infer<typeof Mount>

const Endpoint = z.looseObject({
  IPAMConfig: z.unknown().optional(),
  Links: z.unknown().optional(),
  Aliases: z.array(z.string()).nullish(),
  DriverOpts: z.unknown().optional(),
})

/** What `GET /containers/{id}/json` tells. Everything else in it is handed back to the engine as it is; there are secrets in it. */
const Inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  /** Id of its image. */
  Image: z.string(),
  State: z.object({ Status: z.string() }),
  Config: z.looseObject({
    Image: z.string(),
    Hostname: z.string().nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
    StopTimeout: z.number().nullish(),
  }),
  HostConfig: z.looseObject({
    AutoRemove: z.boolean().nullish(),
    Binds: z.array(z.string()).nullish(),
    Links: z.array(z.string()).nullish(),
    Mounts: z.array(Mount).nullish(),
    NetworkMode: z.string().default('default'),
    RestartPolicy: z.looseObject({ Name: z.string() }).nullish(),
  }),
  /** What it really has, also by its image and by other containers. */
  Mounts: z
    .array(
      z.object({
        Type: z.string(),
        Name: z.string().nullish(),
        Source: z.string().nullish(),
        Destination: z.string(),
        RW: z.boolean().nullish(),
      }),
    )
    .nullish(),
  NetworkSettings: z.object({ Networks: z.record(z.string(), Endpoint).nullish() }),
})
export type Inspected = z.infer<typeof Inspected>

const ID = /^[0-9a-f]{64}$/

/** Null: there is no such one. Throws `invalid_input` for what is no whole id. */
export async function inspect(host: TargetHost, id: string): Promise<Inspected | null> {
  if (!ID.test(id)) throw new HoldfastError('invalid_input', 'A container of Docker is named by its whole id.')
  if ((await idsBy(host, { id: [id] })).length === 0) return null
  return Inspected.parse(await host.ask('docker', `/containers/${id}/json`))
}

export async function requireInspected(host: TargetHost, id: string): Promise<Inspected> {
  const found = await inspect(host, id)
  if (found !== null) return found
  throw new HoldfastError('not_found', 'There is no such container on this host any more.')
}

export function nameOf({ Name }: Inspected): string {
  return Name.replace(/^\//, '')
}

export function runs({ State }: Inspected): boolean {
  return State.Status === 'running'
}

/** The id of the one that goes by exactly this name; null: none does. */
export async function idNamed(host: TargetHost, name: string): Promise<string | null> {
  const escaped = name.replace(/[.]/g, '\\.')
  return (await idsBy(host, { name: [`^/${escaped}$`] }))[0] ?? null
}

async function idsBy(host: TargetHost, filters: Record<string, string[]>): Promise<string[]> {
  const query = encodeURIComponent(JSON.stringify(filters))
  const answer = await host.ask('docker', `/containers/json?all=1&filters=${query}`)
  if (answer === null) throw new HoldfastError('not_found', 'Docker is not on this host.')
  return z
    .array(z.object({ Id: z.string() }))
    .parse(answer)
    .map(({ Id }) => Id)
}

/** Names of other containers that live in the network of this one, by its id. */
export async function networkGuests(host: TargetHost, id: string): Promise<string[]> {
  const rows = z
    .array(
      z.object({
        Names: z.array(z.string()).nullish(),
        HostConfig: z.object({ NetworkMode: z.string().optional() }).optional(),
      }),
    )
    .parse(await host.ask('docker', '/containers/json?all=1'))
  return rows
    .filter(({ HostConfig }) => HostConfig?.NetworkMode === `container:${id}`)
    .map(({ Names }) => (Names?.[0] ?? 'another').replace(/^\//, ''))
}

/** Does its name still stand for the image that it was made from? */
export async function isNameOfImage(host: TargetHost, name: string, id: string): Promise<boolean> {
  try {
    const answer = await host.ask('docker', `/images/${encodeURIComponent(name)}/json`)
    return z.object({ Id: z.string() }).parse(answer).Id === id
  } catch {
    return false
  }
}

/** Files that were changed in the container itself, and lie on none of its mounts. Directories that only lead to them are left out. */
export async function changedFiles(host: TargetHost, { Id, Mounts }: Inspected): Promise<string[]> {
  const answer = await host.ask('docker', `/containers/${Id}/changes`)
  const paths = (
    z
      .array(z.object({ Path: z.string() }))
      .nullable()
      .parse(answer) ?? []
  ).map(({ Path }) => Path)
  const inside = (Mounts ?? []).map(({ Destination }) => Destination)
  const leads = (path: string, to: string) => to === path || to.startsWith(`${path}/`)
  const parents = new Set(paths.flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at).join('/'))))
  return paths.filter((path) => !parents.has(path) && !inside.some((mount) => leads(path, mount)))
}

export async function stop(host: ChangingTargetHost, { Id, Config }: Inspected): Promise<void> {
  // The engine's own time, unless whoever asks would be gone by then.
  const own = Config.StopTimeout ?? null
  await host.tell('docker', `/containers/${Id}/stop${own !== null && own > 50 ? '?t=50' : ''}`)
}
