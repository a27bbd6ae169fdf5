import type { FoundMount, PlacedMount } from '@/lib/attach-targets/contract/mounts'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { type IdMap, parseIdMap, proofCommand, provenEntry } from '@/lib/attach-targets/lxc/ids'
import { type MountWay, planFor, proofNote, requireFree, requireNotByHand } from '@/lib/attach-targets/lxc/mount-way'
import { commandLine } from '@/lib/drivers/command-line'
import { HoldfastError } from '@/lib/errors'

/** `mp0` to `mp255`. */
const MOST = 256
/** What an unprivileged container has whose configuration says nothing else. */
const USUAL_MAP = ['u 0 100000 65536', 'g 0 100000 65536']
const AT_START =
  'Proxmox VE may give it to a container that runs at once; what it cannot do then it keeps as pending, and does at the next start.'

interface MountPoint {
  key: string
  volume: string
  inside: string
  readOnly: boolean
}

interface Settings {
  points: readonly MountPoint[]
  map: IdMap | null
}

/** By `pct set`: the configuration is in the file system of the cluster, which is Proxmox's own. */
export const proxmoxMounts: MountWay = {
  async planAttach(host, found, mount) {
    const { points, map } = await settingsOf(host, found.nativeId)
    const has = isGiven(points, mount)
    if (!has) requireFree(found, mount.inside)
    const tried = { source: mount.path, inside: mount.inside, readOnly: mount.readOnly, isMapped: false }
    const commands = [proofCommand(tried, map, mount.attachmentId), setCommand(found.nativeId, points, mount)]
    return {
      ...planFor(found),
      commands: has ? [] : commands.map(commandLine),
      specification: null,
      keeps: ['All other settings of the container.'],
      notes: [proofNote(map, mount, false), ...(found.state === 'stopped' ? [] : [AT_START])],
    }
  },
  async planDetach(host, found, mount) {
    const point = pointOf((await settingsOf(host, found.nativeId)).points, mount)
    if (point === undefined) requireNotByHand(found, mount.inside)
    return {
      ...planFor(found),
      commands: point === undefined ? [] : [commandLine(deleteCommand(found.nativeId, point))],
      specification: null,
      keeps: ['All other settings of the container.'],
      notes: found.state === 'stopped' ? [] : [AT_START],
    }
  },
  async attach(host, found, mount, log) {
    const { points, map } = await settingsOf(host, found.nativeId)
    if (!isGiven(points, mount)) {
      requireFree(found, mount.inside)
      const { command, args } = setCommand(found.nativeId, points, mount)
      const tried = { source: mount.path, inside: mount.inside, readOnly: mount.readOnly }
      await provenEntry(host, tried, map, { ways: [false], mark: mount.attachmentId })
      log(`Its root can ${mount.readOnly ? 'read' : 'read and write'} ${mount.path}.`)
      log(`$ ${commandLine({ command, args })}`)
      await host.run(command, args)
    }
    return found.state !== 'stopped' && !(await isPending(host, found.nativeId, mount))
  },
  async detach(host, found, mount, log) {
    const point = pointOf((await settingsOf(host, found.nativeId)).points, mount)
    if (point === undefined) {
      requireNotByHand(found, mount.inside)
      return found.state !== 'stopped'
    }
    const { command, args } = deleteCommand(found.nativeId, point)
    log(`$ ${commandLine({ command, args })}`)
    await host.run(command, args)
    return found.state !== 'stopped' && !(await isPending(host, found.nativeId, mount))
  },
}

/** As `pct config` prints it; what is pending is not among it. */
async function settingsOf(host: TargetHost, id: string): Promise<Settings> {
  const { stdout } = await host.run('pct', ['config', id])
  const points = stdout.split('\n').flatMap((line) => {
    const [, key, value] = /^(mp\d+): (.*)$/.exec(line) ?? []
    return key === undefined || value === undefined ? [] : [mountPoint(key, value)]
  })
  const own = [...stdout.matchAll(/lxc\.idmap[^ug\n]*([ug] \d+ \d+ \d+)/g)].flatMap(([, line]) => line ?? [])
  const isUnprivileged = /^unprivileged: 1$/m.test(stdout)
  return { points, map: parseIdMap(own.length > 0 ? own : isUnprivileged ? USUAL_MAP : []) }
}

function mountPoint(key: string, value: string): MountPoint {
  const [volume = '', ...options] = value.split(',')
  const inside = options.find((option) => option.startsWith('mp='))?.slice('mp='.length) ?? ''
  return { key, volume: volume.replace(/^volume=/, ''), inside, readOnly: options.includes('ro=1') }
}

function isGiven(points: readonly MountPoint[], { path, inside, readOnly }: FoundMount): boolean {
  return points.some((point) => point.inside === inside && point.volume === path && point.readOnly === readOnly)
}

/** Where the mount is not on this host any more, what is a directory of the host at that place. */
function pointOf(points: readonly MountPoint[], { path, inside }: PlacedMount): MountPoint | undefined {
  return points.find(
    (point) => point.inside === inside && (path === null ? point.volume.startsWith('/') : point.volume === path),
  )
}

/** Throws `conflict` where Proxmox cannot be told. */
function setCommand(id: string, points: readonly MountPoint[], { path, inside, readOnly }: FoundMount) {
  if (/[,=\s]/.test(path) || /[,\s]/.test(inside))
    throw new HoldfastError('conflict', 'Proxmox VE takes no path with a comma, a blank or a "=" in it.')
  const taken = new Set(points.map(({ key }) => key))
  const key = Array.from({ length: MOST }, (_, at) => `mp${at}`).find((each) => !taken.has(each))
  if (key === undefined) throw new HoldfastError('conflict', `The container has ${MOST} mount points already.`)
  return { command: 'pct', args: ['set', id, `--${key}=${path},mp=${inside}${readOnly ? ',ro=1' : ''}`] }
}

function deleteCommand(id: string, { key }: MountPoint) {
  return { command: 'pct', args: ['set', id, `--delete=${key}`] }
}

/** `pct pending` has a line for each setting: `cur`, `new` or `del`, and its name. */
async function isPending(host: TargetHost, id: string, { inside }: PlacedMount): Promise<boolean> {
  const { stdout } = await host.run('pct', ['pending', id])
  const lines = stdout.split('\n')
  const keys = lines.flatMap((line) => {
    const [, key = '', value = ''] = /^(?:cur|new) (mp\d+): (.*)$/.exec(line) ?? []
    return key !== '' && mountPoint(key, value).inside === inside ? [key] : []
  })
  return lines.some((line) => keys.some((key) => line.startsWith(`new ${key}:`) || line.trimEnd() === `del ${key}`))
}
