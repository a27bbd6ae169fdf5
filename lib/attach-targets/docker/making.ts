import { z } from 'zod'
import type { ContainerPlanMessage, PublishedPort } from '@/lib/agent-protocol/containers'
import type { ContainerMaking, MakingCall, PlacedContainer } from '@/lib/attach-targets/contract/making'
import type { ChangingTargetHost, TargetHost } from '@/lib/attach-targets/contract/target-host'
import { idNamed, inspect, nameOf } from '@/lib/attach-targets/docker/inspect'
import { NEVER, restartedBy } from '@/lib/attach-targets/docker/restart-label'
import { bindOf, isAnonymous } from '@/lib/attach-targets/docker/same-again'
import { mountOption, shellWord } from '@/lib/attach-targets/docker/snippets'
import { HoldfastError } from '@/lib/errors'

/** By this an operation knows again what it has made. */
const MADE_BY = 'holdfast.operation'
const MOST_IMAGES = 100
const ID = /^[0-9a-f]{64}$/

type Refusal = ContainerPlanMessage['refusals'][number]

/** By what the engine names it in its lists: without Docker's own registry, and with a tag. */
export function familiarName(image: string): string {
  const short = image.replace(/^docker\.io\/(?:library\/)?/, '')
  const isTagged = short.includes('@') || /:[^/]*$/.test(short)
  return isTagged ? short : `${short}:latest`
}

async function imagesOf(host: TargetHost): Promise<{ tags: string[]; digests: string[] }> {
  const answer = await host.ask('docker', '/images/json')
  if (answer === null) throw new HoldfastError('not_found', 'Docker is not on this host.')
  const Image = z.object({ RepoTags: z.array(z.string()).nullish(), RepoDigests: z.array(z.string()).nullish() })
  const images = z.array(Image).parse(answer)
  const named = (names: string[]) => names.filter((name) => !name.includes('<none>')).sort()
  return {
    tags: named(images.flatMap(({ RepoTags }) => RepoTags ?? [])),
    digests: named(images.flatMap(({ RepoDigests }) => RepoDigests ?? [])),
  }
}

/** Has the engine it? A name with a tag and a digest is known by its digest. */
function hasImage({ tags, digests }: { tags: string[]; digests: string[] }, image: string): boolean {
  const [name = '', digest] = familiarName(image).split('@')
  if (digest === undefined) return tags.includes(name)
  return digests.includes(`${name.replace(/:[^/:]*$/, '')}@${digest}`)
}

const EVERYWHERE = ['', '0.0.0.0', '::']

function meets(one: string, other: string): boolean {
  return one === other || EVERYWHERE.includes(one) || EVERYWHERE.includes(other)
}

/** Published by containers that run, by the name of the container. */
async function publishedOn(host: TargetHost) {
  const Told = z.object({
    Names: z.array(z.string()).nullish(),
    Ports: z.array(z.object({ IP: z.string().nullish(), PublicPort: z.int().nullish(), Type: z.string() })).nullish(),
  })
  const rows = z.array(Told).parse(await host.ask('docker', '/containers/json'))
  return rows.flatMap(({ Names, Ports }) =>
    (Ports ?? []).flatMap(({ IP, PublicPort, Type }) =>
      PublicPort == null
        ? []
        : [{ by: (Names?.[0] ?? 'another').replace(/^\//, ''), address: IP ?? '', port: PublicPort, protocol: Type }],
    ),
  )
}

async function portRefusals(
  host: TargetHost,
  ports: readonly PublishedPort[],
  taken: MakingCall['taken'],
): Promise<Refusal[]> {
  if (ports.length === 0) return []
  const published = await publishedOn(host)
  const refusals: Refusal[] = []
  for (const [at, asked] of ports.entries()) {
    const { hostPort, protocol, address } = asked
    const other = published.find(
      (each) => each.port === hostPort && each.protocol === protocol && meets(each.address, address ?? ''),
    )
    const isUsed = other !== undefined || (await taken(asked))
    if (!isUsed) continue
    const by = other === undefined ? 'a program of the host' : `container ${other.by}`
    const message = `Port ${hostPort}/${protocol} of the host is used by ${by}: choose another one.`
    refusals.push({ field: `ports.${at}.host_port`, message, command: null })
  }
  return refusals
}

async function refusalsOf(
  host: TargetHost,
  { name, image, ports, starts }: PlacedContainer,
  { images, taken }: { images: { tags: string[]; digests: string[] }; taken: MakingCall['taken'] },
): Promise<Refusal[]> {
  const isNamed = (await idNamed(host, name)) !== null
  return [
    ...(hasImage(images, image)
      ? []
      : [
          {
            field: 'image',
            message: `The image ${image} is not on this host, and Holdfast fetches none: run docker pull ${image} there, then ask again.`,
            command: `docker pull ${image}`,
          },
        ]),
    ...(isNamed
      ? [{ field: 'name', message: `There is a container called ${name} on this host already.`, command: null }]
      : []),
    ...(starts ? await portRefusals(host, ports, taken) : []),
  ]
}

/** With mounts of this host it is the agent that starts it again. */
function restartOf({ restart, mounts }: Pick<PlacedContainer, 'restart' | 'mounts'>) {
  return restartedBy({ policy: restart === 'no' ? NEVER : { Name: restart }, labels: {} }, mounts.length > 0)
}

/** What the engine is given: nothing that is not here, so no privileges, devices, paths or networks of the host. */
function bodyOf({ image, ports, restart, mounts }: PlacedContainer, env: readonly string[], operationId?: string) {
  const exposed = ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)
  const bindings = Map.groupBy(ports, ({ containerPort, protocol }) => `${containerPort}/${protocol}`)
  const published = [...bindings].map(([inside, each]) => [
    inside,
    each.map(({ hostPort, address }) => ({ HostIp: address ?? '', HostPort: `${hostPort}` })),
  ])
  const { policy, labels } = restartOf({ restart, mounts })
  return {
    Image: image,
    Env: [...env],
    Labels: { ...labels, ...(operationId === undefined ? {} : { [MADE_BY]: operationId }) },
    ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])),
    HostConfig: {
      RestartPolicy: policy,
      PortBindings: Object.fromEntries(published),
      Mounts: mounts.map(bindOf),
    },
  }
}

function commandsOf(
  { name, image, ports, restart, mounts, starts }: PlacedContainer,
  env: readonly string[],
): string[] {
  const publish = ({ hostPort, containerPort, protocol, address }: PublishedPort) => {
    const at = address === null ? '' : `${address.includes(':') ? `[${address}]` : address}:`
    return `--publish ${at}${hostPort}:${containerPort}/${protocol}`
  }
  const { policy, labels } = restartOf({ restart, mounts })
  const words = [
    `docker create --name ${name}`,
    ...env.map((each) => `--env ${each}`),
    ...ports.map(publish),
    ...(policy.Name === 'no' ? [] : [`--restart ${policy.Name}`]),
    ...Object.entries(labels).map(([label, value]) => `--label ${label}=${value}`),
    ...mounts.map((mount) => `--mount ${shellWord(mountOption(mount))}`),
    shellWord(image),
  ]
  return [words.join(' '), ...(starts ? [`docker start ${name}`] : [])]
}

function notesOf({ restart, mounts, starts, ports }: PlacedContainer): string[] {
  return [
    ...(restart !== 'no' && mounts.length > 0
      ? ['Holdfast starts it again in place of Docker, also at boot, and only while its mounts are there.']
      : []),
    ...(!starts && ports.length > 0 ? ['Whether its ports are free is seen when it is started.'] : []),
  ]
}

async function create(
  host: ChangingTargetHost,
  container: PlacedContainer,
  env: Record<string, string> | null,
  call: MakingCall,
): Promise<string> {
  const { name } = container
  // It was cut off after that.
  const made = await madeBy(host, name, call.operationId)
  if (made !== null) return made
  if (env === null)
    throw new HoldfastError('timed_out', 'The agent was restarted before the container was made. Ask again.')
  const refusals = await refusalsOf(host, container, { images: await imagesOf(host), taken: call.taken })
  if (refusals.length > 0)
    throw new HoldfastError('conflict', refusals.map(({ message }) => message).join(' '), {
      fields: refusals.map(({ field, message }) => ({ field, message })),
    })
  call.requireThere(container.mounts.map(({ path }) => path))
  call.log(commandsOf(container, Object.keys(env))[0] ?? '')
  const values = Object.entries(env).map(([key, value]) => `${key}=${value}`)
  const body = bodyOf(container, values, call.operationId)
  const told = await host.tell('docker', `/containers/create?name=${encodeURIComponent(name)}`, { body })
  const id = z.object({ Id: z.string().regex(ID) }).safeParse(told).data?.Id
  if (id === undefined) throw new HoldfastError('internal', 'Docker does not say what it has made.')
  return id
}

/** The container of this name, where this operation has made it. */
async function madeBy(host: TargetHost, name: string, operationId: string): Promise<string | null> {
  const id = await idNamed(host, name)
  const found = id === null ? null : await inspect(host, id)
  return found?.Config.Labels?.[MADE_BY] === operationId ? id : null
}

export const dockerMaking: ContainerMaking = {
  async plan(host, container, env, taken) {
    const images = await imagesOf(host)
    return {
      commands: commandsOf(container, env),
      specification: JSON.stringify(
        bodyOf(
          container,
          env.map((name) => `${name}=…`),
        ),
        null,
        2,
      ),
      images: images.tags.slice(0, MOST_IMAGES),
      notes: notesOf(container),
      refusals: await refusalsOf(host, container, { images, taken }),
    }
  },

  async make(host, container, env, call) {
    const { name, starts, mounts } = container
    const nativeId = await call.step(
      'docker-made',
      () => create(host, container, env, call),
      async () => {
        const id = await madeBy(host, name, call.operationId)
        // Volumes that came with it have nothing on them that anybody asked for.
        if (id !== null) await host.tell('docker', `/containers/${id}?force=1&v=1`, { method: 'DELETE' })
      },
    )
    await call.step('docker-made-started', async () => {
      if (!starts) return
      call.requireThere(mounts.map(({ path }) => path))
      call.log(`docker start ${name}`)
      await host.tell('docker', `/containers/${nativeId}/start`)
    })
    return { nativeId, isRunning: starts }
  },

  async remove(host, nativeId, call) {
    const found = await inspect(host, nativeId)
    if (found === null) return { volumes: [] }
    const { Status } = found.State
    if (!['created', 'exited', 'dead'].includes(Status))
      throw new HoldfastError('conflict', `The container is ${Status}: stop it first.`)
    const volumes = (found.Mounts ?? []).flatMap(({ Type, Name, Destination }) =>
      Type === 'volume' && Name && isAnonymous(Name) ? [{ name: Name, inside: Destination }] : [],
    )
    call.log(`docker rm ${nameOf(found)}`)
    // Without force: the engine refuses where it was started meanwhile.
    await host.tell('docker', `/containers/${nativeId}`, { method: 'DELETE' })
    for (const { name, inside } of volumes) call.log(`The volume ${name} stays, which it had at ${inside}.`)
    return { volumes }
  },
}
