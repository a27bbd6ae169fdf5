import type { HttpAnswer } from '@/lib/drivers/contract/driver-host'
import { defineHostDriver, type HostBackend, type OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { type StepNote, TestRun, tcpTitle } from '@/lib/drivers/contract/test-run'
import {
  answeringAddress,
  authorization,
  connectFirst,
  HttpClient,
  type HttpSecretKey,
  httpValues,
  resolveAllowed,
} from '@/lib/drivers/http/client'
import { type HttpConfig, placeOf } from '@/lib/drivers/http/config'
import { http } from '@/lib/drivers/http/descriptor'
import { findDownload } from '@/lib/drivers/http/download'
import { httpDaemon, httpMounting } from '@/lib/drivers/http/rclone'
import { placeOf as placeOfMount, testFuseScratch } from '@/lib/drivers/mounting/fuse'
import {
  ensureMountedByRclone,
  mountByRclone,
  RCLONE_DAEMON,
  type RcloneMount,
} from '@/lib/drivers/mounting/rclone-mount'
import { parseRcloneVersion } from '@/lib/drivers/mounting/rclone-version'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import type { Secret } from '@/lib/secret'

type Backend = HostBackend<HttpConfig, HttpSecretKey>

const NO_CAPACITY = { totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null }

function mountOf(backend: Backend, target: MountTarget, context: OperationContext): RcloneMount {
  const { config, secrets } = backend
  return {
    request: httpMounting.request(config, target),
    values: httpValues(config, target.path),
    daemon: async () => httpDaemon(config, authorization(config, secrets), target, context),
  }
}

/** Programs are needed only to mount: an address can be tested, and used, without them. */
async function findTools(context: OperationContext): Promise<StepNote & { canMount: boolean }> {
  try {
    await context.host.run('fusermount3', ['-V'])
    const { stdout } = await context.host.run('rclone', ['version'])
    return { detail: `rclone ${parseRcloneVersion(stdout).text}`, canMount: true }
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'tool_missing') throw error
    return { status: 'warning', detail: `${error.message} Nothing can be mounted.`, canMount: false }
  }
}

function protocolNote(config: HttpConfig, method: string): StepNote {
  const detail = `${placeOf(config).isEncrypted ? 'https' : 'http, not encrypted'}, asked with ${method}`
  if (!placeOf(config).isEncrypted && config.auth_method !== 'none')
    return { status: 'warning', detail, problem: 'http.plain' }
  return config.verify_ssl ? { detail } : { status: 'warning', detail, problem: 'http.unverified' }
}

/** Signing in without a secret is a matter of the layer after the protocol. */
function signInOf({ config, secrets }: Backend): { signIn: Secret | undefined; missing: unknown } {
  try {
    return { signIn: authorization(config, secrets), missing: undefined }
  } catch (error) {
    return { signIn: undefined, missing: error }
  }
}

export const httpHost = defineHostDriver(http, {
  id: 'http',

  async test(backend, context) {
    const { config } = backend
    const run = new TestRun(context, httpValues(config))
    const { port } = placeOf(config)
    const { signIn, missing } = signInOf(backend)
    return await run.finish(async () => {
      let canMount = false
      await run.step('tools', 'Programs on the host', async () => {
        const { canMount: found, ...note } = await findTools(context)
        canMount = found
        return note
      })
      let addresses: string[] = []
      await run.step('name', 'Server name', async () => {
        addresses = await resolveAllowed(config, context)
        return { detail: addresses.join(', ') }
      })
      let address = ''
      await run.step('tcp', tcpTitle(port), async () => {
        const found = await connectFirst(config, addresses, context)
        address = found.address
        return { detail: `${found.ms.toFixed(1)} ms` }
      })
      const client = new HttpClient(config, signIn, address, context)
      let answer: HttpAnswer = { status: 0, headers: {}, body: '', durationMs: 0 }
      await run.step('protocol', 'Web server', async () => {
        const { method, ...found } = await client.look()
        answer = found
        return protocolNote(config, method)
      })
      await run.step('authentication', 'Sign in', async () => {
        if (missing !== undefined) throw missing
        client.expectSignedIn(answer)
        return { detail: config.auth_method === 'none' ? 'not needed' : config.auth_method }
      })
      let files: string[] | null = null
      await run.step('target', 'Address', async () => {
        client.expectGood(answer)
        files = await client.list()
        return { detail: `HTTP ${answer.status}${files === null ? '' : `, files and folders: ${files.length}`}` }
      })
      await testMount(run, backend, { canMount, hasListing: files !== null }, context)
    })
  },

  async mount(backend, target, context) {
    const { config, secrets } = backend
    const signIn = authorization(config, secrets)
    const [address = ''] = await resolveAllowed(config, context)
    const client = new HttpClient(config, signIn, address, context)
    if ((await client.list()) === null) {
      const answer = await client.look()
      client.expectSignedIn(answer)
      client.expectGood(answer)
      throw new ProblemError('http.no_listing', httpValues(config, target.path))
    }
    await ensureMountedByRclone(mountOf(backend, target, context), context)
  },

  async unmount(_backend, target, context) {
    const place = placeOfMount(target)
    await context.host.fuse.stop(place.unit, place.target)
  },

  download: findDownload,

  proof: {
    server: (config) => new URL(config.base_url).origin,
    async look({ config, secrets }, _target, context) {
      const signIn = authorization(config, secrets)
      await new HttpClient(config, signIn, await answeringAddress(config, context), context).expectServed()
      return 'proven'
    },
  },
})

/** A real rclone mount at a scratch place, where the address can be mounted at all. */
async function testMount(
  run: TestRun,
  backend: Backend,
  { canMount, hasListing }: { canMount: boolean; hasListing: boolean },
  context: OperationContext,
): Promise<void> {
  const rest = async () => {
    await run.step('write', 'Write', async () => ({ status: 'skipped', detail: 'A web address can only be read.' }))
    await run.step('capacity', 'Capacity', async () => {
      return { detail: 'A web server tells no capacity; it is shown as unknown.', usage: NO_CAPACITY }
    })
  }
  if (!canMount || !hasListing) {
    await run.step('mount', 'Mount', async () => {
      return hasListing
        ? { status: 'skipped', detail: 'The programs for it are missing on this host.' }
        : {
            status: 'skipped',
            detail: 'The address lists no files, so it cannot be mounted.',
            problem: 'http.no_listing',
          }
    })
    return await rest()
  }
  await testFuseScratch(run, context, async (target) => ({
    daemon: RCLONE_DAEMON,
    mount: async () => {
      await mountByRclone(mountOf(backend, target, context), context)
      return undefined
    },
    prove: rest,
  }))
}
