import type { HostMount, Inspected } from '@/lib/attach-targets/docker/inspect'
import { NEVER, restartedBy } from '@/lib/attach-targets/docker/restart-label'
import { HoldfastError } from '@/lib/errors'

/** A bind as the engine is given it. What is mounted below later is seen inside too, and nothing of the container is seen outside. */
export function bindOf({ path, inside, readOnly }: { path: string; inside: string; readOnly: boolean }): HostMount {
  return { Type: 'bind', Source: path, Target: inside, ReadOnly: readOnly, BindOptions: { Propagation: 'rslave' } }
}

export interface Endpoint {
  network: string
  settings: object
}

/** What makes a container like this one, with these mounts in place of its own. */
export interface SameAgain {
  body: object
  /** That it is connected to besides. */
  further: readonly Endpoint[]
}

/** Its mounts, those that it has by its image or without a name by their names: what is on them stays. */
export function mountsOf({ HostConfig, Mounts }: Inspected): HostMount[] {
  const own = HostConfig.Mounts ?? []
  const volumeAt = new Map(
    (Mounts ?? []).flatMap(({ Type, Name, Destination, RW }) =>
      Type === 'volume' && Name ? [[Destination, { Name, RW }] as const] : [],
    ),
  )
  const named = own.map((mount) => {
    const volume = mount.Type === 'volume' && !mount.Source ? volumeAt.get(mount.Target) : undefined
    return volume === undefined ? mount : { ...mount, Source: volume.Name }
  })
  const told = new Set([...own.map(({ Target }) => Target), ...(HostConfig.Binds ?? []).map(insideOfBind)])
  const anonymous = [...volumeAt].flatMap(([Target, { Name, RW }]): HostMount[] =>
    told.has(Target) ? [] : [{ Type: 'volume', Source: Name, Target, ReadOnly: RW === false }],
  )
  return [...named, ...anonymous]
}

/** Of volumes that have no name of their own, the places inside. */
export function anonymousVolumes({ Mounts }: Inspected): string[] {
  return (Mounts ?? []).flatMap(({ Type, Name, Destination }) =>
    Type === 'volume' && isAnonymous(Name ?? '') ? [Destination] : [],
  )
}

/** Docker's own name for a volume that nobody gave one. */
export function isAnonymous(volume: string): boolean {
  return /^[0-9a-f]{64}$/.test(volume)
}

/**
 * `image`: its name, or its id where that name stands for another one by now. `isOurs`: it has storage of this host, so it is the agent that
 * starts it again.
 */
export function sameAgain(
  container: Inspected,
  {
    image,
    mounts,
    binds,
    isOurs,
  }: { image: string; mounts: readonly HostMount[]; binds: readonly string[]; isOurs: boolean },
): SameAgain {
  const { Id, Config, HostConfig, NetworkSettings } = container
  const { Hostname, ...config } = Config
  const mode = HostConfig.NetworkMode
  const { policy, labels } = restartedBy(
    { policy: HostConfig.RestartPolicy ?? NEVER, labels: Config.Labels ?? {} },
    isOurs,
  )
  // The engine makes one up from the id, and there is none of its own in the network of another.
  const hasHostname = Hostname && Hostname !== Id.slice(0, 12) && !/^(?:container:|host$)/.test(mode)
  const networks = Object.entries(NetworkSettings.Networks ?? {}).map(([network, endpoint]) => {
    const { IPAMConfig, Links, Aliases, DriverOpts } = endpoint
    // Engines before 25 name it by its id too.
    const aliases = (Aliases ?? []).filter((alias) => alias !== Id.slice(0, 12))
    return { network, settings: { IPAMConfig, Links, DriverOpts, ...(aliases.length > 0 ? { Aliases: aliases } : {}) } }
  })
  const isPlain = /^(?:default|bridge|host|none|container:.*)$/.test(mode)
  const first = isPlain ? undefined : networks.find(({ network }) => network === mode)
  const further = networks.filter((each) => each !== first && !(isPlain && isDefault(each.network, mode)))
  return {
    body: {
      ...config,
      ...(hasHostname ? { Hostname } : {}),
      Labels: labels,
      Image: image,
      HostConfig: {
        ...HostConfig,
        ...{ RestartPolicy: policy, Mounts: [...mounts], Binds: binds.length > 0 ? [...binds] : null },
      },
      ...(first === undefined ? {} : { NetworkingConfig: { EndpointsConfig: { [first.network]: first.settings } } }),
    },
    further,
  }
}

/** It is connected to this by its mode. */
function isDefault(network: string, mode: string): boolean {
  return network === mode || (mode === 'default' && network === 'bridge')
}

/** `SOURCE:INSIDE[:OPTIONS]` */
export function insideOfBind(bind: string): string {
  return bind.split(':')[1] ?? bind
}

/** Mounts and binds without the one that is taken away. */
export function without(
  container: Inspected,
  { path, inside }: { path: string | null; inside: string },
): { mounts: HostMount[]; binds: string[] } {
  const isIt = (source: string | null | undefined, target: string) =>
    target === inside && (path === null || source === path)
  return {
    mounts: mountsOf(container).filter(({ Type, Source, Target }) => Type !== 'bind' || !isIt(Source, Target)),
    binds: (container.HostConfig.Binds ?? []).filter((bind) => !isIt(bind.split(':')[0], insideOfBind(bind))),
  }
}

/** Has it this bind? Throws `conflict` where it has something else at this place. */
export function hasBind(
  { Mounts }: Inspected,
  { path, inside, readOnly }: { path: string; inside: string; readOnly: boolean },
): boolean {
  const found = (Mounts ?? []).find(({ Destination }) => Destination === inside)
  if (found === undefined) return false
  if (found.Type === 'bind' && found.Source === path && found.RW === !readOnly) return true
  throw new HoldfastError('conflict', `The container has something else at ${inside} already.`)
}

/** Paths of the host that it is given. */
export function sourcesOf({ mounts, binds }: { mounts: readonly HostMount[]; binds: readonly string[] }): string[] {
  const bound = mounts.flatMap(({ Type, Source }) => (Type === 'bind' && Source ? [Source] : []))
  return [...bound, ...binds.flatMap((bind) => bind.split(':')[0] ?? [])].filter((source) => source.startsWith('/'))
}
