import { defineHostDriver, type HostBackend, type OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { type StepNote, TestRun, tcpTitle } from '@/lib/drivers/contract/test-run'
import type { Choice } from '@/lib/drivers/contract/values'
import { isIpv6Literal } from '@/lib/drivers/grammar'
import {
  type KernelMount,
  mountVerified,
  scratchTarget,
  testScratchMount,
  usageAt,
  withScratchMount,
} from '@/lib/drivers/mounting/kernel'
import { isSameSource } from '@/lib/drivers/mounting/same-source'
import { NfsConfig } from '@/lib/drivers/nfs/config'
import { nfs } from '@/lib/drivers/nfs/descriptor'
import { NFS_MOUNT_MESSAGES, RPC_MESSAGES } from '@/lib/drivers/nfs/messages'
import { nfsMounting } from '@/lib/drivers/nfs/mount-options'
import { parseRpcinfo, universalAddress } from '@/lib/drivers/nfs/parse-rpcinfo'
import { isExported, type NfsExport, parseShowmount } from '@/lib/drivers/nfs/parse-showmount'
import { nfsSource } from '@/lib/drivers/nfs/source'
import { pinnedAddress } from '@/lib/drivers/pinned-address'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import type { ConfigOf } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { directoryPlace } from '@/lib/volume-engines/contract/place'

type Config = ConfigOf<'nfs'>

const NFS_PROGRAM = '100003'
const DEFAULT_PORT = 2049

function valuesOf(config: Config, path: string) {
  return {
    server: config.server,
    port: config.port ?? DEFAULT_PORT,
    export_path: config.export_path,
    // Of `auto` nobody can say that the server should speak it.
    version: config.version === 'auto' ? undefined : config.version,
    source: nfsSource(config),
    path,
  }
}

/**
 * A version 4 server says "no such file" to clients that an export is not for. When the export is known to exist, it is that.
 */
function translateFor(isListed: boolean): (said: string) => ProblemId | null {
  return (said) => {
    const problem = matchMessage(NFS_MOUNT_MESSAGES, said)
    return problem === 'nfs.export_missing' && isListed ? 'nfs.export_denied' : problem
  }
}

/**
 * mount.nfs that looks for the highest version ends with what version 3 says: "access denied" for an export that is not there, and of
 * rpcbind where nothing listens. What version 4 says is nearer to the truth, unless the server does not speak it.
 */
function secondTryOf(config: Config, target: MountTarget): Pick<KernelMount, 'secondTry'> {
  if (config.version !== 'auto') return {}
  return {
    secondTry: {
      request: nfsMounting.request({ ...config, version: '4' }, target),
      after: ['nfs.version_unsupported', 'nfs.not_running', 'nfs.export_denied', 'network.refused'],
      vague: ['nfs.version_unsupported', 'mount.failed'],
    },
  }
}

function prepare(config: Config, target: MountTarget, isListed = false): KernelMount {
  const request = nfsMounting.request(config, target)
  return {
    request,
    isOurs: (entry) => nfsMounting.fsTypes.includes(entry.fsType) && isSameSource(entry.source, request.source),
    translate: translateFor(isListed),
    ...secondTryOf(config, target),
    outcome: ({ options, superOptions }) => nfsMounting.spoken?.([...options, ...superOptions].join()) ?? null,
    values: valuesOf(config, target.path),
  }
}

/**
 * Asks the NFS service itself for its version. `spoken`: what it answers for, where that was asked. A host without rpcinfo, or RDMA, leaves
 * the question to the mount.
 */
async function askVersion(
  config: Config,
  address: string,
  context: OperationContext,
): Promise<StepNote & { spoken?: number }> {
  if (config.proto === 'rdma') return { status: 'skipped', detail: 'RDMA is not asked; the mount decides.' }
  const isOpen = config.version === 'auto'
  const wanted = isOpen ? 4 : Number(config.version.split('.')[0])
  const args = [
    '-a',
    universalAddress(address, config.port ?? DEFAULT_PORT),
    '-T',
    isIpv6Literal(address) ? 'tcp6' : 'tcp',
    NFS_PROGRAM,
    String(wanted),
  ]
  try {
    const { exitCode, stdout, stderr } = await context.host.run('rpcinfo', args, {
      okExitCodes: [0, 1],
      timeoutMs: 8_000,
    })
    if (exitCode !== 0 && matchMessage(RPC_MESSAGES, stderr) !== 'nfs.version_unsupported') {
      throw new CommandError({ command: 'rpcinfo', exitCode, signal: null, stderr, stdout })
    }
    const answer = parseRpcinfo(stdout, stderr)
    if (answer.state === 'ready') return { detail: `NFS ${wanted} answers`, spoken: wanted }
    if (isOpen && answer.lowest <= 3 && answer.highest >= 3)
      return { detail: `NFS 3 answers, and no newer version`, spoken: 3 }
    throw new ProblemError('nfs.version_unsupported', valuesOf(config, ''), {
      said: `The server speaks versions ${answer.lowest} to ${answer.highest}.`,
    })
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'tool_missing') throw error
    return { status: 'skipped', detail: 'rpcinfo is not installed on this host; the mount decides.' }
  }
}

/** By address: showmount would look the name up again. */
async function listExports(address: string, context: OperationContext): Promise<NfsExport[]> {
  const { stdout } = await context.host.run('showmount', ['--no-headers', '-e', '--', address], { timeoutMs: 8_000 })
  return parseShowmount(stdout)
}

/** Servers for version 4 alone run no mount service, so that an empty hand is an answer only for version 3. */
function isNoAnswer(error: unknown): boolean {
  if (!(error instanceof HoldfastError)) return false
  if (error.code === 'timed_out' || error.code === 'tool_missing') return true
  return error instanceof CommandError && matchMessage(RPC_MESSAGES, `${error.stderr}\n${error.stdout}`) !== null
}

/** Whether the list of exports, which is that of version 3, has the path itself, something above it, or neither. */
type Listed = 'itself' | 'above' | 'neither'

async function findExport(
  config: Config,
  address: string,
  isThird: boolean,
  context: OperationContext,
): Promise<StepNote & { listed?: Listed }> {
  let exports: NfsExport[]
  try {
    exports = await listExports(address, context)
  } catch (error) {
    if (!isNoAnswer(error)) throw error
    return { status: 'skipped', detail: 'The server does not list its exports; the mount decides.' }
  }
  if (isExported(config.export_path, exports)) {
    const listed = exports.some(({ path }) => path === config.export_path) ? 'itself' : 'above'
    return { detail: `${config.export_path} is in the list of exports`, listed }
  }
  const detail =
    exports.length === 0
      ? 'The list of exports is empty.'
      : `Exports: ${exports
          .map(({ path }) => path)
          .slice(0, 20)
          .join(', ')}`
  // In version 4 paths start at a pseudo root, which the list (of version 3) does not know.
  if (!isThird) return { status: 'warning', detail, problem: 'nfs.export_missing', listed: 'neither' }
  throw new ProblemError('nfs.export_missing', valuesOf(config, ''), { said: detail })
}

/** Top directories of the pseudo root of version 4, for servers that list nothing. */
async function browsePseudoRoot(config: Config, context: OperationContext): Promise<Choice[]> {
  const isOpen = config.version === '3' || config.version === 'auto'
  const root: Config = { ...config, export_path: '/', version: isOpen ? '4' : config.version }
  return await withScratchMount(
    context,
    (path) => prepare(root, scratchTarget(path, true)),
    async (path) => {
      const { stdout } = await context.host.run('ls', ['-1', '-p', '--', path], { timeoutMs: 8_000 })
      const directories = stdout
        .split('\n')
        .filter((line) => line.endsWith('/'))
        .map((line) => `/${line.slice(0, -1)}`)
      return directories
        .filter((value) => NfsConfig.shape.export_path.safeParse(value).success)
        .map((value) => ({ value, detail: 'found by browsing the server' }))
    },
  )
}

async function discoverExports(
  partial: HostBackend<Partial<Config>, never>,
  context: OperationContext,
): Promise<Choice[]> {
  const parsed = NfsConfig.safeParse({ ...partial.config, export_path: '/' })
  if (!parsed.success) {
    throw new HoldfastError('invalid_input', 'Enter the server first.', {
      fields: [{ field: 'config.server', message: 'Enter a valid server, then look for exports.' }],
    })
  }
  const config = parsed.data
  const values = valuesOf(config, '')
  try {
    const address = await pinnedAddress(config.server, config.port ?? DEFAULT_PORT, context)
    const exports = await listExports(address, context)
    if (exports.length > 0) return exports.map(({ path, clients }) => ({ value: path, detail: clients.join(', ') }))
  } catch (error) {
    if (!isNoAnswer(error)) throw toProblem(error, values)
    context.log('The server does not list its exports; browsing its version 4 root.')
  }
  return await browsePseudoRoot(config, context)
}

export const nfsHost = defineHostDriver(nfs, {
  id: 'nfs',

  async test(backend, context) {
    const { config } = backend
    const { host } = context
    const port = config.port ?? DEFAULT_PORT
    const run = new TestRun(context, valuesOf(config, ''))
    return await run.finish(async () => {
      await run.step('tools', 'Programs on the host', async () => {
        const { stdout, stderr } = await host.run('mount.nfs', ['-V'])
        return { detail: `${stdout}${stderr}`.trim().split('\n')[0] ?? '' }
      })
      const address = await run.name(config.server)
      if (config.proto === 'rdma') {
        const note = { status: 'skipped', detail: 'RDMA uses no TCP connection.' } as const
        await run.step('tcp', tcpTitle(port), async () => note)
      } else await run.tcp(config.server, port)
      const fromRpc = (said: string) => matchMessage(RPC_MESSAGES, said)
      let spoken: number | null = config.version === '3' ? 3 : null
      const ask = async () => {
        const { spoken: found = spoken, ...note } = await askVersion(config, address, context)
        spoken = found
        return note
      }
      await run.step('protocol', 'NFS service', ask, fromRpc)
      let listed: Listed | null = null
      const lookUp = async () => {
        const { listed: found = null, ...note } = await findExport(config, address, spoken === 3, context)
        listed = found
        return note
      }
      await run.step('target', 'Export', lookUp, fromRpc)
      // Version 3 would refuse what is not in its list, and its first mount on a host starts rpc.statd, which takes seconds.
      const isFourthOnly = config.version === 'auto' && spoken === 4 && listed === 'neither'
      const asked: Config = isFourthOnly ? { ...config, version: '4' } : config
      await testScratchMount(run, context, (path) => prepare(asked, scratchTarget(path), listed === 'itself'))
    })
  },

  async mount(backend, target, context) {
    await mountVerified(prepare(backend.config, target), context)
  },

  async unmount(_backend, target, context) {
    await context.host.mounts.unmount(target.path)
  },

  // FSSTAT of version 3 and GETATTR of version 4 go to the server each time: no cache holds them.
  proof: 'statfs',

  async usage(backend, target, context) {
    if (target !== null) return await usageAt(target.path, context)
    return await withScratchMount(
      context,
      (path) => prepare(backend.config, scratchTarget(path, true)),
      (path) => usageAt(path, context),
    )
  },

  discover: { exports: discoverExports },

  place: async (_backend, target) => directoryPlace(target),
})
