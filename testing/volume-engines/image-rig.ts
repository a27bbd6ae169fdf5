import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programCommand } from '@/agent/host/engine-host'
import { NodeChildren } from '@/agent/host/exec/node-children'
import { Runner } from '@/agent/host/exec/run'
import type { OpenPool } from '@/lib/volume-engines/contract/engine'
import type { Machines } from '@/lib/volume-engines/contract/machines'
import type { DirectoryPlace } from '@/lib/volume-engines/contract/place'
import type { EngineRig } from '@/testing/volume-engines/engine-case'
import { runnerEngineHost } from '@/testing/volume-engines/machine-host'

const run = promisify(execFile)

/** A directory of this machine as the storage, real `qemu-img`, and `qemu-io` as the machine that has a volume open. */
export async function openImageRig(machines?: Machines): Promise<EngineRig<DirectoryPlace>> {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-images-'))
  const work = mkdtempSync(join(tmpdir(), 'holdfast-io-'))
  const children = new NodeChildren()
  const host = runnerEngineHost(new Runner({ children }), machines)
  const diskOf = ({ place }: OpenPool<DirectoryPlace>, volumeId: string) => {
    const names = readdirSync(join(place.path, volumeId)).filter((one) => /^disk[._]/.test(one))
    const isFrozen = (name: string) => statSync(join(place.path, volumeId, name)).mode % 0o1000 === 0o444
    const name = names.find((one) => !isFrozen(one)) ?? ''
    return { file: join(place.path, volumeId, name), format: name.split('.').at(-1) ?? '' }
  }
  return {
    place: { kind: 'directory', path },
    context: () => ({
      host,
      signal: new AbortController().signal,
      deadlineAt: performance.now() + 60_000,
      log: () => undefined,
    }),
    runProgram: async (program) => {
      const { command, args } = programCommand(program)
      await run(command, [...args])
    },
    write: async (pool, volumeId, offset, bytes) => {
      const { file, format } = diskOf(pool, volumeId)
      writeFileSync(join(work, 'pattern'), bytes)
      await run('qemu-io', ['-f', format, '-c', `write -s ${join(work, 'pattern')} ${offset} ${bytes.length}`, file])
    },
    read: async (pool, volumeId, offset, length) => {
      const { file, format } = diskOf(pool, volumeId)
      const raw = join(work, 'raw')
      await run('qemu-img', ['convert', '-f', format, '-O', 'raw', file, raw])
      return new Uint8Array(readFileSync(raw).subarray(offset, offset + length))
    },
    putForeign: async (content) => {
      writeFileSync(join(path, 'theirs.img'), content)
      return 'theirs.img'
    },
    readForeign: async (name) => new Uint8Array(readFileSync(join(path, name))),
    inventory: async () =>
      readdirSync(path, { recursive: true })
        .map((name) => String(name).replace(/layer_[0-9a-z]+/g, 'layer_*'))
        .sort(),
    hold: async (pool, volumeId) => {
      const { file, format } = diskOf(pool, volumeId)
      const machine = spawn('qemu-io', ['-f', format, file], { stdio: ['pipe', 'pipe', 'inherit'] })
      await new Promise<void>((resolve, reject) => {
        machine.stdout.once('data', () => resolve())
        machine.once('exit', () => reject(new Error('It could not be opened.')))
      })
      return async () => {
        const gone = new Promise((resolve) => machine.once('close', resolve))
        machine.kill('SIGKILL')
        await gone
      }
    },
    close: async () => {
      children.close()
      for (const directory of [path, work]) rmSync(directory, { recursive: true, force: true })
    },
  }
}
