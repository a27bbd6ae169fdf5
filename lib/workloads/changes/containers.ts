import 'server-only'
import type { NewContainer } from '@/lib/agent-protocol/containers'
import { refuseInside } from '@/lib/attach-targets/contract/inside'
import { attachTarget } from '@/lib/attach-targets/registry'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import { type Db, db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import * as hosts from '@/lib/hosts/repository'
import { newId } from '@/lib/ids'
import { sealSecrets } from '@/lib/installation/service'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { askHost } from '@/lib/relay/door'
import { requireMountOn } from '@/lib/workloads/changes/given-mounts'
import { requireNoChange } from '@/lib/workloads/changes/no-change'
import { environmentDestination } from '@/lib/workloads/container-env'
import * as repository from '@/lib/workloads/repository'
import type { AskContainer, AskRemoval, ContainerPlan } from '@/lib/workloads/schema'

interface Prepared {
  host: { id: string; name: string }
  mounts: { id: string; name: string }[]
  container: NewContainer
}

/** What making this container would do, asked of its host, which is told no value of its environment. Throws as `createContainer`. */
export async function planContainer(actor: Actor, asked: AskContainer, signal: AbortSignal): Promise<ContainerPlan> {
  authorize(actor, 'workloads.write')
  const { host, mounts, container } = await prepare(db(), asked)
  const request = { container, env: Object.keys(asked.env) }
  const told = await askHost('planContainer', request, { hostId: host.id, actor, signal })
  return { host, name: container.name, mounts, ...told }
}

/**
 * Makes a container with mounts that are on its host. Returns the operation's id. The values of its environment are sealed for the
 * controller, and go with the operation. Throws `invalid_input` and `conflict`; what the host has in the way is the operation's end.
 */
export async function createContainer(actor: Actor, asked: AskContainer): Promise<string> {
  authorize(actor, 'workloads.write')
  const ownerId = newId('workload')
  const destination = environmentDestination({ ...asked, hostId: asked.host_id })
  const sealed = await sealSecrets(ownerId, asked.env, [destination])
  const sealedEnv = Object.fromEntries(sealed.map(({ field, sealed: text }) => [field, text]))
  const mountIds = [...new Set(asked.mounts.map(({ mount_id }) => mount_id))]
  const operation = await inTransaction(async (tx) => {
    await holdRows(tx, 'mount', mountIds)
    const { host, container } = await prepare(tx, asked)
    const started = await startOperation(tx, actor, {
      kind: 'container.create',
      target: { kind: 'host', ...host },
      words: { title: 'Create container', summary: `Create container ${asked.name} on ${host.name}` },
      payload: { hostId: host.id, container, ownerId, sealedEnv, by: actor.name },
      hostIds: [host.id],
    })
    await recordAudit(tx, actor, {
      action: 'workload.container_created',
      target: { kind: 'host', ...host },
      change: {
        ...{ name: asked.name, image: asked.image, env: Object.keys(asked.env), ports: asked.ports },
        ...{ restart: asked.restart, mounts: asked.mounts, start: asked.start, operation: started },
      },
    })
    return started
  })
  for (const id of mountIds) publishChanged('mount', id)
  announceOperation(operation)
  return operation
}

/** Removes a container that does not run; its volumes stay. `confirm` is its name. Returns the operation's id. */
export async function removeContainer(actor: Actor, id: string, asked: AskRemoval): Promise<string> {
  authorize(actor, 'workloads.write')
  const operation = await inTransaction(async (tx) => {
    const { name, host, target, nativeId } = await requireRemovable(tx, id)
    if (asked.confirm !== name) throw badField('confirm', `Give the name of the container, '${name}', to remove it.`)
    await requireNoChange(tx, id)
    const started = await startOperation(tx, actor, {
      kind: 'container.remove',
      target: { kind: 'workload', id, name },
      words: { title: 'Remove container', summary: `Remove container ${name}` },
      payload: { workloadId: id, workloadName: name, hostId: host.id, target, nativeId },
      hostIds: [host.id],
    })
    const change = { host: host.id, operation: started }
    await recordAudit(tx, actor, {
      action: 'workload.container_removed',
      target: { kind: 'workload', id, name },
      change,
    })
    return started
  })
  publishChanged('workload', id)
  announceOperation(operation)
  return operation
}

async function prepare(tx: Db, asked: AskContainer): Promise<Prepared> {
  const found = await hosts.findById(asked.host_id, tx)
  if (found === null) throw badField('host_id', 'There is no such host.')
  const host = { id: found.id, name: found.name }
  if (found.revokedAt !== null) throw badField('host_id', `Host '${host.name}' was revoked.`)
  requireOnce(
    asked.mounts.map(({ target }) => target),
    (at) => `mounts.${at}.target`,
  )
  requireOnce(
    asked.ports.map(({ host_port, protocol, address }) => `${address ?? ''} ${host_port}/${protocol}`),
    (at) => `ports.${at}.host_port`,
  )
  const mounts: Prepared['mounts'] = []
  for (const [at, mount] of asked.mounts.entries()) {
    const refused = refuseInside('path', mount.target)
    if (refused !== null) throw badField(`mounts.${at}.target`, refused)
    mounts.push(await requireMountOn(tx, mount, host, `mounts.${at}.`))
  }
  return { host, mounts, container: containerOf(asked) }
}

function containerOf({ target, name, image, ports, restart, mounts, start }: AskContainer): NewContainer {
  return {
    ...{ target, name, image, restart, starts: start },
    ports: ports.map(({ host_port, container_port, protocol, address }) => {
      return { hostPort: host_port, containerPort: container_port, protocol, address: address ?? null }
    }),
    mounts: mounts.map((mount) => ({
      attachmentId: newId('attachment'),
      mountId: mount.mount_id,
      subPath: mount.sub_path,
      inside: mount.target,
      readOnly: mount.read_only,
      createSubPath: mount.create_sub_path,
    })),
  }
}

function requireOnce(values: readonly string[], field: (at: number) => string): void {
  const at = values.findIndex((value, index) => values.indexOf(value) !== index)
  if (at >= 0) throw badField(field(at), 'It is here twice: each only once.')
}

async function requireRemovable(tx: Db, id: string): Promise<repository.WorkloadRecord> {
  const found = await repository.findById(id, tx)
  if (found === null) throw new HoldfastError('not_found', 'There is no such workload.')
  const target = attachTarget(found.target)
  if (target?.isMade !== true)
    throw new HoldfastError('conflict', `What ${target?.title ?? found.target} runs is not removed from here.`)
  if (found.host.revokedAt !== null) throw new HoldfastError('conflict', `Host '${found.host.name}' was revoked.`)
  if (found.state !== 'stopped' && found.state !== 'failed')
    throw new HoldfastError('conflict', `'${found.name}' is ${found.state}: stop it first.`)
  return found
}
