import { defineHostDriver, type HostBackend, type OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { TestRun } from '@/lib/drivers/contract/test-run'
import type { Pending, Usage } from '@/lib/drivers/contract/values'
import { daemonUnit } from '@/lib/drivers/mounting/commands'
import { placeOf, testFuseScratch } from '@/lib/drivers/mounting/fuse'
import {
  ensureMountedByRclone,
  mountByRclone,
  RCLONE_DAEMON,
  type RcloneMount,
} from '@/lib/drivers/mounting/rclone-mount'
import { parseRcloneVersion } from '@/lib/drivers/mounting/rclone-version'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { addressOf, isBucketProblem, S3Client, s3Values } from '@/lib/drivers/s3/client'
import { S3Config } from '@/lib/drivers/s3/config'
import { rcloneDaemon } from '@/lib/drivers/s3/daemon'
import { s3 } from '@/lib/drivers/s3/descriptor'
import { parseCoreStats } from '@/lib/drivers/s3/parse-core-stats'
import { parseVfsStats, type UploadQueue } from '@/lib/drivers/s3/parse-vfs-stats'
import { s3Mounting } from '@/lib/drivers/s3/rclone-mount'
import { pauseFor } from '@/lib/pause'

type Backend = HostBackend<S3Config, 'secret_access_key'>

/** Part of an unmount's time that is kept for the unmount itself. */
const RESERVE_MS = 15_000
const LONGEST_WAIT_MS = 60_000
const POLL_MS = 500

/** Throws when the secret key is not set. */
function mountOf(backend: Backend, target: MountTarget, context: OperationContext): RcloneMount {
  const { config } = backend
  const values = s3Values(config, target.path)
  return {
    request: s3Mounting.request(config, target),
    values,
    async daemon() {
      const secret = backend.secrets.secret_access_key
      if (secret === undefined) throw new ProblemError('s3.no_secret', values)
      return await rcloneDaemon(config, secret, target, context)
    },
  }
}

async function readQueue(unit: string, values: ProblemValues, context: OperationContext): Promise<UploadQueue> {
  try {
    return parseVfsStats(await context.host.fuse.control(unit, 'vfs/stats'))
  } catch (error) {
    throw new ProblemError('s3.queue_unknown', values, { cause: error })
  }
}

/**
 * Waits for the upload queue, but only while there is time; then refuses, so that nothing is cut off. A closed file enters the
 * queue a moment after `close` returned (the kernel tells FUSE later), so the queue must be empty twice in a row.
 */
async function drain(unit: string, values: ProblemValues, context: OperationContext): Promise<void> {
  const until = Math.min(context.deadlineAt - RESERVE_MS, performance.now() + LONGEST_WAIT_MS)
  let announced = false
  let wasEmpty = false
  for (;;) {
    const queue = await readQueue(unit, values, context)
    if (queue.waiting === 0 && wasEmpty) return
    wasEmpty = queue.waiting === 0
    if (!wasEmpty && !announced) context.log(`Waiting for uploads, files left: ${queue.waiting}.`)
    announced ||= !wasEmpty
    if (!wasEmpty && (context.signal.aborted || performance.now() + POLL_MS > until)) {
      throw new ProblemError('s3.uploads_pending', { ...values, files: queue.waiting })
    }
    await pauseFor(POLL_MS, context.signal)
  }
}

function countOf(headers: Record<string, string>, name: string): number | null {
  const value = headers[name]
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
}

/** Ceph says in the bucket's headers how much is in it; elsewhere only a walk over all objects could tell, so it is unknown. */
async function storedIn(backend: Backend, context: OperationContext): Promise<Pick<Usage, 'usedBytes' | 'fileCount'>> {
  if (backend.config.prefix !== undefined) return { usedBytes: null, fileCount: null }
  try {
    const headers = await new S3Client(backend.config, backend.secrets.secret_access_key, context).headBucket()
    return { usedBytes: countOf(headers, 'x-rgw-bytes-used'), fileCount: countOf(headers, 'x-rgw-object-count') }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    context.log(`How much is stored could not be read: ${error.message}`)
    return { usedBytes: null, fileCount: null }
  }
}

/** Asks the daemon on this host alone: neither the bucket nor the cache is walked over. */
async function pendingIn({ config }: Backend, mountId: string, { host }: OperationContext): Promise<Pending> {
  const unit = daemonUnit(mountId)
  const { waiting: files, cacheBytes, cacheFull } = parseVfsStats(await host.fuse.control(unit, 'vfs/stats'))
  const pending = { files, bytes: null, cacheBytes, cacheFull }
  if (files === 0) return pending
  const transfers = parseCoreStats(await host.fuse.control(unit, 'core/stats'))
  return { ...pending, uploads: { ...transfers, heldMs: config.write_back * 1_000 } }
}

export const s3Host = defineHostDriver(s3, {
  id: 's3',

  async test(backend, context) {
    const { config } = backend
    const { host } = context
    const run = new TestRun(context, s3Values(config))
    const address = addressOf(config)
    const client = new S3Client(config, backend.secrets.secret_access_key, context)
    return await run.finish(async () => {
      await run.step('tools', 'Programs on the host', async () => {
        await host.run('fusermount3', ['-V'])
        const { stdout } = await host.run('rclone', ['version'])
        return { detail: `rclone ${parseRcloneVersion(stdout).text}` }
      })
      await run.name(address.host)
      await run.tcp(address.host, address.port)
      await run.step('protocol', 'S3 service', async () => {
        await client.expectS3()
        return address.isEncrypted
          ? undefined
          : { status: 'warning', detail: 'http, not encrypted', problem: 's3.plain_http' }
      })
      let refusal: unknown
      await run.step('authentication', 'Access key', async () => {
        try {
          await client.expectListable()
        } catch (error) {
          if (!isBucketProblem(error)) throw error
          refusal = error
        }
        return { detail: config.access_key_id }
      })
      await run.step('target', 'Bucket', async () => {
        if (refusal !== undefined) throw refusal
        return { detail: config.bucket }
      })
      await testScratchMount(run, backend, client, context)
    })
  },

  async mount(backend, target, context) {
    await new S3Client(backend.config, backend.secrets.secret_access_key, context).expectListable()
    await ensureMountedByRclone(mountOf(backend, target, context), context)
  },

  async unmount(backend, target, context) {
    const place = placeOf(target)
    const values = s3Values(backend.config, target.path)
    if (await context.host.fuse.isRunning(place.unit)) await drain(place.unit, values, context)
    await context.host.fuse.stop(place.unit, place.target)
  },

  proof: {
    server: (config) => addressOf(config).endpoint,
    async look(backend, _target, context) {
      await new S3Client(backend.config, backend.secrets.secret_access_key, context).expectServed()
      return 'proven'
    },
  },

  async usage(backend, target, context) {
    const usage: Usage = { totalBytes: null, availableBytes: null, ...(await storedIn(backend, context)) }
    if (target === null || !(await context.host.fuse.isRunning(daemonUnit(target.mountId)))) return usage
    return { ...usage, pending: await pendingIn(backend, target.mountId, context) }
  },

  pending: (backend, target, context) => pendingIn(backend, target.mountId, context),

  discover: {
    async buckets(partial, context) {
      const { shape } = S3Config
      const place = {
        provider: shape.provider.parse(partial.config.provider),
        endpoint: partial.config.endpoint,
        region: partial.config.region,
        path_style: true,
        access_key_id: partial.config.access_key_id ?? '',
        ca_certificate: partial.config.ca_certificate,
      }
      const buckets = await new S3Client(place, partial.secrets.secret_access_key, context).listBuckets()
      // What could not be entered is not offered either, and another service's words are none.
      return buckets.filter((name) => shape.bucket.safeParse(name).success).map((value) => ({ value }))
    },
  },
})

/** A real rclone mount at a scratch place; writing is proven with the bucket itself, since the mount only fills its cache. */
async function testScratchMount(
  run: TestRun,
  backend: Backend,
  client: S3Client,
  context: OperationContext,
): Promise<void> {
  const { config } = backend
  await testFuseScratch(run, context, async (target) => ({
    daemon: RCLONE_DAEMON,
    mount: async () => {
      await mountByRclone(mountOf(backend, { ...target, readOnly: true }, context), context)
      return undefined
    },
    prove: async () => {
      await run.step('write', 'Write, read back, delete', async () => {
        if (config.read_only) return { status: 'skipped', detail: 'The backend is read only.' }
        const folder = config.prefix === undefined ? '' : `${config.prefix}/`
        await client.writeReadDelete(`${folder}.holdfast-test-${context.operationId}`)
        return undefined
      })
      await run.step('capacity', 'Capacity', async () => {
        const usage: Usage = { totalBytes: null, availableBytes: null, ...(await storedIn(backend, context)) }
        return { detail: 'S3 tells no capacity; it is shown as unknown.', usage }
      })
    },
  }))
}
