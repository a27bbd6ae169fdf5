import type { OperationContext } from '@/lib/drivers/contract/host'
import { groupsOf, RELOGIN_MS } from '@/lib/drivers/iscsi-lvm/connection'
import { inTurn, until } from '@/lib/drivers/iscsi-lvm/in-turn'
import { disksOf } from '@/lib/drivers/iscsi-lvm/lun'
import { groupName, isVolumeOf } from '@/lib/drivers/iscsi-lvm/names'
import { type Backend, valuesOf } from '@/lib/drivers/iscsi-lvm/open-session'
import { logOut, ourSessions } from '@/lib/drivers/iscsi-lvm/session'
import { areHeld, deactivate, flushDisk } from '@/lib/drivers/iscsi-lvm/volume-group'
import { HoldfastError } from '@/lib/errors'

/**
 * While the system goes down and the network is still there: no volume of ours is active here afterwards, and there is no session of
 * ours that the kernel would wait for. The marks stay, as the group is opened again after the start. A target that does not answer is
 * asked nothing: whoever waits for it gets an error. Throws `lvm.busy` with what uses it.
 */
export async function release(backend: Backend, context: OperationContext): Promise<void> {
  const { target } = backend.config
  await inTurn(target, context, async () => {
    const over = new AbortController()
    const closing = close(backend, { ...context, signal: over.signal }).finally(() => over.abort())
    const first = await Promise.race([closing, untilLost(target, { ...context, signal: over.signal })])
    if (first !== 'lost') return await closing
    // What is being closed fails with everybody else who waits for this target.
    over.abort()
    context.log(`${target} does not answer: whoever waits for it gets an error.`)
    await drop(backend, context)
  })
}

/** In order, as long as the target answers. */
async function close(backend: Backend, context: OperationContext): Promise<void> {
  const { target } = backend.config
  const values = await valuesOf(backend.config, context)
  for await (const { disk, group } of groupsOf(backend, values, context)) {
    await deactivate(disk, group, values, context)
    await flushDisk(disk, context)
    context.log(`The volume group ${group.vg_name} is closed.`)
  }
  if (context.signal.aborted) return
  // Those that are open here carry the mark of this host still, so only what is held counts.
  for (const session of await ourSessions(target, context)) {
    if (await areHeld(await disksOf(session, context), context)) return
  }
  await logOut(target, values, context)
  context.log(`No session of Holdfast with ${target} is left.`)
}

/** Without a look at the disks, which would hang. */
async function drop(backend: Backend, context: OperationContext): Promise<void> {
  const { target } = backend.config
  const left: string[] = []
  for (const session of await ourSessions(target, context)) {
    for (const disk of await disksOf(session, context)) {
      left.push(...(await volumesOver(disk.name, groupName(backend.config, backend.id), context)))
    }
  }
  await logOut(target, await valuesOf(backend.config, context), context)
  // LVM does not find them any more, and dmeventd does not end while it watches a thin pool: systemd would wait 90 s for it.
  for (const name of new Set(left)) {
    try {
      await context.host.run('dmsetup', ['remove', '--', name])
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      context.log(`${name} stays: ${error.message}`)
    }
  }
}

/** What lies on a disk or volume and is of this group, in the names of device-mapper; what lies uppermost comes first. */
async function volumesOver(name: string, group: string, context: OperationContext): Promise<string[]> {
  const { records } = context.host
  const found: string[] = []
  for (const holder of await records.list(`/sys/block/${name}/holders`)) {
    const volume = (await records.read(`/sys/block/${holder}/dm/name`))?.trim() ?? ''
    if (isVolumeOf(volume, group)) found.push(...(await volumesOver(holder, group, context)), volume)
  }
  return found
}

/** Until a session of ours has been without its target for longer than a reconnect takes; null when nobody wants to know any more. */
function untilLost(target: string, context: OperationContext): Promise<'lost' | null> {
  let since: number | null = null
  return until(context, Number.POSITIVE_INFINITY, async () => {
    const isAway = (await ourSessions(target, context)).some(({ isLoggedIn }) => !isLoggedIn)
    since = isAway ? (since ?? performance.now()) : null
    return since !== null && performance.now() - since >= RELOGIN_MS ? 'lost' : null
  })
}
