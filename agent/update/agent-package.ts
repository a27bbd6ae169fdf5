import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Runner } from '@/agent/host/exec/run'
import { HoldfastError } from '@/lib/errors'

/** The archive is some 50 MB. */
const MAX_ARCHIVE_BYTES = 512 * 1024 * 1024
const INSTALL_MS = 120_000

/** Which agent is to be installed, as the controller names it. */
export interface WantedPackage {
  file: string
  sha256: string
  version: string
}

export interface PackageParts {
  /** The fleet port that this host has joined. */
  url: string
  /** PEM of the only CAs that count there. */
  authorities: string
  /** Of its own, for the archive and what is in it; it is emptied before and removed afterwards. */
  directory: string
  /** `performance.now()` of the end. */
  deadlineAt: number
  signal: AbortSignal
  log(message: string): void
  /** A child that was given up on still runs, until this resolves. */
  hang(gone: Promise<void>): void
}

/**
 * Fetches an agent from the controller, compares its checksum, tries whether it runs here, and lets it install itself beside the one
 * that runs. Nothing of this host has changed when it throws before that. The service is not restarted.
 */
export async function installPackage(wanted: WantedPackage, parts: PackageParts): Promise<void> {
  const { directory, log, deadlineAt, signal } = parts
  const launcher = path.join(directory, 'holdfast-agent', 'holdfast-agent')
  const runner = new Runner({ deadlineAt, signal, paths: { 'holdfast-agent': launcher } })
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    const archive = path.join(directory, 'package.tar.gz')
    log(`Fetching ${wanted.file} from ${parts.url}.`)
    await fetchArchive(wanted, archive, parts)
    log('Its checksum is the one that was announced.')
    await runner.run('tar', ['-xzf', archive, '-C', directory, '--no-same-owner'])
    const { stdout } = await runner.run('holdfast-agent', ['version'])
    if (stdout.trim() !== wanted.version) {
      throw new HoldfastError(
        'conflict',
        `The archive holds version ${stdout.trim().slice(0, 40)}, not ${wanted.version}.`,
      )
    }
    log(`It runs here, and is version ${wanted.version}.`)
    await runner.run('holdfast-agent', ['install', '--no-restart'], { timeoutMs: INSTALL_MS, onLine: log })
  } finally {
    if (runner.uncertain) parts.hang(runner.settled())
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Throws `host_unreachable`, `not_found`, and `conflict` when the checksum is another one. */
async function fetchArchive(wanted: WantedPackage, target: string, parts: PackageParts): Promise<void> {
  const response = await ask(new URL(`/v1/agent/${wanted.file}`, parts.url), parts)
  if (response.statusCode !== 200) {
    response.resume()
    throw new HoldfastError('not_found', `The controller at ${parts.url} has no ${wanted.file}.`)
  }
  const hash = createHash('sha256')
  let size = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      size += chunk.length
      done(size > MAX_ARCHIVE_BYTES ? new Error('it is longer than an agent can be') : null, chunk)
    },
  })
  try {
    await pipeline(response, measure, createWriteStream(target, { mode: 0o600, flags: 'wx' }), { signal: parts.signal })
  } catch (error) {
    parts.signal.throwIfAborted()
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    throw new HoldfastError('command_failed', `The archive of the agent could not be fetched (${why}).`, {
      cause: error,
    })
  }
  if (hash.digest('hex') !== wanted.sha256) {
    throw new HoldfastError('conflict', 'The archive is not the one that was announced: its checksum is another one.')
  }
}

function ask(url: URL, { authorities, signal }: PackageParts): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = get(url, { agent: false, ca: authorities, minVersion: 'TLSv1.3', signal }, resolve)
  request.on('error', (error: NodeJS.ErrnoException) => {
    const why = error.code ?? error.message
    reject(
      new HoldfastError('host_unreachable', `The controller at ${url.host} cannot be reached (${why}).`, {
        cause: error,
      }),
    )
  })
  return promise
}
