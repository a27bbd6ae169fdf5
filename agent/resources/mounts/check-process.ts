import type { MountCheckResult } from '@/lib/agent-protocol/messages'

/** What the check of a storage is told. */
export interface CheckRequest {
  /** The mountpoint. */
  directory: string
  /** Of the kernel, as in mountinfo: the file goes into this mount and no other. */
  mountId: number
  /** Name of the file. */
  name: string
  sizeBytes: number
  /** Where `dd` lies. */
  dd: string
}

/** Lines of JSON that it prints. */
export type CheckLine =
  | { phase: 'writing' | 'reading'; done: number; total: number }
  /** It could not be checked. */
  | { problem: string; during: string }
  /** What was read back is not what was written, from this byte on. */
  | { differsAt: number }
  | { result: MountCheckResult }

/** What the parts of a check share. */
interface Check {
  request: CheckRequest
  /** The content from its beginning, as much of it as is asked for each time. */
  content(): (bytes: number) => Buffer
  say(line: CheckLine): void
  /** How often something is said, and written data is brought to the storage. */
  everyMs: number
}

type ReadBack = { state: 'same' | 'unsupported' } | { state: 'differs'; at: number }

/** Returns how long it took, in milliseconds. */
function writeContent(file: number, { request: { sizeBytes }, content, say, everyMs }: Check): number {
  const fs = process.getBuiltinModule('node:fs')
  const BLOCK = 1024 * 1024
  /** Some file systems cannot be told to write through; then it is the closing that does. */
  const sync = () => {
    try {
      fs.fdatasyncSync(file)
    } catch (error) {
      if (!/^(EINVAL|ENOSYS|ENOTSUP|EOPNOTSUPP)$/.test(String((error as NodeJS.ErrnoException).code))) throw error
    }
  }
  const startedAt = performance.now()
  const next = content()
  let syncedAt = startedAt
  for (let done = 0; done < sizeBytes; ) {
    const block = next(Math.min(BLOCK, sizeBytes - done))
    for (let at = 0; at < block.length; ) at += fs.writeSync(file, block, at)
    done += block.length
    if (performance.now() - syncedAt < everyMs && done < sizeBytes) continue
    sync()
    syncedAt = performance.now()
    say({ phase: 'writing', done, total: sizeBytes })
  }
  fs.closeSync(file)
  return performance.now() - startedAt
}

/** Reads the file with `dd`, past the page cache as `flag` says, and compares. Rejects with what `dd` complains of. */
function readBack(path: string, flag: 'direct' | 'nocache', { request, content, say, everyMs }: Check) {
  const fs = process.getBuiltinModule('node:fs')
  const { spawn } = process.getBuiltinModule('node:child_process')
  const { sizeBytes, dd } = request
  return new Promise<ReadBack>((resolve, reject) => {
    const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    const child = spawn(dd, [`iflag=${flag}`, 'bs=1M', 'status=none'], { stdio: [file, 'pipe', 'pipe'] })
    fs.closeSync(file)
    const next = content()
    let done = 0
    let saidAt = 0
    let differsAt: number | null = null
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text
    })
    child.stdout?.on('data', (chunk: Buffer) => {
      const expected = next(chunk.length)
      if (differsAt === null && !chunk.equals(expected)) {
        differsAt = done + chunk.findIndex((byte, at) => byte !== expected[at])
      }
      done += chunk.length
      if (performance.now() - saidAt < everyMs) return
      saidAt = performance.now()
      say({ phase: 'reading', done: Math.min(done, sizeBytes), total: sizeBytes })
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (flag === 'direct' && done === 0 && code !== 0) resolve({ state: 'unsupported' })
      else if (code !== 0) reject(new Error(complaint.trim().split(': ').at(-1) ?? 'dd failed'))
      else if (differsAt !== null || done !== sizeBytes)
        resolve({ state: 'differs', at: differsAt ?? Math.min(done, sizeBytes) })
      else resolve({ state: 'same' })
    })
  })
}

/** The kernel drops what it knows of a file that is opened with `nocache` and of which nothing is read. */
function dropCache(path: string, dd: string): Promise<void> {
  const fs = process.getBuiltinModule('node:fs')
  const { spawn } = process.getBuiltinModule('node:child_process')
  return new Promise((resolve, reject) => {
    const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    const child = spawn(dd, ['iflag=nocache', 'count=0', 'status=none'], { stdio: [file, 'ignore', 'ignore'] })
    fs.closeSync(file)
    child.once('error', reject)
    child.once('close', () => resolve())
  })
}

/** Exit code of what a file says that has been written in `writeMs`. */
async function compare(path: string, writeMs: number, check: Check): Promise<number> {
  const { sizeBytes, dd } = check.request
  const perSecond = (ms: number) => Math.round((sizeBytes * 1_000) / Math.max(ms, 1))
  let readMode: MountCheckResult['readMode'] = 'direct'
  let startedAt = performance.now()
  let back = await readBack(path, 'direct', check)
  if (back.state === 'unsupported') {
    readMode = 'dropped'
    await dropCache(path, dd)
    startedAt = performance.now()
    back = await readBack(path, 'nocache', check)
  }
  if (back.state === 'differs') {
    check.say({ differsAt: back.at })
    return 3
  }
  const speeds = {
    writeBytesPerSecond: perSecond(writeMs),
    readBytesPerSecond: perSecond(performance.now() - startedAt),
  }
  check.say({ result: { sizeBytes, ...speeds, readMode } })
  return 0
}

/**
 * Writes a file of random content into a mount, reads it back past the page cache, compares, and takes it away. It runs in a process
 * of its own, which may hang on a dead server, so it uses nothing from outside but its argument. The content comes from a cipher, so
 * that it need not be kept for the comparison. Exit code 0: as written. 2: it could not be done. 3: it differs.
 */
export function checkStorage(request: CheckRequest): void {
  const fs = process.getBuiltinModule('node:fs')
  const { createCipheriv, randomBytes } = process.getBuiltinModule('node:crypto')
  const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = fs.constants
  const { directory, mountId, name } = request
  const [key, iv] = [randomBytes(32), randomBytes(16)]
  const say = (line: CheckLine) => void fs.writeSync(1, `${JSON.stringify(line)}\n`)
  const codeOf = (error: unknown) => String((error as { code?: unknown }).code ?? (error as Error).message)
  const content = () => {
    const cipher = createCipheriv('aes-256-ctr', key, iv)
    return (bytes: number) => cipher.update(Buffer.alloc(bytes))
  }

  /** Held, so that the file is made in this very mount also when it is unmounted meanwhile. */
  const hold = (): string => {
    const held = fs.openSync(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    const found = /^mnt_id:\s*(\d+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${held}`, 'utf8'))?.[1]
    if (Number(found) !== mountId) throw new Error('the mount was replaced')
    return `/proc/self/fd/${held}/${name}`
  }

  const attempt = async (): Promise<number> => {
    const check: Check = { request, content, say, everyMs: 500 }
    let during = 'opening the mount'
    let path: string | null = null
    let isMade = false
    try {
      path = hold()
      during = 'writing and reading'
      const file = fs.openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
      isMade = true
      return await compare(path, writeContent(file, check), check)
    } catch (error) {
      say({ problem: codeOf(error), during })
      return 2
    } finally {
      if (path !== null && isMade) fs.rmSync(path, { force: true })
    }
  }
  attempt().then(
    (code) => process.exit(code),
    (error: unknown) => {
      say({ problem: codeOf(error), during: 'taking the file away' })
      process.exit(2)
    },
  )
}

/** What `checkStorage` uses, for the text of its program. */
export const CHECK_PARTS = [writeContent, readBack, dropCache, compare] as const
