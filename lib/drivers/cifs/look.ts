import type { CifsConfig } from '@/lib/drivers/cifs/config'
import { SMB_STATUS } from '@/lib/drivers/cifs/messages'
import { renderCredentials } from '@/lib/drivers/cifs/mount-options'
import { parseSmbFailure, type SmbFailure } from '@/lib/drivers/cifs/parse-smbclient'
import { DEFAULT_PORT, lookArguments } from '@/lib/drivers/cifs/smbclient'
import type { HostBackend, OperationContext } from '@/lib/drivers/contract/host'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { matchCode } from '@/lib/drivers/problems/messages'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

export type CifsBackend = HostBackend<CifsConfig, 'password'>

export function cifsValues(config: CifsConfig, path = '') {
  return {
    server: config.server,
    port: config.port ?? DEFAULT_PORT,
    share_name: config.share_name,
    folder: config.path ?? '',
    domain: config.domain,
    user: config.auth === 'password' ? config.username : config.auth,
    version: config.smb_version,
    path,
  }
}

/**
 * Runs `work` with the path of the credentials file, which is in memory and gone afterwards: the kernel keeps what it needs to
 * reconnect, and each later mount gets a file of its own. Throws when a password is needed and there is none.
 */
export async function withCredentials<T>(
  { config, secrets }: Pick<CifsBackend, 'config' | 'secrets'>,
  context: OperationContext,
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (config.auth !== 'password') return await work('')
  if (secrets.password === undefined) throw new ProblemError('cifs.no_password', cifsValues(config))
  const file = await context.host.secretFile(renderCredentials(config, secrets.password))
  try {
    return await work(file.path)
  } finally {
    await file.done()
  }
}

/** What a status means at the layer where it came up. */
function problemOf({ layer, status }: SmbFailure, config: CifsConfig) {
  if (layer === 'protocol') return 'cifs.version_refused'
  if (layer === 'encryption') return 'cifs.seal_refused'
  const isGuest = config.auth !== 'password'
  if (layer === 'authentication' && isGuest) return 'cifs.guest_refused'
  if (status === 'NT_STATUS_ACCESS_DENIED') {
    if (layer === 'authentication') return 'cifs.wrong_password'
    return isGuest ? 'cifs.guest_refused' : 'cifs.denied'
  }
  return matchCode(SMB_STATUS, status) ?? 'cifs.unexpected'
}

export function smbProblem(failure: SmbFailure, config: CifsConfig): ProblemError {
  const { status } = failure
  return new ProblemError(problemOf(failure, config), { ...cifsValues(config), status }, { said: status })
}

/**
 * Signs in and opens the share with smbclient, which says at which layer the server refused; mount.cifs answers nearly everything
 * with "Permission denied". Null: all is well. Throws `tool_missing` without smbclient.
 */
export async function lookAtShare(
  backend: CifsBackend,
  address: string,
  context: OperationContext,
): Promise<SmbFailure | null> {
  try {
    await withCredentials(backend, context, (credentials) =>
      context.host.run('smbclient', lookArguments(backend.config, address, credentials), { timeoutMs: 20_000 }),
    )
    return null
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const failure = parseSmbFailure(`${error.stderr}\n${error.stdout}`)
    if (failure === null) throw error
    return failure
  }
}

/** A better reason for a refused mount, where smbclient is there to give one. */
export async function reasonFor(backend: CifsBackend, refusal: unknown, context: OperationContext): Promise<unknown> {
  const vague: readonly ProblemId[] = ['mount.failed', 'cifs.refused', 'cifs.not_found', 'cifs.version_refused']
  if (!(refusal instanceof ProblemError) || !vague.includes(refusal.problem)) return refusal
  try {
    const [address] = await context.host.net.resolve(backend.config.server)
    const failure = address === undefined ? null : await lookAtShare(backend, address, context)
    return failure === null ? refusal : smbProblem(failure, backend.config)
  } catch (error) {
    if (error instanceof HoldfastError) return refusal
    throw error
  }
}
