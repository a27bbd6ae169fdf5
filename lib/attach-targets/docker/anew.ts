import type { MountCall, MountedWorkload } from '@/lib/attach-targets/contract/mounts'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import {
  type HostMount,
  type Inspected,
  idNamed,
  inspect,
  isNameOfImage,
  nameOf,
  requireInspected,
  runs,
  stop,
} from '@/lib/attach-targets/docker/inspect'
import { sameAgain, sourcesOf } from '@/lib/attach-targets/docker/same-again'
import { HoldfastError } from '@/lib/errors'

/** What a container is to have in place of what it has. */
export interface WantedMounts {
  mounts: HostMount[]
  binds: string[]
}

/** Under which names both are known while one takes the place of the other. */
export function namesFor(name: string, operationId: string): { next: string; last: string } {
  return { next: `${name}_${operationId}`, last: `${name}_${operationId}_old` }
}

/** One that was made anew, and could not be removed: beside the new one it must not run. */
export function isReplaced(name: string): boolean {
  return /_op_[0-9a-z]{26}_old$/.test(name)
}

const ID = /^[0-9a-f]{64}$/

/**
 * Makes a container anew with the same settings and other mounts. The old one is there, stopped, until the new one runs; whatever goes
 * wrong before, it is back as it was. `wanted`: null where it is as it should be. It is asked once, before anything is changed.
 */
export async function makeAnew(
  host: ChangingTargetHost,
  oldId: string,
  call: MountCall,
  wanted: (old: Inspected) => Promise<WantedMounts | null>,
): Promise<MountedWorkload> {
  const seen = await call.step('docker-looked', async () => {
    const old = await requireInspected(host, oldId)
    const mounts = await wanted(old)
    const isRunning = runs(old)
    if (mounts !== null && isRunning) call.requireThere(sourcesOf(mounts))
    return { isRunning, name: nameOf(old), restart: old.HostConfig.RestartPolicy ?? { Name: 'no' }, mounts }
  })
  const { isRunning, name, mounts } = seen
  if (mounts === null) return { nativeId: oldId, isLive: isRunning, isKept: true }
  const { next, last } = namesFor(name, call.operationId)
  const newId = await call.step(
    'docker-created',
    () => create(host, { oldId, next, mounts, call }),
    async (id) => remove(host, id ?? (await idNamed(host, next))),
  )
  await call.step(
    'docker-stopped',
    async () => {
      call.log(`docker stop ${name}`)
      // Nobody starts it beside the new one, a restart of the engine neither.
      await update(host, oldId, { Name: 'no' })
      await stop(host, await requireInspected(host, oldId))
    },
    async () => {
      const old = await requireInspected(host, oldId)
      await update(host, oldId, seen.restart)
      if (isRunning && !runs(old)) await host.tell('docker', `/containers/${oldId}/start`)
    },
  )
  await call.step(
    'docker-moved-old',
    () => rename(host, oldId, last),
    () => rename(host, oldId, name),
  )
  await call.step(
    'docker-moved-new',
    () => rename(host, newId, name),
    () => rename(host, newId, next),
  )
  await call.step(
    'docker-started',
    async () => {
      if (!isRunning) return
      call.requireThere(sourcesOf(mounts))
      call.log(`docker start ${name}`)
      await host.tell('docker', `/containers/${newId}/start`)
    },
    async () => {
      if ((await inspect(host, newId)) !== null)
        await host.tell('docker', `/containers/${newId}/kill`).catch(() => null)
    },
  )
  // The new one is in its place: from here on nothing is taken back.
  await call.step('docker-removed', async () => {
    call.log(`docker rm ${last}`)
    await remove(host, oldId).catch((error: unknown) => {
      call.log(`The old container stays as ${last}, stopped: ${error instanceof Error ? error.message : ''}`)
    })
  })
  return { nativeId: newId, isLive: isRunning, isKept: true }
}

async function create(
  host: ChangingTargetHost,
  { oldId, next, mounts, call }: { oldId: string; next: string; mounts: WantedMounts; call: MountCall },
): Promise<string> {
  const old = await requireInspected(host, oldId)
  const { Config, Image } = old
  const image = (await isNameOfImage(host, Config.Image, Image)) ? Config.Image : Image
  const { body, further } = sameAgain(old, { image, ...mounts, isOurs: call.isOurs(sourcesOf(mounts)) })
  call.log(`docker create --name ${next} ${image}`)
  // It was cut off after that: what is there may be without its networks.
  await remove(host, await idNamed(host, next))
  const told = await host.tell('docker', `/containers/create?name=${encodeURIComponent(next)}`, { body })
  const id = typeof told === 'object' && told !== null && 'Id' in told ? told.Id : null
  if (typeof id !== 'string' || !ID.test(id))
    throw new HoldfastError('internal', 'Docker does not say what it has made.')
  try {
    for (const { network, settings } of further) {
      const connected = { body: { Container: id, EndpointConfig: settings } }
      await host.tell('docker', `/networks/${encodeURIComponent(network)}/connect`, connected)
    }
  } catch (error) {
    await remove(host, id)
    throw error
  }
  return id
}

/** Volumes stay. One that is not there: success. */
async function remove(host: ChangingTargetHost, id: string | null): Promise<void> {
  if (id !== null) await host.tell('docker', `/containers/${id}?force=1`, { method: 'DELETE' })
}

async function rename(host: ChangingTargetHost, id: string, name: string): Promise<void> {
  const found = await inspect(host, id)
  if (found === null || nameOf(found) === name) return
  await host.tell('docker', `/containers/${id}/rename?name=${encodeURIComponent(name)}`)
}

async function update(host: ChangingTargetHost, id: string, RestartPolicy: object): Promise<void> {
  await host.tell('docker', `/containers/${id}/update`, { body: { RestartPolicy } })
}
