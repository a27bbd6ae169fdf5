import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { programPath } from '@/scripts/system-packages.mjs'

/** From the top of the checkout, where tests run. */
const SCRIPT = path.resolve('testing/attach-targets/start-dockerd.sh')
const START_MS = 60_000
/** A program that only waits, with what it needs to run, of this machine. */
const IMAGE_FILES = ['bin/sleep', 'lib/x86_64-linux-gnu/libc.so.6', 'lib64/ld-linux-x86-64.so.2']

/** Docker's engine on this machine, for one test file. */
export interface RealDocker {
  place: { title: string; socket: string; pidFile: string; home: string }
  /** Throws with what it says. */
  api(method: string, path: string, body?: object | Buffer): Promise<string>
  /** Makes a directory that containers can be given, below /srv as the engine sees it. */
  makeDirectory(path: string): void
  /** The engine ends by itself; what it left goes with `close`. */
  stop(): Promise<void>
  /** As at a start of the host: containers end with it. Its /srv is empty then. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const IMAGE = 'holdfast-test:1'

export async function startDocker(): Promise<RealDocker> {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-docker-'))
  const at = (name: string) => path.join(directory, name)
  const place = { title: 'Docker', socket: at('sock'), pidFile: at('pid'), home: at('data') }
  const programs = path.dirname(programPath('dockerd') ?? 'dockerd')
  const args = ['--mount', 'sh', SCRIPT, directory, programs]
  let said = ''
  const begin = () => {
    const begun = spawn('unshare', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    begun.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4096)
    })
    return begun
  }
  let daemon = begin()
  const api: RealDocker['api'] = (method, url, body) => ask(place.socket, method, url, body)
  const untilAnswers = async () => {
    for (const endAt = performance.now() + START_MS; !(await answers(api)); ) {
      if (daemon.exitCode === null && performance.now() < endAt) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        continue
      }
      await ended(daemon)
      throw new Error(`dockerd does not start: ${said}`)
    }
  }
  const docker: RealDocker = {
    place,
    api,
    makeDirectory: (where) => void mkdirSync(`/proc/${daemon.pid}/root${where}`, { recursive: true }),
    stop: () => ended(daemon),
    async restart() {
      await ended(daemon)
      daemon = begin()
      await untilAnswers()
    },
    async close() {
      if (daemon.exitCode === null) await removeAll(api)
      await ended(daemon)
      rmSync(directory, { recursive: true, force: true })
    },
  }
  await untilAnswers()
  const image = execFileSync('tar', ['-ch', '-C', '/', ...IMAGE_FILES], { maxBuffer: 64 * 1024 * 1024 })
  const [repo, tag] = IMAGE.split(':')
  await api('POST', `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`, image)
  return docker
}

/** Containers whose engine is gone would run on. */
export async function removeAll(api: RealDocker['api']): Promise<void> {
  for (const { Id } of JSON.parse(await api('GET', '/containers/json?all=1')) as { Id: string }[])
    await api('DELETE', `/containers/${Id}?force=1&v=1`)
}

async function answers(api: RealDocker['api']): Promise<boolean> {
  return api('GET', '/_ping').then(
    () => true,
    () => false,
  )
}

function ended(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return Promise.resolve()
  const gone = new Promise<void>((resolve) => daemon.once('exit', () => resolve()))
  daemon.kill()
  return gone
}

function ask(socketPath: string, method: string, url: string, body?: object | Buffer): Promise<string> {
  const content = body instanceof Buffer ? body : JSON.stringify(body ?? {})
  const headers = { 'content-type': body instanceof Buffer ? 'application/x-tar' : 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path: url, method, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('error', reject)
      answer.on('end', () => {
        if ((answer.statusCode ?? 0) < 400) resolve(text)
        else reject(new Error(`${method} ${url}: ${answer.statusCode} ${text}`))
      })
    })
    outgoing.once('error', reject)
    outgoing.end(method === 'GET' || method === 'DELETE' ? undefined : content)
  })
}
