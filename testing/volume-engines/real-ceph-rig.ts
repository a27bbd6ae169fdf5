import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { programCommand } from '@/agent/host/engine-host'
import { Runner } from '@/agent/host/exec/run'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { pauseFor } from '@/lib/pause'
import { Secret } from '@/lib/secret'
import type { WorkProgram } from '@/lib/volume-engines/contract/engine'
import type { RbdPlace } from '@/lib/volume-engines/contract/place'
import type { EngineRig } from '@/testing/volume-engines/engine-case'
import { runnerEngineHost } from '@/testing/volume-engines/machine-host'
import { inventoryOf } from '@/testing/volume-engines/rbd-inventory'
import type { RealCeph } from '@/testing/volume-engines/real-ceph'

const Names = z.array(z.string())
const Trash = z.array(z.object({ id: z.string() }))
const Snapshots = z.array(z.object({ name: z.string(), protected: z.string() }))

/** A namespace of its own in a pool of a real cluster, for one test. */
export async function realCephRig({ pool, user, key, configuration }: RealCeph): Promise<EngineRig<RbdPlace>> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-rbd-'))
  const namespace = `t${randomBytes(6).toString('hex')}`
  const place: RbdPlace = { kind: 'rbd', pool, namespace, user, key: new Secret(key), configuration }
  const conf = join(directory, 'ceph.conf')
  writeFileSync(conf, `${configuration}keyring = /dev/null\nkey = ${key}\n`, { mode: 0o600 })
  const where = ['--pool', pool, '--namespace', namespace]
  const tool = (...args: string[]) =>
    execFileSync('rbd', ['--conf', conf, '--name', `client.${user}`, ...args], { encoding: 'utf8', stdio: 'pipe' })
  const rbd = (...args: string[]) => tool(...args, ...where)
  const list = <T>(shape: z.ZodType<T>, ...args: string[]) => shape.parse(JSON.parse(rbd(...args, '--format', 'json')))
  const location = (name: string) => `rbd:${pool}/${namespace}/${name}:id=${user}:conf=${conf}`
  const content = (name: string) => {
    const file = join(directory, `exported-${randomBytes(4).toString('hex')}`)
    rbd('export', '--no-progress', `--image=${name}`, '--path', file)
    return new Uint8Array(readFileSync(file))
  }
  const removeImage = (name: string) => {
    for (const one of list(Snapshots, 'snap', 'ls', `--image=${name}`)) {
      if (one.protected === 'true') rbd('snap', 'unprotect', `--image=${name}`, '--snap', one.name)
    }
    rbd('snap', 'purge', '--no-progress', `--image=${name}`)
    rbd('rm', '--no-progress', `--image=${name}`)
  }
  const host = runnerEngineHost(new Runner())
  rbd('namespace', 'create')
  let foreign = 0
  return {
    place,
    context: () => ({
      host,
      signal: new AbortController().signal,
      deadlineAt: performance.now() + 120_000,
      log: () => undefined,
    }),
    runProgram,
    async write(_pool, volumeId, offset, bytes) {
      const file = join(directory, 'written')
      writeFileSync(file, bytes)
      const act = `write -s ${file} ${offset} ${bytes.length}`
      execFileSync('qemu-io', ['-f', 'raw', '-c', act, location(volumeId)], { stdio: 'pipe' })
    },
    read: async (_pool, volumeId, offset, length) => content(volumeId).subarray(offset, offset + length),
    async putForeign(bytes) {
      const name = `somebody-s_${++foreign}`
      const file = join(directory, 'foreign')
      writeFileSync(file, bytes)
      tool(
        'import',
        '--no-progress',
        '--path',
        file,
        '--dest-pool',
        pool,
        '--dest-namespace',
        namespace,
        '--dest',
        name,
      )
      return name
    },
    readForeign: async (name) => content(name),
    inventory: () => inventoryOf(async (...args) => rbd(...args)),
    async hold(_pool, volumeId) {
      const child = spawn('qemu-io', ['-f', 'raw', location(volumeId)], { stdio: ['pipe', 'ignore', 'inherit'] })
      while (!rbd('status', `--image=${volumeId}`, '--format', 'json').includes('"address"')) await pauseFor(50)
      return async () => {
        child.stdin.end()
        await once(child, 'close')
      }
    },
    async close() {
      for (const { id } of list(Trash, 'trash', 'ls')) rbd('trash', 'restore', '--image-id', id)
      // A clone goes before its parent, and knows of no order.
      for (let names = list(Names, 'ls'); names.length > 0; names = list(Names, 'ls')) {
        const removed = names.filter((name) => list(z.array(z.unknown()), 'children', `--image=${name}`).length === 0)
        for (const name of removed) removeImage(name)
      }
      rbd('namespace', 'rm')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Every line must be progress or none, as the agent reads them. */
async function runProgram(program: WorkProgram): Promise<void> {
  const { parseProgress } = program
  const { command, args } = programCommand(program)
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      said += String(bytes)
    })
  }
  const [exitCode] = (await once(child, 'close')) as [number | null]
  if (exitCode !== 0) throw new CommandError({ command, exitCode, signal: null, stderr: said, stdout: '' })
  const last = said
    .split(/[\r\n]/)
    .flatMap((line) => parseProgress(line) ?? [])
    .at(-1)
  if (last === undefined || last.done !== last.total) throw new Error(`${command} did not tell of its end: ${said}`)
}
