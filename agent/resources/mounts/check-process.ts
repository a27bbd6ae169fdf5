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

/**
 * Writes a file of random content into a mount, reads it back past the page cache, compares, and takes it away. It runs in a process
 * of its own, which may hang on a dead server, so it uses nothing from outside but its argument. The content comes from a cipher, so
 * that it need not be kept for the comparison. Exit code 0: as written. 2: it could not be done. 3: it differs.
 */
export function checkStorage(request: CheckRequest): void {
  const fs = process.getBuiltinModule('node:fs')
  const { createCipheriv, randomBytes } = process.getBuiltinModule('node:crypto')
  const { spawn } = process.getBuiltinModule('node:child_process')
  const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = fs.constants
  const { directory, mountId, name, sizeBytes, dd } = request
  const BLOCK = 1024 * 1024
  const SYNC_EVERY_MS = 500
  const [key, iv] = [randomBytes(32), randomBytes(16)]
  const say = (line: CheckLine) => fs.writeSync(1, `${JSON.stringify(line)}\n`)
  const codeOf = (error: unknown) => String((error as { code?: unknown }).code ?? (error as Error).message)

  /** The content in order, as much of it as is asked for each time. */
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

  /** Some file systems cannot be told to write through; then it is the closing that does. */
  const sync = (file: number) => {
    try {
      fs.fdatasyncSync(file)
    } catch (error) {
      if (!/^(EINVAL|ENOSYS|ENOTSUP|EOPNOTSUPP)$/.test(codeOf(error))) throw error
    }
  }

  let isMade = false
  /** Returns how long it took, in milliseconds. */
  const write = (path: string): number => {
    const startedAt = performance.now()
    const file = fs.openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
    isMade = true
    const next = content()
    let syncedAt = startedAt
    for (let done = 0; done < sizeBytes; ) {
      const block = next(Math.min(BLOCK, sizeBytes - done))
      for (let at = 0; at < block.length; ) at += fs.writeSync(file, block, at)
      done += block.length
      if (performance.now() - syncedAt < SYNC_EVERY_MS && done < sizeBytes) continue
      sync(file)
      syncedAt = performance.now()
      say({ phase: 'writing', done, total: sizeBytes })
    }
    fs.closeSync(file)
    return performance.now() - startedAt
  }

  type Read = { state: 'same' | 'unsupported' } | { state: 'differs'; at: number }
  const read = (path: string, flag: 'direct' | 'nocache'): Promise<Read> =>
    new Promise((resolve, reject) => {
      const file = fs.openSync(path, O_RDONLY | O_NOFOLLOW)
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
        if (performance.now() - saidAt < SYNC_EVERY_MS) return
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

  /** The kernel drops what it knows of a file that is opened with `nocache` and of which nothing is read. */
  const drop = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const file = fs.openSync(path, O_RDONLY | O_NOFOLLOW)
      const child = spawn(dd, ['iflag=nocache', 'count=0', 'status=none'], { stdio: [file, 'ignore', 'ignore'] })
      fs.closeSync(file)
      child.once('error', reject)
      child.once('close', () => resolve())
    })

  const perSecond = (ms: number) => Math.round((sizeBytes * 1_000) / Math.max(ms, 1))

  const check = async (path: string): Promise<number> => {
    const writeMs = write(path)
    let readMode: MountCheckResult['readMode'] = 'direct'
    let startedAt = performance.now()
    let back = await read(path, 'direct')
    if (back.state === 'unsupported') {
      readMode = 'dropped'
      await drop(path)
      startedAt = performance.now()
      back = await read(path, 'nocache')
    }
    if (back.state === 'differs') {
      say({ differsAt: back.at })
      return 3
    }
    const speeds = {
      writeBytesPerSecond: perSecond(writeMs),
      readBytesPerSecond: perSecond(performance.now() - startedAt),
    }
    say({ result: { sizeBytes, ...speeds, readMode } })
    return 0
  }

  const attempt = async (): Promise<number> => {
    let during = 'opening the mount'
    let path: string | null = null
    try {
      path = hold()
      during = 'writing and reading'
      return await check(path)
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
