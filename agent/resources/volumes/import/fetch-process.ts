import type { IncomingMessage, RequestOptions } from 'node:http'

/** What the program that fetches a file is told. It stands in a file that nobody else may read: a header may be secret. */
export interface FetchRequest {
  url: string
  /** The only one that is connected to. */
  address: string
  headers: Readonly<Record<string, string>>
  ca: string | null
  isVerified: boolean
  /** As `Download.validator`. */
  validator: string | null
  sizeBytes: number | null
  /** Where the file goes: an absolute directory, and one below it that is ours alone. */
  root: string
  directory: string
  name: string
  /** More than that is not written. */
  mostBytes: number
  algorithm: 'sha256' | 'sha512'
  /** Hexadecimal, small letters; null: nobody has said what it must be. */
  digest: string | null
  /** Without a byte for so long, a connection is given up. */
  idleMs: number
  /** How long it waits before it tries for the first time once more; twice as long each time, without a byte in between. */
  retryMs: number
}

/** Lines of JSON that it prints, besides sentences for people. */
export type FetchLine =
  | { phase: 'downloading' | 'checking'; done: number; total: number | null }
  | { failed: FetchFailure; what: string; done: number }
  | { result: { bytes: number; digest: string } }

/** `server`: what it answered; `network`: it was cut off for good; `mismatch`, `too large`: of the file; `disk`: where it goes. */
export type FetchFailure = 'server' | 'network' | 'mismatch' | 'too large' | 'disk'

function failed(kind: FetchFailure, what: string): Error & { kind: FetchFailure } {
  return Object.assign(new Error(what), { kind })
}

interface Target {
  file: number
  path: string
  done: number
  digest(): string
  add(bytes: Uint8Array): void
  /** From its beginning, as if nothing had been there. */
  clear(): void
}

/**
 * The file, with what an earlier program has fetched of it since the host was started. After a restart of the host nobody knows which of
 * its bytes have reached the disk, so it begins anew.
 */
function openTarget(request: FetchRequest, say: (line: FetchLine) => void): Target {
  const fs = process.getBuiltinModule('node:fs')
  const { createHash } = process.getBuiltinModule('node:crypto')
  const { O_RDONLY, O_RDWR, O_CREAT, O_DIRECTORY, O_NOFOLLOW } = fs.constants
  const BLOCK = 4 * 1024 * 1024
  const at = (fd: number) => `/proc/self/fd/${fd}`
  const root = fs.openSync(request.root, O_RDONLY | O_DIRECTORY)
  const held = fs.openSync(`${at(root)}/${request.directory}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const name = `part-${boot}`
  for (const other of fs.readdirSync(at(held))) if (other !== name) fs.rmSync(`${at(held)}/${other}`)
  const path = `${at(held)}/${name}`
  const file = fs.openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
  let hash = createHash(request.algorithm)
  const target: Target = {
    file,
    path,
    done: 0,
    digest: () => hash.copy().digest('hex'),
    add(bytes) {
      for (let from = 0; from < bytes.length; )
        from += fs.writeSync(file, bytes, from, bytes.length - from, target.done + from)
      hash.update(bytes)
      target.done += bytes.length
    },
    clear() {
      fs.ftruncateSync(file, 0)
      hash = createHash(request.algorithm)
      target.done = 0
    },
  }
  if (request.validator === null) target.clear()
  const total = fs.fstatSync(file).size
  const buffer = Buffer.alloc(Math.min(BLOCK, Math.max(total, 1)))
  while (target.done < total) {
    const read = fs.readSync(file, buffer, 0, buffer.length, target.done)
    if (read === 0) break
    hash.update(buffer.subarray(0, read))
    target.done += read
    say({ phase: 'checking', done: target.done, total })
  }
  return target
}

/** Asks for what is missing. */
function askFor(request: FetchRequest, from: number): Promise<IncomingMessage> {
  const { isIP } = process.getBuiltinModule('node:net')
  const url = new URL(request.url)
  const family = isIP(request.address)
  const range = from > 0 ? { range: `bytes=${from}-`, 'if-range': request.validator ?? '' } : {}
  const options: RequestOptions & { ca?: string; rejectUnauthorized?: boolean } = {
    method: 'GET',
    headers: { ...request.headers, ...range },
    lookup: (_name, wanted, answer) => {
      if (wanted.all) answer(null, [{ address: request.address, family }])
      else answer(null, request.address, family)
    },
    agent: false,
    timeout: request.idleMs,
    ...(request.ca === null ? {} : { ca: request.ca }),
    ...(request.isVerified ? {} : { rejectUnauthorized: false }),
  }
  const isEncrypted = url.protocol === 'https:'
  const http = isEncrypted ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, options, resolve)
    outgoing.once('error', reject)
    outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })))
    outgoing.end()
  })
}

/** Is it the part from there on, or the whole file; and how many bytes that has, as far as it is said. Throws for any other answer. */
function judge(
  { statusCode: status = 0, headers }: IncomingMessage,
  from: number,
): { isPart: boolean; total: number | null } {
  if (status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? []
    if (Number(start) !== from) throw failed('server', 'It sent another part of the file than was asked for.')
    return { isPart: true, total: total === '*' || total === undefined ? null : Number(total) }
  }
  if (status === 200) {
    const length = headers['content-length']
    return { isPart: false, total: length === undefined ? null : Number(length) }
  }
  const words = `HTTP ${status}`
  // In a moment it may be otherwise; and of a part that is not there, the whole is asked for again.
  if (status === 416 || status === 429 || status >= 500) throw Object.assign(new Error(words), { code: words })
  throw failed('server', words)
}

/** One connection, until the file is whole. Throws what cut it off. */
async function fetchOnce(request: FetchRequest, target: Target, say: (line: FetchLine) => void): Promise<void> {
  const EVERY_MS = 500
  const answer = await askFor(request, target.done)
  try {
    if (answer.statusCode === 416) target.clear()
    const { isPart, total } = judge(answer, target.done)
    if (!isPart && target.done > 0) target.clear()
    if ((total ?? 0) > request.mostBytes) throw failed('too large', String(total))
    let saidAt = Number.NEGATIVE_INFINITY
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (target.done + chunk.length > request.mostBytes) throw failed('too large', String(target.done + chunk.length))
      target.add(chunk)
      if (performance.now() - saidAt < EVERY_MS) continue
      saidAt = performance.now()
      say({ phase: 'downloading', done: target.done, total })
    }
    if (!answer.complete || (total !== null && target.done !== total))
      throw Object.assign(new Error('cut'), { code: 'ECONNRESET' })
    say({ phase: 'downloading', done: target.done, total: target.done })
  } finally {
    answer.destroy()
  }
}

/** Until it is whole. Gives up after six attempts on end that brought nothing. */
async function fetchWhole(request: FetchRequest, target: Target, say: (line: FetchLine) => void): Promise<void> {
  const fs = process.getBuiltinModule('node:fs')
  const MOST = 6
  const DISK = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ESTALE', 'EFBIG', 'EACCES', 'ENOENT', 'ELOOP', 'ENOTDIR']
  if (request.validator !== null && target.done === request.sizeBytes) return
  let failures = 0
  let best = target.done
  for (;;) {
    try {
      return await fetchOnce(request, target, say)
    } catch (error) {
      if ((error as { kind?: FetchFailure }).kind !== undefined) throw error
      const code = String((error as NodeJS.ErrnoException).code ?? (error as Error).message)
      if (DISK.includes(code)) throw failed('disk', code)
      failures = target.done > best ? 1 : failures + 1
      best = Math.max(best, target.done)
      if (failures >= MOST) throw failed('network', code)
      fs.writeSync(1, `The connection was cut off (${code}) after ${target.done} bytes; it is asked for once more.\n`)
      // Whoever cannot ask for a part begins anew.
      if (request.validator === null) target.clear()
      await new Promise((resolve) => setTimeout(resolve, request.retryMs * 2 ** (failures - 1)))
    }
  }
}

/**
 * Fetches one file to a directory of ours and compares its checksum. It runs in a process of its own, beside the agent, since its storage
 * may hang; so it uses nothing from outside but its argument. Killed, it goes on where it was. Exit code 0: it is there, and on the disk.
 */
export function fetchFile(request: FetchRequest): void {
  const fs = process.getBuiltinModule('node:fs')
  const say = (line: FetchLine) => void fs.writeSync(1, `${JSON.stringify(line)}\n`)
  let target: Target | null = null
  const work = async () => {
    target = openTarget(request, say)
    await fetchWhole(request, target, say)
    const digest = target.digest()
    if (request.digest !== null && request.digest !== digest) throw failed('mismatch', digest)
    fs.fsyncSync(target.file)
    fs.renameSync(target.path, `${target.path.slice(0, target.path.lastIndexOf('/'))}/${request.name}`)
    say({ result: { bytes: target.done, digest } })
  }
  work().then(
    () => process.exit(0),
    (error: NodeJS.ErrnoException & { kind?: FetchFailure }) => {
      say({ failed: error.kind ?? 'disk', what: error.code ?? error.message, done: target?.done ?? 0 })
      process.exit(1)
    },
  )
}

/** What `fetchFile` uses, for the text of its program. */
export const FETCH_PARTS = [failed, openTarget, askFor, judge, fetchOnce, fetchWhole] as const
