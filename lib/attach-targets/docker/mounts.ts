import type { MountPlanMessage } from '@/lib/agent-protocol/workload-mounts'
import type { FoundMount, MountCall, MountTaking, PlacedMount } from '@/lib/attach-targets/contract/mounts'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { makeAnew } from '@/lib/attach-targets/docker/anew'
import {
  changedFiles,
  type Inspected,
  isNameOfImage,
  nameOf,
  networkGuests,
  requireInspected,
  runs,
} from '@/lib/attach-targets/docker/inspect'
import { labelOf, RESTART_LABEL } from '@/lib/attach-targets/docker/restart-label'
import { anonymousVolumes, bindOf, hasBind, mountsOf, without } from '@/lib/attach-targets/docker/same-again'
import { composeSnippet } from '@/lib/attach-targets/docker/snippets'
import { HoldfastError } from '@/lib/errors'

/** As many are named. */
const NAMED = 3
/** Files that were changed in the container itself. */
const FILES = 'files'

/** Why a container cannot be made anew from here; null: it can. */
async function refusalOf(
  host: TargetHost,
  container: Inspected,
  mount: FoundMount | null,
): Promise<MountPlanMessage['refusal']> {
  const { Id, State, Config, HostConfig } = container
  const labels = Config.Labels ?? {}
  const project = labels['com.docker.compose.project']
  if (project !== undefined) {
    const service = labels['com.docker.compose.service'] ?? 'app'
    return {
      message: `Compose made this container, and makes it anew by its file: change the service '${service}' of project '${project}' there, and run docker compose up -d.`,
      snippet: mount === null ? null : composeSnippet(mount, service),
    }
  }
  const no = (message: string) => ({ message, snippet: null })
  if (Object.keys(labels).some((label) => label.startsWith('com.docker.swarm.')))
    return no('A service of Swarm made this container, and makes it anew: change the service.')
  if (HostConfig.AutoRemove === true)
    return no(
      'It was started with --rm: Docker deletes it when it is stopped, so it could not be brought back. Start it anew with the mount.',
    )
  if ((HostConfig.Links ?? []).length > 0)
    return no(
      'It has links to other containers, which Docker does not take over. Put both into a network of their own.',
    )
  if (!['created', 'running', 'exited'].includes(State.Status))
    return no(`It is ${State.Status} now. Start it or stop it first.`)
  const guests = await networkGuests(host, Id)
  return guests.length === 0
    ? null
    : no(`${guests.slice(0, NAMED).join(', ')} lives in its network, which goes with it: remove that first.`)
}

async function planOf(
  host: TargetHost,
  nativeId: string,
  mount: PlacedMount,
  attaches: FoundMount | null,
): Promise<MountPlanMessage> {
  const container = await requireInspected(host, nativeId)
  const isRunning = runs(container)
  if (attaches !== null) hasBind(container, attaches)
  const { Config, HostConfig, Image } = container
  const policy = labelOf(HostConfig.RestartPolicy)
  const [refusal, losses, isNamed] = await Promise.all([
    refusalOf(host, container, attaches),
    lossesOf(host, container),
    isNameOfImage(host, Config.Image, Image),
  ])
  const name = nameOf(container)
  const volumes = anonymousVolumes(container)
  return {
    isRunning,
    effect: isRunning ? 'restart' : 'next-start',
    commands: [
      `docker create --name ${name} … ${attaches === null ? `without ${mount.inside}` : `with ${mount.inside}`}`,
      ...(isRunning ? [`docker stop ${name}`, `docker start ${name}`] : []),
      `docker rm ${name} (the old one)`,
    ],
    specification: attaches === null ? null : JSON.stringify(bindOf(attaches), null, 2),
    keeps: [
      'Name, image, command, environment, ports, networks and limits stay as they are.',
      ...(mountsOf(container).length > 0 ? ['Its volumes and mounts stay, with all that is on them.'] : []),
      ...(volumes.length > 0 ? [`Volumes without a name are carried over: ${volumes.join(', ')}.`] : []),
    ],
    losses,
    notes: [
      'Docker cannot change the mounts of a container, so it is made anew with the same settings. It has another id then, and its log begins anew.',
      ...(isRunning
        ? ['It is stopped, and the new one is started. Where that fails, the old one is started again.']
        : []),
      ...(attaches !== null && policy !== null
        ? [
            `Holdfast carries out its restart policy (${policy}) from then on, since Docker would start it without its storage too.`,
          ]
        : []),
      ...(attaches === null && Config.Labels?.[RESTART_LABEL] !== undefined
        ? ['Where it has no mount of this host any more, Docker carries out its restart policy again.']
        : []),
      ...(isNamed ? [] : [`${Config.Image} stands for another image by now: it is made from the one that it has.`]),
    ],
    refusal,
  }
}

async function lossesOf(host: TargetHost, container: Inspected): Promise<MountPlanMessage['losses']> {
  const files = await changedFiles(host, container)
  if (files.length === 0) return []
  const named = files.slice(0, NAMED).join(', ')
  const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : ''
  return [{ id: FILES, words: `What was changed in the container itself, on none of its volumes: ${named}${more}.` }]
}

/** Throws `conflict` with what is in the way. */
async function requireChangeable(
  host: TargetHost,
  container: Inspected,
  mount: FoundMount | null,
  { accepted }: MountCall,
): Promise<void> {
  const refusal = await refusalOf(host, container, mount)
  if (refusal !== null) throw new HoldfastError('conflict', refusal.message)
  const lost = (await lossesOf(host, container)).find(({ id }) => !accepted.includes(id))
  if (lost !== undefined)
    throw new HoldfastError('conflict', `This would be lost. ${lost.words}`, {
      recovery: `Save it, or agree to it: accept ${lost.id}.`,
    })
}

/** By making the container anew with the same settings: Docker changes no mounts of one that is there. */
export const dockerMounts: MountTaking = {
  planAttach: (host, nativeId, mount) => planOf(host, nativeId, mount, mount),
  planDetach: (host, nativeId, mount) => planOf(host, nativeId, mount, null),
  attach: (host, nativeId, mount, call) =>
    makeAnew(host, nativeId, call, async (container) => {
      if (hasBind(container, mount)) return null
      await requireChangeable(host, container, mount, call)
      return { mounts: [...mountsOf(container), bindOf(mount)], binds: container.HostConfig.Binds ?? [] }
    }),
  detach: (host, nativeId, mount, call) =>
    makeAnew(host, nativeId, call, async (container) => {
      const rest = without(container, mount)
      const had = mountsOf(container).length + (container.HostConfig.Binds ?? []).length
      if (rest.mounts.length + rest.binds.length === had) return null
      await requireChangeable(host, container, null, call)
      return rest
    }),
}
