import { z } from 'zod'
import type { FoundStorage, FoundWorkload } from '@/lib/attach-targets/contract/target'

/** A mount point as `GET /containers/json` has it. Volumes of drivers other than `local` may have no path on the host. */
const MountPoint = z.object({
  Type: z.string(),
  Name: z.string().optional(),
  Source: z.string().optional(),
  Destination: z.string(),
  RW: z.boolean().optional(),
})

const Container = z.object({
  Id: z.string().regex(/^[0-9a-f]{12,64}$/),
  Names: z.array(z.string()).nullish(),
  Image: z.string().optional(),
  State: z.string(),
  Mounts: z.array(MountPoint).nullish(),
})

const STATES: Readonly<Record<string, FoundWorkload['state']>> = {
  created: 'stopped',
  running: 'running',
  paused: 'paused',
  restarting: 'changing',
  removing: 'changing',
  exited: 'stopped',
  dead: 'failed',
}

/**
 * What `GET /containers/json?all=1` of the Engine API answers. Throws where it is something else; a container that is not understood is
 * left out, since the others are there all the same.
 */
export function parseContainers(
  answer: unknown,
  boundVolumes: ReadonlyMap<string, string> = new Map(),
): FoundWorkload[] {
  return z
    .array(z.unknown())
    .parse(answer)
    .flatMap((each) => {
      const { data } = Container.safeParse(each)
      return data === undefined ? [] : [foundContainer(data, boundVolumes)]
    })
}

function foundContainer(
  { Id, Names, Image, State, Mounts }: z.infer<typeof Container>,
  boundVolumes: ReadonlyMap<string, string>,
): FoundWorkload {
  return {
    nativeId: Id,
    name: ownName(Names ?? []) ?? Id.slice(0, 12),
    state: STATES[State] ?? 'changing',
    image: Image || null,
    storage: (Mounts ?? []).flatMap((mount) => foundStorage(mount, boundVolumes)),
  }
}

/** With links it has further ones, such as `/other/alias`. */
function ownName(names: readonly string[]): string | undefined {
  return names.map((name) => name.replace(/^\//, '')).find((name) => name !== '' && !name.includes('/'))
}

/** Memory of the container, and sockets of Windows, are no storage. */
function foundStorage(
  { Type, Name, Source, Destination, RW }: z.infer<typeof MountPoint>,
  boundVolumes: ReadonlyMap<string, string>,
): FoundStorage[] {
  if (Type !== 'bind' && Type !== 'volume') return []
  const bound = Type === 'volume' && Name !== undefined ? boundVolumes.get(Name) : undefined
  const source = bound ?? (Source?.startsWith('/') ? Source : null)
  const isReadOnly = RW === undefined ? null : !RW
  return [{ kind: Type, source, name: Name || null, target: Destination, isReadOnly }]
}

const Volume = z.object({
  Name: z.string(),
  Driver: z.string(),
  Options: z.object({ o: z.string().optional(), device: z.string().optional() }).nullish(),
})

/**
 * Of the answer of `GET /volumes`: named volumes that are a directory of the host (`type=none,o=bind,device=PATH`), with that directory.
 * What others are mounted with has passwords in it, and is not kept.
 */
export function parseBoundVolumes(answer: unknown): Map<string, string> {
  const { Volumes } = z.object({ Volumes: z.array(z.unknown()).nullish() }).parse(answer)
  const found = (Volumes ?? []).flatMap((each): [string, string][] => {
    const { Name, Driver, Options } = Volume.safeParse(each).data ?? {}
    const words = Options?.o?.split(',') ?? []
    const isBound = Driver === 'local' && (words.includes('bind') || words.includes('rbind'))
    return isBound && Name !== undefined && Options?.device?.startsWith('/') ? [[Name, Options.device]] : []
  })
  return new Map(found)
}

/** Of the answer of `GET /version`. */
export function parseVersion(answer: unknown): string | null {
  return z.object({ Version: z.string() }).safeParse(answer).data?.Version ?? null
}
