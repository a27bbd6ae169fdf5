import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { defineHostDriver, type HostBackend, type OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import {
  capacityNote,
  expectReadable,
  expectWritten,
  type StepNote,
  TestRun,
  usageOf,
} from '@/lib/drivers/contract/test-run'
import type { Usage } from '@/lib/drivers/contract/values'
import { bracketed } from '@/lib/drivers/grammar'
import { foreignMount } from '@/lib/drivers/mounting/foreign'
import { lastWords, placeOf, setOptions, takeBackFuse, testFuseScratch } from '@/lib/drivers/mounting/fuse'
import { pinnedAddress } from '@/lib/drivers/pinned-address'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { discoveryGroup, type Peer, peersOf, statusFile, type WolfdiskConfig } from '@/lib/drivers/wolfdisk/config'
import { renderWolfdiskConfig } from '@/lib/drivers/wolfdisk/config-toml'
import { wolfdisk } from '@/lib/drivers/wolfdisk/descriptor'
import {
  type ClusterStatus,
  describeStatus,
  isAlone,
  isInSync,
  isStale,
  nodeReport,
  parseClusterStatus,
} from '@/lib/drivers/wolfdisk/parse-cluster-status'
import { wolfdiskMounting, wolfdiskMountRequest } from '@/lib/drivers/wolfdisk/wolfdisk-mount'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import { Secret } from '@/lib/secret'

type Backend = HostBackend<WolfdiskConfig>

/** A node writes its status every second; twice that shows whether it still does. */
const HEARTBEAT_MS = 2_200
const FIRST_STATUS_MS = 6_000
const POLL_MS = 250
/** Its name for people. */
const DAEMON = 'WolfDisk'

interface Place {
  target: MountTarget
  /** What the node of this place is; a test has one of its own. */
  node: { id: string; role: WolfdiskConfig['role']; bind: string; dataDir: string }
}

function valuesOf(config: WolfdiskConfig, path: string) {
  const [peer] = peersOf(config)
  return { path, data_dir: config.data_dir, server: peer?.host, port: peer?.port }
}

/** Null when there is none, or nothing that can be read. */
async function readStatus(dataDir: string, context: OperationContext): Promise<ClusterStatus | null> {
  const answer = await context.host.probe.readText(statusFile(dataDir))
  return answer.state === 'ok' ? parseClusterStatus(answer.text) : null
}

function nowSeconds(): number {
  return Date.now() / 1000
}

/** Does a node work on this directory now? A file that was left behind stands still. */
async function livingNode(dataDir: string, context: OperationContext): Promise<ClusterStatus | null> {
  const before = await readStatus(dataDir, context)
  if (before === null || isStale(before, nowSeconds())) return null
  await pauseFor(HEARTBEAT_MS, context.signal)
  const after = await readStatus(dataDir, context)
  return after !== null && after.updatedAt !== before.updatedAt ? after : null
}

/** The status of a node that has just been started, or null if it writes none in time. */
async function firstStatus(dataDir: string, since: number, context: OperationContext): Promise<ClusterStatus | null> {
  const until = Math.min(context.deadlineAt - 1_000, performance.now() + FIRST_STATUS_MS)
  for (;;) {
    const status = await readStatus(dataDir, context)
    if (status !== null && status.updatedAt >= since && !isStale(status, nowSeconds())) return status
    if (context.signal.aborted || performance.now() + POLL_MS > until) return null
    await pauseFor(POLL_MS, context.signal)
  }
}

async function hostName(context: OperationContext): Promise<string> {
  const answer = await context.host.probe.readText('/proc/sys/kernel/hostname')
  const name =
    answer.state === 'ok'
      ? answer.text
          .trim()
          .replace(/[^A-Za-z0-9._-]/g, '-')
          .slice(0, 63)
      : ''
  return name === '' ? 'node' : name
}

/** Which of the two programs is there. Throws `tool_missing` for the first when there is neither. */
async function chooseProgram(context: OperationContext): Promise<'wolfdisk' | 'wolfdiskctl'> {
  try {
    await context.host.run('wolfdisk', ['--help'])
    return 'wolfdisk'
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'tool_missing') throw error
    try {
      await context.host.run('wolfdiskctl', ['--help'])
    } catch {
      throw error
    }
    return 'wolfdiskctl'
  }
}

/**
 * The peers by the addresses that have been checked. One whose name is not known yet stays a name; what the node makes of it later is
 * for the filter of its unit to judge.
 */
async function addressedPeers(peers: readonly Peer[], context: OperationContext): Promise<Peer[]> {
  return await Promise.all(
    peers.map(async ({ host, port }) => {
      try {
        const address = await pinnedAddress(host.replace(/^\[(.*)\]$/, '$1'), port, context)
        return { host: bracketed(address), port }
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code !== 'backend_unreachable') throw error
        return { host, port }
      }
    }),
  )
}

async function startNode(backend: Backend, place: Place, context: OperationContext): Promise<void> {
  const { config } = backend
  const program = await chooseProgram(context)
  const { path } = place.target
  const { unit } = placeOf(place.target)
  const { directory, cache } = context.host.fuse.paths(unit)
  const onHost = { program, configFile: `${directory}/config.toml` }
  const { id: nodeId, role, bind, dataDir } = place.node
  const peers = await addressedPeers(peersOf(config), context)
  const toml = renderWolfdiskConfig(config, { nodeId, role, bind, dataDir, target: path, peers })
  try {
    await context.host.fuse.start({
      ...wolfdiskMountRequest(config, place.target, onHost).daemon,
      target: path,
      ...(dataDir === cache ? {} : { dataDirectory: dataDir }),
      secretFiles: config.config_file === undefined ? { 'config.toml': new Secret(toml) } : {},
      // Its nodes tell each other where others are, in a protocol of their own.
      network: { kind: 'any', besides: discoveryGroup(config) },
    })
  } catch (error) {
    const values = valuesOf(config, path)
    const known = toProblem(error, values)
    if (!(known instanceof HoldfastError) || known instanceof ProblemError || known.code !== 'command_failed')
      throw known
    throw new ProblemError('wolfdisk.ended', values, { said: await lastWords(unit, context), cause: error })
  }
}

function isWolfdisk(entry: MountEntry): boolean {
  return wolfdiskMounting.fsTypes.includes(entry.fsType)
}

function entryAt(path: string, context: OperationContext): MountEntry | undefined {
  return context.host.mounts.list().findLast((entry) => entry.target === path)
}

async function expectServing(backend: Backend, place: Place, context: OperationContext): Promise<void> {
  const { unit, target: path } = placeOf(place.target)
  const values = valuesOf(backend.config, path)
  const entry = entryAt(path, context)
  if (entry === undefined) throw new ProblemError('wolfdisk.ended', values, { said: await lastWords(unit, context) })
  if (!isWolfdisk(entry)) throw foreignMount(entry)
  await setOptions(wolfdiskMounting.request(backend.config, place.target), entry, context)
  expectReadable(await context.host.probe.list(path), values)
}

async function mountAt(backend: Backend, place: Place, context: OperationContext): Promise<ClusterStatus | null> {
  const since = Math.floor(nowSeconds())
  await startNode(backend, place, context)
  try {
    await expectServing(backend, place, context)
  } catch (error) {
    await takeBackFuse(DAEMON, placeOf(place.target), context)
    throw error
  }
  return await firstStatus(place.node.dataDir, since, context)
}

/** Every peer is tried; one that answers is enough. */
async function reachPeers(peers: readonly Peer[], context: OperationContext): Promise<StepNote> {
  const tries = await Promise.all(
    peers.map(async ({ host, port }) => {
      try {
        await context.host.net.connect(host.replace(/^\[(.*)\]$/, '$1'), port)
        return { text: `${host}:${port}`, error: null }
      } catch (error) {
        return { text: `${host}:${port}`, error }
      }
    }),
  )
  const failed = tries.filter(({ error }) => error !== null)
  const [first] = failed
  if (first !== undefined && failed.length === tries.length) throw first.error
  if (first === undefined) return { detail: tries.map(({ text }) => text).join(', ') }
  return {
    status: 'warning',
    detail: `No answer from ${failed.map(({ text }) => text).join(', ')}`,
    problem: 'wolfdisk.peer_missing',
  }
}

/** What the node of this host says about itself and the others. */
function noteOf(status: ClusterStatus): StepNote {
  const detail = describeStatus(status)
  const lonely = status.peers.length > 0 && status.peers.every((peer) => !peer.isActive)
  return lonely ? { status: 'warning', detail, problem: 'wolfdisk.peer_missing' } : { detail }
}

/**
 * A node of its own at a scratch place, with data of its own that goes with it. Where peers are named it is a client, so that
 * the test changes nothing of who leads and who keeps what.
 */
async function testScratchNode(
  run: TestRun,
  backend: Backend,
  living: ClusterStatus | null,
  context: OperationContext,
): Promise<void> {
  const { config } = backend
  const { host } = context
  await testFuseScratch(run, context, async (target) => {
    const values = valuesOf(config, target.path)
    const node = {
      id: `${await hostName(context)}-test`.slice(-63),
      role: peersOf(config).length > 0 ? ('client' as const) : config.role,
      bind: `0.0.0.0:${await host.fuse.freePort()}`,
      dataDir: host.fuse.paths(placeOf(target).unit).cache,
    }
    const mount = async (): Promise<StepNote> => {
      const status = await mountAt(backend, { target, node }, context)
      if (status === null) return { status: 'warning', detail: 'No status yet', problem: 'wolfdisk.no_status' }
      if (living !== null && !isInSync(living, status))
        return { status: 'warning', detail: describeStatus(status), problem: 'wolfdisk.out_of_sync' }
      return noteOf(status)
    }
    const prove = async () => {
      await run.step('write', 'Write, read back, delete', async () => {
        if (config.read_only) return { status: 'skipped', detail: 'The backend is read only.' }
        expectWritten(await host.probe.writeReadDelete(target.path), values)
        return undefined
      })
      await run.step('capacity', 'Capacity', async () => {
        const answer = await host.probe.statfs(target.path)
        expectReadable(answer, values)
        return capacityNote(usageOf(answer))
      })
    }
    return { daemon: DAEMON, mount, prove }
  })
}

export const wolfdiskHost = defineHostDriver(wolfdisk, {
  id: 'wolfdisk',

  async test(backend, context) {
    const { config } = backend
    const { host } = context
    const peers = peersOf(config)
    const run = new TestRun(context, valuesOf(config, ''))
    return await run.finish(async () => {
      await run.step('tools', 'Programs on the host', async () => ({ detail: await chooseProgram(context) }))
      if (peers.length > 0) {
        await run.step('name', 'Names of the peers', async () => {
          const found = await Promise.all(peers.map((peer) => host.net.resolve(peer.host.replace(/^\[(.*)\]$/, '$1'))))
          return { detail: found.flat().join(', ') }
        })
        await run.step('tcp', 'Connection to the peers', () => reachPeers(peers, context))
      }
      const living = await livingNode(config.data_dir, context)
      await run.step('protocol', 'Node of this host', async () =>
        living === null ? { status: 'skipped', detail: `None works on ${config.data_dir} yet.` } : noteOf(living),
      )
      // The host's own file names its data directory, so a second node with it would disturb the first.
      if (config.config_file !== undefined && living !== null) return
      await testScratchNode(run, backend, living, context)
    })
  },

  async mount(backend, target, context) {
    const { config } = backend
    const { unit } = placeOf(target)
    const node = {
      id: config.node_id ?? (await hostName(context)),
      role: config.role,
      bind: config.bind,
      dataDir: config.data_dir,
    }
    const place = { target, node }
    const values = valuesOf(config, target.path)
    const [entry, ...stacked] = context.host.mounts.list().filter((candidate) => candidate.target === target.path)
    if (entry !== undefined) {
      if (stacked.length > 0 || !isWolfdisk(entry)) throw foreignMount(entry)
      if (await context.host.fuse.isRunning(unit)) {
        const { readOnly } = wolfdiskMounting.request(config, target)
        if (entry.options.includes('ro') !== readOnly) throw new ProblemError('mount.other_options', values)
        return await expectServing(backend, place, context)
      }
      // The daemon died and left its end of the mount behind.
      await context.host.fuse.stop(unit, target.path)
    }
    if ((await livingNode(config.data_dir, context)) !== null) throw new ProblemError('wolfdisk.data_in_use', values)
    const status = await mountAt(backend, place, context)
    context.log(status === null ? 'WolfDisk has written no status yet.' : `WolfDisk: ${describeStatus(status)}.`)
  },

  async unmount(_backend, target, context) {
    const place = placeOf(target)
    await context.host.fuse.stop(place.unit, place.target)
  },

  proof: {
    /** The node itself answers whoever looks at the mount, so its status is read, and the mount besides. */
    async look({ config }, target, context) {
      const values = valuesOf(config, target.path)
      expectReadable(await context.host.probe.list(target.path), values)
      const status = await readStatus(config.data_dir, context)
      // Older programs write none, and a configuration file of the host may name another place for it.
      if (status === null) return 'unknown'
      if (isStale(status, nowSeconds())) throw new ProblemError('wolfdisk.stale', values)
      if (isAlone(status)) throw new ProblemError('wolfdisk.alone', values)
      return 'proven'
    },
  },

  async node(backend, _target, context) {
    const status = await readStatus(backend.config.data_dir, context)
    return status === null ? { status, problem: 'wolfdisk.no_status' } : nodeReport(status, nowSeconds())
  },

  async usage(backend, target, context) {
    const unknown: Usage = { totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null }
    if (target === null) return unknown
    // A FUSE program has no table of inodes: what it says of them is made up.
    const { inodes: _madeUp, ...usage } = usageOf(await context.host.probe.statfs(target.path))
    const status = await readStatus(backend.config.data_dir, context)
    if (status === null || isStale(status, nowSeconds())) {
      context.log('WolfDisk has not written its status for more than 10 seconds.')
      return usage
    }
    return { ...usage, fileCount: status.fileCount ?? usage.fileCount }
  },

  discover: {
    /** Of the node that works on this host already. */
    async peers(partial, context) {
      const dataDir = partial.config.data_dir ?? '/var/lib/wolfdisk'
      const status = await readStatus(dataDir, context)
      const values = { data_dir: dataDir }
      if (status === null) throw new ProblemError('wolfdisk.no_status', values)
      if (isStale(status, nowSeconds())) throw new ProblemError('wolfdisk.stale', values)
      return status.peers.map((peer) => ({
        value: peer.address,
        label: `${peer.address} (${peer.nodeId})`,
        detail: peer.isActive
          ? peer.isLeader
            ? 'leader'
            : 'active'
          : `last seen ${Math.round(peer.secondsAgo)} s ago`,
      }))
    },
  },
})
