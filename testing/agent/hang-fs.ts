/**
 * A FUSE file system that misbehaves on purpose, straight on /dev/fuse: files of one directory kept in memory.
 * SIGWINCH: what is read back is not what was written. SIGCONT: hangs as soon as 4 MiB of a file were written, and says so.
 * SIGUSR1: every call hangs (callers sit in D state, unkillable). SIGUSR2: answers again. SIGHUP: every call gives EIO, held ones too.
 * SIGKILL: a dead endpoint (ENOTCONN). Usage: node hang-fs.ts <source> <target> [type]; exits 0 when unmounted.
 * Runs as it is under Node, so it imports nothing of the project.
 */
import { spawnSync } from 'node:child_process'
import { openSync, read, writeSync } from 'node:fs'

const [source = 'hangfs', target = '', fsType = 'fuse.hangfs'] = process.argv.slice(2)
const device = openSync('/dev/fuse', 'r+')

const ERRNO = { ENOENT: 2, EIO: 5, EEXIST: 17, ENOSYS: 38 }
const FRAGMENT = 4096
const BLOCK = 65_536

let mode: 'ok' | 'hang' | 'eio' = 'ok'
let isRotten = false
let hangsLater = false
const held: (() => void)[] = []
process.on('SIGUSR1', () => {
  mode = 'hang'
})
process.on('SIGUSR2', () => {
  mode = 'ok'
  for (const answer of held.splice(0)) answer()
})
process.on('SIGWINCH', () => {
  isRotten = true
})
process.on('SIGCONT', () => {
  hangsLater = true
})
process.on('SIGHUP', () => {
  mode = 'eio'
  for (const answer of held.splice(0)) answer()
})

interface File {
  ino: bigint
  name: string
  size: number
  data: Buffer
}
const files = new Map<bigint, File>()
let nextInode = 2n

function byName(name: string): File | undefined {
  return [...files.values()].find((file) => file.name === name)
}

function reply(unique: bigint, error: number, payload: Buffer = Buffer.alloc(0)): void {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(16 + payload.length, 0)
  header.writeInt32LE(-error, 4)
  header.writeBigUInt64LE(unique, 8)
  try {
    writeSync(device, Buffer.concat([header, payload]))
  } catch {
    // The caller was interrupted and no longer waits.
  }
}

function attributes(ino: bigint): Buffer {
  const file = files.get(ino)
  const attr = Buffer.alloc(88)
  const size = file?.size ?? 0
  attr.writeBigUInt64LE(ino, 0)
  attr.writeBigUInt64LE(BigInt(size), 8)
  attr.writeBigUInt64LE(BigInt(Math.ceil(size / 512)), 16)
  attr.writeUInt32LE(ino === 1n ? 0o40755 : 0o100644, 60)
  attr.writeUInt32LE(ino === 1n ? 2 : 1, 64)
  attr.writeUInt32LE(FRAGMENT, 80)
  return attr
}

const attrOut = (ino: bigint) => Buffer.concat([Buffer.alloc(16), attributes(ino)])

function entryOut(ino: bigint): Buffer {
  const head = Buffer.alloc(40)
  head.writeBigUInt64LE(ino, 0)
  return Buffer.concat([head, attributes(ino)])
}

/** Block size and fragment size differ, as on many network file systems: only the fragment size counts. */
function statfsOut(): Buffer {
  const out = Buffer.alloc(80)
  for (const [index, value] of [1_000_000n, 400_000n, 300_000n, 5_000n, 4_000n].entries()) {
    out.writeBigUInt64LE(value, index * 8)
  }
  out.writeUInt32LE(BLOCK, 40)
  out.writeUInt32LE(255, 44)
  out.writeUInt32LE(FRAGMENT, 48)
  return out
}

function directory(offset: bigint): Buffer {
  if (offset !== 0n) return Buffer.alloc(0)
  const entries = [{ ino: 1n, name: '.' }, { ino: 1n, name: '..' }, ...files.values()]
  return Buffer.concat(
    entries.map(({ ino, name }, index) => {
      const bytes = Buffer.from(name)
      const entry = Buffer.alloc(24 + Math.ceil(bytes.length / 8) * 8)
      entry.writeBigUInt64LE(ino, 0)
      entry.writeBigUInt64LE(BigInt(index + 1), 8)
      entry.writeUInt32LE(bytes.length, 16)
      bytes.copy(entry, 24)
      return entry
    }),
  )
}

function create(name: string): File {
  const file = { ino: nextInode++, name, size: 0, data: Buffer.alloc(0) }
  files.set(file.ino, file)
  return file
}

function text(body: Buffer, from = 0): string {
  return body.subarray(from, body.indexOf(0, from)).toString()
}

/** Room for more than was asked for, so that a large file is not copied for each block that is written. */
function resize(file: File, size: number): void {
  if (size <= file.data.length) file.data.fill(0, Math.min(size, file.size))
  else {
    const data = Buffer.alloc(Math.max(size, 2 * file.data.length))
    file.data.copy(data, 0, 0, file.size)
    file.data = data
  }
  file.size = size
}

function rotten(data: Buffer, at: number): Buffer {
  const copy = Buffer.from(data)
  if (at >= 0 && at < copy.length) copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

type Handler = (node: bigint, body: Buffer) => Buffer | number

const handlers: Record<number, Handler> = {
  1: (_node, body) => {
    const file = byName(text(body))
    return file ? entryOut(file.ino) : ERRNO.ENOENT
  },
  3: (node) => attrOut(node),
  4: (node, body) => {
    const file = files.get(node)
    if (file && (body.readUInt32LE(0) & 8) !== 0) resize(file, Number(body.readBigUInt64LE(16)))
    return attrOut(node)
  },
  10: (_node, body) => {
    const file = byName(text(body))
    if (!file) return ERRNO.ENOENT
    files.delete(file.ino)
    return Buffer.alloc(0)
  },
  14: () => Buffer.alloc(16),
  15: (node, body) => {
    const offset = Number(body.readBigUInt64LE(8))
    const file = files.get(node)
    if (file === undefined) return ERRNO.ENOENT
    const data = file.data.subarray(offset, Math.min(file.size, offset + body.readUInt32LE(16)))
    return isRotten ? rotten(data, BLOCK - offset) : data
  },
  16: (node, body) => {
    const file = files.get(node)
    if (!file) return ERRNO.ENOENT
    const offset = Number(body.readBigUInt64LE(8))
    const data = body.subarray(40, 40 + body.readUInt32LE(16))
    if (file.size < offset + data.length) resize(file, offset + data.length)
    data.copy(file.data, offset)
    const out = Buffer.alloc(8)
    out.writeUInt32LE(data.length, 0)
    return out
  },
  17: () => statfsOut(),
  18: () => Buffer.alloc(0),
  20: () => Buffer.alloc(0),
  25: () => Buffer.alloc(0),
  27: () => Buffer.alloc(16),
  28: (_node, body) => directory(body.readBigUInt64LE(8)),
  29: () => Buffer.alloc(0),
  34: () => Buffer.alloc(0),
  35: (_node, body) => {
    const name = text(body, 16)
    if (byName(name)) return ERRNO.EEXIST
    return Buffer.concat([entryOut(create(name).ino), Buffer.alloc(16)])
  },
}

function initOut(body: Buffer): Buffer {
  const out = Buffer.alloc(64)
  out.writeUInt32LE(7, 0)
  out.writeUInt32LE(31, 4)
  out.writeUInt32LE(body.readUInt32LE(8), 8)
  out.writeUInt32LE(BLOCK, 20)
  out.writeUInt32LE(1, 24)
  return out
}

function serve(request: Buffer): void {
  const opcode = request.readUInt32LE(4)
  const unique = request.readBigUInt64LE(8)
  const node = request.readBigUInt64LE(16)
  const body = request.subarray(40)
  if (opcode === 26) {
    reply(unique, 0, initOut(body))
    return
  }
  // FORGET, INTERRUPT and BATCH_FORGET expect no answer.
  if (opcode === 2 || opcode === 36 || opcode === 42) return
  const answer = () => {
    const result = mode === 'eio' ? ERRNO.EIO : (handlers[opcode]?.(node, body) ?? ERRNO.ENOSYS)
    if (typeof result === 'number') reply(unique, result)
    else reply(unique, 0, result)
  }
  if (hangsLater && opcode === 16 && (files.get(node)?.size ?? 0) >= 4_194_304) {
    hangsLater = false
    mode = 'hang'
    process.stdout.write('hangs\n')
  }
  if (mode === 'hang') held.push(answer)
  else answer()
}

function next(): void {
  const buffer = Buffer.alloc(BLOCK + 4096)
  read(device, buffer, 0, buffer.length, null, (error, length) => {
    if (error?.code === 'ENODEV') process.exit(0)
    if (error && error.code !== 'EINTR' && error.code !== 'EAGAIN' && error.code !== 'ENOENT') throw error
    if (!error) serve(buffer.subarray(0, length))
    next()
  })
}

const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other,nosuid,nodev'
const mounted = spawnSync('mount', ['-i', '-t', fsType, '-o', options, source, target], {
  stdio: ['ignore', 'inherit', 'inherit', device],
})
if (mounted.status !== 0) process.exit(1)
next()
