import { CifsConfig } from '@/lib/drivers/cifs/config'
import { cifs } from '@/lib/drivers/cifs/descriptor'
import {
  type CifsBackend,
  cifsValues,
  lookAtShare,
  reasonFor,
  smbProblem,
  withCredentials,
} from '@/lib/drivers/cifs/look'
import { CIFS_ACCESS_ERRNO, CIFS_MOUNT_MESSAGES } from '@/lib/drivers/cifs/messages'
import { type CifsConnection, cifsMounting, cifsMountRequest } from '@/lib/drivers/cifs/mount-options'
import {
  isWithoutList,
  parseShares,
  parseSmbFailure,
  type SmbFailure,
  type SmbLayer,
} from '@/lib/drivers/cifs/parse-smbclient'
import { DEFAULT_PORT, listArguments } from '@/lib/drivers/cifs/smbclient'
import { cifsSource } from '@/lib/drivers/cifs/source'
import { defineHostDriver, type HostBackend, type OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { type StepNote, TestRun } from '@/lib/drivers/contract/test-run'
import type { Choice } from '@/lib/drivers/contract/values'
import {
  type KernelMount,
  mountVerified,
  scratchTarget,
  testScratchMount,
  usageAt,
  withScratchMount,
} from '@/lib/drivers/mounting/kernel'
import { isSameSource } from '@/lib/drivers/mounting/same-source'
import { pinnedAddress } from '@/lib/drivers/pinned-address'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { directoryPlace } from '@/lib/volume-engines/contract/place'

function prepare(config: CifsConfig, target: MountTarget, connection: CifsConnection): KernelMount {
  const request = cifsMountRequest(config, target, connection)
  return {
    request,
    isOurs: (entry) => cifsMounting.fsTypes.includes(entry.fsType) && isSameSource(entry.source, request.source),
    translate: (said) => matchMessage(CIFS_MOUNT_MESSAGES, said),
    accessErrno: CIFS_ACCESS_ERRNO,
    outcome: ({ options, superOptions }) => cifsMounting.spoken?.([...options, ...superOptions].join()) ?? null,
    values: cifsValues(config, target.path),
  }
}

/** With the address that the mount goes to, and the credentials while `work` runs. */
async function withConnection<T>(
  backend: CifsBackend,
  context: OperationContext,
  work: (connection: CifsConnection) => Promise<T>,
): Promise<T> {
  const { server, port } = backend.config
  let address: string
  try {
    address = await pinnedAddress(server, port ?? DEFAULT_PORT, context)
  } catch (error) {
    throw toProblem(error, cifsValues(backend.config))
  }
  return await withCredentials(backend, context, (credentials) => work({ credentials, address }))
}

/** What smbclient found, asked for once: each try to sign in counts towards the lock-out of an account. */
class Look {
  /** `unasked`: smbclient is not installed. */
  #found: SmbFailure | null | 'unasked' = null
  readonly #config: CifsConfig

  constructor(config: CifsConfig) {
    this.#config = config
  }

  async ask(backend: CifsBackend, address: string, context: OperationContext): Promise<void> {
    try {
      this.#found = await lookAtShare(backend, address, context)
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'tool_missing') throw error
      this.#found = 'unasked'
    }
  }

  /** Throws when the server refused at one of these layers. */
  judge(layers: readonly SmbLayer[], detail: string): StepNote {
    if (this.#found === 'unasked')
      return { status: 'skipped', detail: 'smbclient is not installed on this host; the mount decides.' }
    if (this.#found !== null && layers.includes(this.#found.layer)) throw smbProblem(this.#found, this.#config)
    return { detail }
  }
}

function signInText(config: CifsConfig): string {
  if (config.auth !== 'password') return config.auth === 'guest' ? 'as guest' : 'without a name'
  return config.domain === undefined ? (config.username ?? '') : `${config.username} in ${config.domain}`
}

async function discoverShares(
  partial: HostBackend<Partial<CifsConfig>, 'password'>,
  context: OperationContext,
): Promise<Choice[]> {
  const parsed = CifsConfig.safeParse({ ...partial.config, share_name: 'IPC$' })
  if (!parsed.success) {
    throw new HoldfastError('invalid_input', 'Enter the server first.', {
      fields: [{ field: 'config.server', message: 'Enter a valid server, then look for shares.' }],
    })
  }
  const config = parsed.data
  try {
    const [address] = await context.host.net.resolve(config.server)
    if (address === undefined) throw new ProblemError('name.not_found', cifsValues(config))
    const stdout = await withCredentials({ config, secrets: partial.secrets }, context, async (credentials) => {
      const ask = () =>
        context.host.run('smbclient', listArguments(config, address, credentials), { timeoutMs: 20_000 })
      const first = await ask()
      // Samba starts the service behind its list when somebody asks; on a busy server the first answer can come before it.
      return isWithoutList(first.stdout) ? (await ask()).stdout : first.stdout
    })
    if (isWithoutList(stdout)) throw new ProblemError('cifs.no_list', cifsValues(config))
    return parseShares(stdout)
      .filter(({ name }) => CifsConfig.shape.share_name.safeParse(name).success)
      .map(({ name, comment }) => ({ value: name, ...(comment === '' ? {} : { detail: comment }) }))
  } catch (error) {
    const failure = error instanceof CommandError ? parseSmbFailure(`${error.stderr}\n${error.stdout}`) : null
    throw failure === null ? toProblem(error, cifsValues(config)) : smbProblem(failure, config)
  }
}

export const cifsHost = defineHostDriver(cifs, {
  id: 'cifs',

  async test(backend, context) {
    const { config } = backend
    const { host } = context
    const run = new TestRun(context, cifsValues(config))
    const look = new Look(config)
    return await run.finish(async () => {
      await run.step('tools', 'Programs on the host', async () => {
        const { stdout, stderr } = await host.run('mount.cifs', ['-V'])
        return { detail: `${stdout}${stderr}`.trim().split('\n')[0] ?? '' }
      })
      const address = await run.name(config.server)
      await run.tcp(config.server, config.port ?? DEFAULT_PORT)
      let unready: unknown
      await run.step('protocol', 'SMB service', async () => {
        try {
          await look.ask(backend, address, context)
        } catch (error) {
          // A missing password is a matter of the next layer.
          if (!(error instanceof ProblemError)) throw error
          unready = error
          return { status: 'skipped' }
        }
        return look.judge(['connection', 'protocol', 'encryption'], 'The server answers')
      })
      await run.step('authentication', 'Sign in', async () => {
        if (unready !== undefined) throw unready
        return look.judge(['authentication'], signInText(config))
      })
      await run.step('target', 'Share', async () => look.judge(['share', 'folder'], cifsSource(config)))
      await withConnection(backend, context, (connection) =>
        testScratchMount(run, context, (path) => prepare(config, scratchTarget(path), connection)),
      )
    })
  },

  async mount(backend, target, context) {
    try {
      await withConnection(backend, context, (connection) =>
        mountVerified(prepare(backend.config, target, connection), context),
      )
    } catch (error) {
      throw await reasonFor(backend, error, context)
    }
  },

  async unmount(_backend, target, context) {
    await context.host.mounts.unmount(target.path)
  },

  // The kernel keeps attributes of files for a second, and figures of the file system never: each is a QUERY_INFO on the wire.
  proof: 'statfs',

  async usage(backend, target, context) {
    if (target !== null) return await usageAt(target.path, context)
    return await withConnection(backend, context, (connection) =>
      withScratchMount(
        context,
        (path) => prepare(backend.config, scratchTarget(path, true), connection),
        (path) => usageAt(path, context),
      ),
    )
  },

  discover: { shares: discoverShares },

  place: async (_backend, target) => directoryPlace(target),
})
