import { CEPH_MESSAGES, cephProblem } from '@/lib/ceph/said'
import type { CommandResult } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { reveal, Secret } from '@/lib/secret'
import type { EngineContext, OpenPool, WorkProgram } from '@/lib/volume-engines/contract/engine'
import type { RbdPlace } from '@/lib/volume-engines/contract/place'
import type { Question } from '@/lib/volume-engines/rbd/commands'
import type { RbdSettings } from '@/lib/volume-engines/rbd/descriptor'

export type RbdPool = OpenPool<RbdPlace, RbdSettings>

/** Exit codes of `rbd`: it ends with the errno. */
export const NOT_FOUND = 2
export const BUSY = 16
export const EXISTS = 17
export const INVALID = 22

/** The ceph command is a Python program and takes seconds to start on a small host. */
const ANSWER_MS = 50_000
const CONNECT_S = 10
const SILENT_MS = 15 * 60_000
/** Long work goes on where one write takes long; a question does not wait for it. */
const PATIENCE = 'rados_osd_op_timeout = 300\n'
/** Name of the file with it, in the directory of a program. */
export const CONF = 'ceph.conf'

export function valuesOf({ pool, namespace, user }: RbdPlace) {
  const scope = namespace === '' ? pool : `${pool}/${namespace}`
  return { pool, user, scope, ...(namespace === '' ? {} : { namespace }) }
}

/**
 * The configuration that the tools read, with the key in it, so that there is one file. The keyrings of the host belong to others and
 * are not looked for.
 */
export function confWithKey({ configuration, key }: RbdPlace, more = ''): Secret {
  return new Secret(`${configuration.trimEnd()}\nkeyring = /dev/null\n${more}key = ${reveal(key)}\n`)
}

function asUser({ command, args }: Question, { user }: RbdPlace, conf: string): string[] {
  const patience = command === 'ceph' ? ['--connect-timeout', String(CONNECT_S)] : []
  return ['--conf', conf, '--name', `client.${user}`, ...patience, ...args]
}

/** The cluster as one user, for as long as `withCluster` runs. */
export class Cluster {
  readonly pool: RbdPool
  readonly context: EngineContext
  /** Path of the configuration, with the key in it. */
  readonly conf: string

  constructor(pool: RbdPool, context: EngineContext, conf: string) {
    this.pool = pool
    this.context = context
    this.conf = conf
  }

  get where(): RbdPlace {
    return this.pool.place
  }

  /** Its output. `answers`: exit codes besides 0 that say something of the image. Throws problems of the catalogue. */
  async ask(question: Question, answers: readonly number[] = [], timeoutMs = ANSWER_MS): Promise<CommandResult> {
    const args = asUser(question, this.where, this.conf)
    const options = { timeoutMs, okExitCodes: [0, ...answers] }
    try {
      const result = await this.context.host.run(question.command, args, options)
      if (result.exitCode !== 0) refuseOthers(question, result)
      return result
    } catch (error) {
      throw cephProblem(error, valuesOf(this.where))
    }
  }

  /** What was printed; null where it ended with `NOT_FOUND`. */
  async read(question: Question, timeoutMs = ANSWER_MS): Promise<string | null> {
    const { exitCode, stdout } = await this.ask(question, [NOT_FOUND], timeoutMs)
    return exitCode === NOT_FOUND ? null : stdout
  }
}

/** A pool or a namespace that is not there ends with the same codes as an image that is not. */
function refuseOthers({ command }: Question, { exitCode, stdout, stderr }: CommandResult): void {
  if (matchMessage(CEPH_MESSAGES, stderr) === null) return
  throw new CommandError({ command, exitCode, signal: null, stderr, stdout })
}

/** As QEMU and libvirt write it: `pool/image`, with the namespace between where there is one. */
export function imageName({ place }: RbdPool, volumeId: string): string {
  return [place.pool, place.namespace, volumeId].filter((part) => part !== '').join('/')
}

export async function withCluster<T>(
  pool: RbdPool,
  context: EngineContext,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const conf = await context.host.secretFile(confWithKey(pool.place))
  try {
    return await work(new Cluster(pool, context, conf.path))
  } finally {
    await conf.done()
  }
}

/** Long work of `rbd`, which tells how far it is in percent of these bytes. Done again after it was killed. */
export function longWork(
  { place }: RbdPool,
  question: Question,
  directory: string,
  progress: { bytes: number; percentOf(line: string): number | null },
): WorkProgram {
  return {
    command: question.command,
    args: asUser(question, place, `${directory}/${CONF}`),
    files: { [CONF]: confWithKey(place, PATIENCE) },
    parseProgress: (line) => progressOf(progress.percentOf(line), progress.bytes),
    whenKilled: 'resume',
    silentMs: SILENT_MS,
  }
}

export function progressOf(percent: number | null, bytes: number): ReturnType<WorkProgram['parseProgress']> {
  return percent === null ? null : { done: Math.round((bytes * percent) / 100), total: bytes, unit: 'bytes' }
}
