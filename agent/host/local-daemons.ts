import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import path from 'node:path'
import { z } from 'zod'
import { type Change, LOCAL_DAEMONS, type LocalDaemon } from '@/lib/attach-targets/contract/target-host'
import { HoldfastError } from '@/lib/errors'

const ASK_MS = 15_000
/** A container that is to end has half a minute for it. */
const TELL_MS = 60_000
/** Some 10,000 containers. */
const ANSWER_CAP = 32 * 1024 * 1024

/** Where a daemon has its socket, the file with its process id, and everything that it keeps. */
interface DaemonPlace {
  title: string
  socket: string
  pidFile: string
  home: string
}

/**
 * What a daemon of this machine answers to a GET of this path, as JSON; null: there is none here. One that systemd would start when it
 * is asked is not asked: that it does not run is for the administrator to decide. Throws `unavailable`, `timed_out` and `internal`.
 */
export async function askDaemon(
  name: LocalDaemon,
  url: string,
  place: DaemonPlace = LOCAL_DAEMONS[name],
): Promise<unknown> {
  const { title, socket, home } = place
  // Without systemd's help its socket goes with it.
  if (!existsSync(socket) && !isKept(home)) return null
  requireRunning(place)
  const { status, body } = await ask('GET', socket, url, title, ASK_MS)
  if (status !== 200) throw new HoldfastError('unavailable', `${title} answers with ${status}.`)
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new HoldfastError('internal', `${title} answers with something that is no JSON.`, { cause })
  }
}

/** As `ChangingTargetHost.tell`. Throws as `askDaemon`, and `command_failed` with what the daemon says. */
export async function tellDaemon(
  name: LocalDaemon,
  url: string,
  { method = 'POST', body: sent }: Change = {},
  place: DaemonPlace = LOCAL_DAEMONS[name],
): Promise<unknown> {
  requireRunning(place)
  const { status, body } = await ask(method, place.socket, url, place.title, TELL_MS, sent)
  if (status < 300 || status === 304 || (method === 'DELETE' && status === 404)) return jsonIn(body)
  const said = saidIn(body) ?? `It answers with ${status}.`
  throw new HoldfastError('command_failed', `${place.title} refuses: ${said.slice(0, 500)}`)
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

/** The daemon's words for what went wrong. */
function saidIn(body: string): string | null {
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(body)).message
  } catch {
    return null
  }
}

function requireRunning({ title, socket, pidFile }: DaemonPlace): void {
  if (!existsSync(socket) || !isRunning(pidFile)) throw new HoldfastError('unavailable', `${title} does not run.`)
}

/** By its name alone: the place itself may lie on a storage that does not answer. */
function isKept(home: string): boolean {
  try {
    return readdirSync(path.dirname(home)).includes(path.basename(home))
  } catch {
    return false
  }
}

/** Is the process there whose id stands in this file? */
function isRunning(pidFile: string): boolean {
  try {
    return existsSync(`/proc/${Number.parseInt(readFileSync(pidFile, 'utf8'), 10)}/stat`)
  } catch {
    return false
  }
}

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  socketPath: string,
  url: string,
  title: string,
  timeoutMs: number,
  sent?: object,
): Promise<{ status: number; body: string }> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      // Of no version of the API: the daemon takes its own. The host's name means nothing over a socket.
      const content = sent === undefined ? undefined : JSON.stringify(sent)
      const headers = {
        ...(content === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
      }
      const outgoing = request(
        { socketPath, path: url, method, host: 'localhost', agent: false, signal, headers },
        resolve,
      )
      outgoing.once('error', reject)
      outgoing.end(content)
    })
    return { status: answer.statusCode ?? 0, body: await readCapped(answer, title) }
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause
    if (signal.aborted) throw new HoldfastError('timed_out', `${title} did not answer in time.`, { cause })
    throw new HoldfastError('unavailable', `${title} does not answer.`, { cause })
  }
}

async function readCapped(answer: IncomingMessage, title: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > ANSWER_CAP) throw new HoldfastError('internal', `${title} answers with more than can be read.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
