import { type PoolStats, parseCephDf } from '@/lib/ceph/pool-stats'
import { cephProblem } from '@/lib/ceph/said'
import {
  askFsid,
  askUsage,
  asUser,
  CONNECT_S,
  listImages,
  listNamespaces,
  measureImages,
  type Question,
} from '@/lib/drivers/ceph-rbd/commands'
import {
  type CephRbdSettings,
  keyIn,
  MONITOR_PORTS,
  type Monitor,
  monitorsOf,
  monitorText,
} from '@/lib/drivers/ceph-rbd/config'
import { parseDiskUsage, parseFsid, parseNamespaces } from '@/lib/drivers/ceph-rbd/parse-ceph'
import type { HostBackend, OperationContext } from '@/lib/drivers/contract/host'
import type { Usage } from '@/lib/drivers/contract/values'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'
import type { RbdPlace } from '@/lib/volume-engines/contract/place'

export type CephBackend = HostBackend<CephRbdSettings, 'keyring'>

/** The ceph command is a Python program and takes seconds to start on a small host. */
const ANSWER_MS = 50_000

export function valuesOf(config: CephRbdSettings) {
  const { pool, namespace, user, monitors } = config
  const [first] = monitorsOf(monitors)
  return {
    pool,
    namespace,
    user,
    monitors,
    server: first?.address,
    port: first?.port ?? MONITOR_PORTS[0],
    scope: namespace === undefined ? pool : `${pool} namespace=${namespace}`,
    cluster_id: config.cluster_id,
  }
}

export interface Cluster {
  /** As this user. Throws problems of the catalogue. */
  ask(question: Question): Promise<string>
}

/** The settings that the tools read. The host's own /etc/ceph/ceph.conf may be another cluster's, and is not looked at. */
function renderConf(monitors: readonly Monitor[]): string {
  return [
    '[global]',
    `mon_host = ${monitorText(monitors)}`,
    'auth_cluster_required = cephx',
    'auth_service_required = cephx',
    'auth_client_required = cephx',
    'log_to_file = false',
    'admin_socket =',
    `client_mount_timeout = ${CONNECT_S}`,
    `rados_mon_op_timeout = ${CONNECT_S}`,
    `rados_osd_op_timeout = ${CONNECT_S}`,
    '',
  ].join('\n')
}

/** The monitors by their addresses, which have been checked: librados would look the names up again. Names that are not known are left out. */
async function addressedMonitors(config: CephRbdSettings, context: OperationContext): Promise<Monitor[]> {
  const found: Monitor[] = []
  let last: unknown
  for (const { address, port } of monitorsOf(config.monitors)) {
    try {
      found.push(...(await context.host.net.resolve(address)).map((one) => ({ address: one, port })))
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'backend_unreachable') throw error
      last = error
    }
  }
  if (found.length === 0) throw toProblem(last, valuesOf(config))
  return found
}

/**
 * Where the volumes of a pool of ours lie, with all that the tools need to reach it. Asks the cluster nothing. Throws `ceph.no_key`
 * without a key.
 */
export async function rbdPlace({ config, secrets }: CephBackend, context: OperationContext): Promise<RbdPlace> {
  const { pool, namespace = '', user } = config
  const key = keyFrom(secrets)
  if (key === null) throw new ProblemError('ceph.no_key', valuesOf(config))
  const configuration = renderConf(await addressedMonitors(config, context))
  return { kind: 'rbd', pool, namespace, user, key: new Secret(key), configuration }
}

function keyFrom({ keyring }: CephBackend['secrets']): string | null {
  return keyring === undefined ? null : keyIn(reveal(keyring))
}

function renderKeyring(user: string, key: string): Secret {
  return new Secret(`[client.${user}]\n\tkey = ${key}\n`)
}

/** Hands the tools a configuration and a keyring in memory, which are gone afterwards. Throws `ceph.no_key` without a key. */
export async function withCluster<T>(
  { config, secrets }: CephBackend,
  context: OperationContext,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { host } = context
  const values = valuesOf(config)
  const key = keyFrom(secrets)
  if (key === null) throw new ProblemError('ceph.no_key', values)
  const conf = await host.secretFile(renderConf(await addressedMonitors(config, context)))
  try {
    const keyring = await host.secretFile(renderKeyring(config.user, key))
    try {
      const files = { conf: conf.path, keyring: keyring.path }
      return await work({
        async ask(question) {
          const { command, args } = asUser(question, config.user, files)
          try {
            return (await host.run(command, args, { timeoutMs: ANSWER_MS })).stdout
          } catch (error) {
            throw cephProblem(error, values)
          }
        },
      })
    } finally {
      await keyring.done()
    }
  } finally {
    await conf.done()
  }
}

// ---- layers ------------------------------------------------------------------------------------------------------------

/** One monitor that answers is enough. Resolves to those that do, with the port. */
export async function reachMonitors(config: CephRbdSettings, context: OperationContext): Promise<Required<Monitor>[]> {
  const reached: Monitor[] = []
  let last: unknown
  for (const { address, port } of monitorsOf(config.monitors)) {
    for (const candidate of port === null ? MONITOR_PORTS : [port]) {
      try {
        await context.host.net.connect(address, candidate)
        reached.push({ address, port: candidate })
        break
      } catch (error) {
        last = error
      }
    }
  }
  if (reached.length === 0) throw last
  return reached
}

/** Who we are to the cluster, and which cluster it is. */
export async function identify({ config }: CephBackend, cluster: Cluster): Promise<string> {
  const found = parseFsid(await cluster.ask(askFsid))
  if (config.cluster_id !== undefined && config.cluster_id !== found) {
    throw new ProblemError('ceph.other_cluster', { ...valuesOf(config), found })
  }
  return found
}

/** The pool exists: what the cluster counts of it. */
async function statsOf(config: CephRbdSettings, cluster: Cluster): Promise<PoolStats> {
  const pools = parseCephDf(await cluster.ask(askUsage))
  const pool = pools.find(({ name }) => name === config.pool)
  if (pool === undefined) {
    const found = pools.map(({ name }) => name).join(', ') || 'no pool'
    throw new ProblemError('ceph.no_pool', { ...valuesOf(config), found })
  }
  return pool
}

/** The pool exists, and this user may look into it; into the whole of it only when no namespace is meant. */
export async function checkPool(backend: CephBackend, cluster: Cluster): Promise<PoolStats> {
  const stats = await statsOf(backend.config, cluster)
  if (backend.config.namespace === undefined) await cluster.ask(listImages(backend.config))
  return stats
}

/** The namespace exists, and this user may look into it. */
export async function checkNamespace(backend: CephBackend, cluster: Cluster): Promise<void> {
  const { namespace } = backend.config
  if (namespace === undefined) return
  let known: string[] | null
  try {
    known = parseNamespaces(await cluster.ask(listNamespaces(backend.config)))
  } catch (error) {
    // A user with rights in his namespace alone may not list them all; whether he may use it is asked next.
    if (!(error instanceof ProblemError) || error.problem !== 'ceph.no_caps') throw error
    known = null
  }
  if (known !== null && !known.includes(namespace))
    throw new ProblemError('ceph.no_namespace', { ...valuesOf(backend.config), namespace })
  await cluster.ask(listImages(backend.config))
}

/**
 * Used and free as clients see it, copies taken into account. In a namespace, used is what its images take; what cannot be read
 * is unknown. Nothing here is ever a placeholder.
 */
export async function usageOfPool(
  { config }: CephBackend,
  cluster: Cluster,
  context: OperationContext,
  stats?: PoolStats,
): Promise<Usage> {
  const { storedBytes, availableBytes } = stats ?? (await statsOf(config, cluster))
  const usedBytes =
    config.namespace === undefined
      ? storedBytes
      : await usedInNamespace(config.pool, config.namespace, cluster, context)
  return {
    totalBytes: usedBytes === null ? null : usedBytes + availableBytes,
    usedBytes,
    availableBytes,
    fileCount: null,
  }
}

async function usedInNamespace(
  pool: string,
  namespace: string,
  cluster: Cluster,
  context: OperationContext,
): Promise<number | null> {
  try {
    return parseDiskUsage(await cluster.ask(measureImages({ pool, namespace })))
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    context.log(`What the images in ${namespace} take could not be read: ${error.message}`)
    return null
  }
}

/** Images of this pool and namespace that the kernel of this host has mapped, as `/dev/rbdN (pool/image)`. */
export async function mappedHere({ config }: CephBackend, context: OperationContext): Promise<string[]> {
  const { records } = context.host
  const found: string[] = []
  for (const id of await records.list('/sys/bus/rbd/devices')) {
    const text = async (file: string) => (await records.read(`/sys/bus/rbd/devices/${id}/${file}`))?.trim() ?? ''
    const isSamePlace = (await text('pool')) === config.pool && (await text('pool_ns')) === (config.namespace ?? '')
    const isSameCluster = config.cluster_id === undefined || (await text('cluster_fsid')) === config.cluster_id
    if (isSamePlace && isSameCluster) found.push(`/dev/rbd${id} (${config.pool}/${await text('name')})`)
  }
  return found
}
