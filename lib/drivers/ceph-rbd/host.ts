import type { PoolStats } from '@/lib/ceph/pool-stats'
import {
  type CephBackend,
  type Cluster,
  checkNamespace,
  checkPool,
  identify,
  mappedHere,
  rbdPlace,
  reachMonitors,
  usageOfPool,
  valuesOf,
  withCluster,
} from '@/lib/drivers/ceph-rbd/cluster'
import { listNamespaces, listPools } from '@/lib/drivers/ceph-rbd/commands'
import { CephRbdConfig, type CephRbdSettings, monitorsOf } from '@/lib/drivers/ceph-rbd/config'
import { cephRbd } from '@/lib/drivers/ceph-rbd/descriptor'
import { parseNamespaces, parseRbdPools } from '@/lib/drivers/ceph-rbd/parse-ceph'
import { defineHostDriver, type HostBackend, type OperationContext } from '@/lib/drivers/contract/host'
import { capacityNote, type StepNote, TestRun } from '@/lib/drivers/contract/test-run'
import type { Choice } from '@/lib/drivers/contract/values'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

type PartialBackend = HostBackend<Partial<CephRbdSettings>, 'keyring'>

/** Does the kernel of this host know RBD? Without it, virtual machines can still use the pool through librbd. */
async function kernelKnowsRbd(context: OperationContext): Promise<boolean> {
  const { exitCode } = await context.host.run('modprobe', ['--dry-run', '--quiet', 'rbd'], { okExitCodes: [0, 1] })
  return exitCode === 0
}

async function checkTools(context: OperationContext): Promise<StepNote> {
  const { run } = context.host
  const { stdout } = await run('rbd', ['--version'])
  await run('ceph', ['--version'])
  const version = /^ceph version (\S+)/.exec(stdout)?.[1] ?? stdout.trim().slice(0, 60)
  if (await kernelKnowsRbd(context)) return { detail: `Ceph ${version}, and the kernel knows RBD` }
  const detail = `Ceph ${version}. The kernel of this host has no RBD: virtual machines can use the pool, containers cannot.`
  return { status: 'warning', detail }
}

/** Names that resolve; one is enough. */
async function resolveMonitors(config: CephRbdSettings, context: OperationContext): Promise<StepNote> {
  const found: string[] = []
  let last: unknown
  for (const { address } of monitorsOf(config.monitors)) {
    try {
      found.push(...(await context.host.net.resolve(address)))
    } catch (error) {
      last = error
    }
  }
  if (found.length === 0) throw last
  if (last === undefined) return { detail: found.join(', ') }
  return { status: 'warning', detail: `${found.join(', ')}; not every name is known.` }
}

/** A form that is half filled in, as far as the question needs it. */
function completed(partial: PartialBackend, needsPool: boolean): CephBackend {
  const config = needsPool ? partial.config : { ...partial.config, pool: 'any' }
  const parsed = CephRbdConfig.safeParse(config)
  if (parsed.success) return { ...partial, config: parsed.data }
  const field = partial.config.monitors === undefined || !needsPool ? 'monitors' : 'pool'
  const message = `Enter ${field === 'pool' ? 'the pool' : 'the monitors'}, then look again.`
  throw new HoldfastError('invalid_input', message, { fields: [{ field: `config.${field}`, message }] })
}

async function ask<T>(
  backend: CephBackend,
  context: OperationContext,
  question: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  try {
    await reachMonitors(backend.config, context)
    return await withCluster(backend, context, question)
  } catch (error) {
    throw toProblem(error, valuesOf(backend.config))
  }
}

async function discoverPools(partial: PartialBackend, context: OperationContext): Promise<Choice[]> {
  return await ask(completed(partial, false), context, async (cluster) => {
    const pools = parseRbdPools(await cluster.ask(listPools))
    return pools.map((value) => ({ value }))
  })
}

async function discoverNamespaces(partial: PartialBackend, context: OperationContext): Promise<Choice[]> {
  const backend = completed(partial, true)
  return await ask(backend, context, async (cluster) => {
    return parseNamespaces(await cluster.ask(listNamespaces(backend.config))).map((value) => ({ value }))
  })
}

export const cephRbdHost = defineHostDriver(cephRbd, {
  id: 'ceph-rbd',

  async test(backend, context) {
    const { config } = backend
    const run = new TestRun(context, valuesOf(config))
    return await run.finish(async () => {
      await run.step('tools', 'Programs on the host', () => checkTools(context))
      await run.step('name', 'Names of the monitors', () => resolveMonitors(config, context))
      await run.step('tcp', 'Connection to the monitors', async () => {
        const reached = await reachMonitors(config, context)
        const all = monitorsOf(config.monitors).length
        const detail = reached.map(({ address, port }) => `${address}:${port}`).join(', ')
        if (reached.length === all) return { detail }
        return { status: 'warning', detail: `${reached.length} of ${all} monitors answer: ${detail}` }
      })
      if (backend.secrets.keyring === undefined) {
        await run.step('authentication', 'Sign-in', async () => {
          throw new ProblemError('ceph.no_key', valuesOf(config))
        })
      }
      await withCluster(backend, context, async (cluster) => {
        await run.step('authentication', 'Sign-in', async () => ({
          detail: `client.${config.user} at cluster ${await identify(backend, cluster)}`,
        }))
        let stats: PoolStats | undefined
        await run.step('target', 'Pool', async () => {
          stats = await checkPool(backend, cluster)
          return { detail: config.pool }
        })
        await run.step('namespace', 'Namespace', async () => {
          if (config.namespace === undefined) return { status: 'skipped', detail: 'The whole pool is used.' }
          await checkNamespace(backend, cluster)
          return { detail: config.namespace }
        })
        await run.step('capacity', 'Capacity', async () =>
          capacityNote(await usageOfPool(backend, cluster, context, stats)),
        )
      })
    })
  },

  /** Nothing stays open: volumes are mapped one by one later. So this proves that they can be. */
  async connect(backend, context) {
    const { config } = backend
    await checkTools(context)
    return await ask(backend, context, async (cluster) => {
      const fsid = await identify(backend, cluster)
      const stats = await checkPool(backend, cluster)
      await checkNamespace(backend, cluster)
      const place = config.namespace === undefined ? config.pool : `${config.pool}/${config.namespace}`
      return {
        summary: `This host can use ${place} of the cluster ${fsid}.`,
        details: {
          Cluster: fsid,
          Pool: config.pool,
          ...(config.namespace === undefined ? {} : { Namespace: config.namespace }),
          'RBD in the kernel': (await kernelKnowsRbd(context)) ? 'yes' : 'no',
        },
        usage: await usageOfPool(backend, cluster, context, stats),
      }
    })
  },

  async disconnect(backend, context) {
    const mapped = await mappedHere(backend, context)
    if (mapped.length === 0) return
    throw new ProblemError('ceph.mapped', { ...valuesOf(backend.config), found: mapped.join(', ') })
  },

  /** Nothing stands on the host, so what counts is that a monitor answers; whether the key is still good shows when it is used. */
  async checkConnection({ config }, context) {
    try {
      await reachMonitors(config, context)
    } catch (error) {
      throw toProblem(error, valuesOf(config))
    }
  },

  async usage(backend, _target, context) {
    return await ask(backend, context, (cluster) => usageOfPool(backend, cluster, context))
  },

  discover: { pools: discoverPools, namespaces: discoverNamespaces },

  place: async (backend, _target, context) => await rbdPlace(backend, context),
})
