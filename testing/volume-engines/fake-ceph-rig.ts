import type { CommandResult } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { Secret } from '@/lib/secret'
import type { EngineHost, WorkProgram } from '@/lib/volume-engines/contract/engine'
import type { Machines } from '@/lib/volume-engines/contract/machines'
import type { RbdPlace } from '@/lib/volume-engines/contract/place'
import { FakeHost } from '@/testing/drivers/fake-host'
import { testId } from '@/testing/ids'
import type { EngineRig } from '@/testing/volume-engines/engine-case'
import type { FakeCeph } from '@/testing/volume-engines/fake-ceph'
import { NO_MACHINES } from '@/testing/volume-engines/no-machines'
import { inventoryOf } from '@/testing/volume-engines/rbd-inventory'

export const FAKE_KEY = 'AQCanaryNotARealKeyAAAAAAAAAAAAAAAAAAAA=='

export interface FakeRig extends EngineRig<RbdPlace> {
  ceph: FakeCeph
  /** What was told to people. */
  told: string[]
  /** Programs that ran beside the agent. */
  programs: WorkProgram[]
  /** With the files in it that the tools were given. */
  host: FakeHost
}

/** A host whose tools talk to a cluster in memory. Every command must name a configuration that is there. */
export function fakeCephRig(ceph: FakeCeph, namespace: string, machines: Machines = NO_MACHINES): FakeRig {
  ceph.namespaces.add(namespace)
  const fake = new FakeHost()
  const told: string[] = []
  const programs: WorkProgram[] = []
  const where = ['--pool', ceph.pool, ...(namespace === '' ? [] : ['--namespace', namespace])]
  const host: EngineHost = {
    machines,
    hostId: testId('host', 'engine'),
    probe: fake.probe,
    secretFile: (content) => fake.secretFile(content),
    async run(command, args, options = {}) {
      if (command === 'qemu-img') return qemuInfo(ceph, fake, args.at(-1) ?? '')
      requireConf(fake.secretFiles.get(args[args.indexOf('--conf') + 1] ?? ''))
      const result = ceph.run(command, args)
      if ([0, ...(options.okExitCodes ?? [])].includes(result.exitCode)) return result
      throw new CommandError({ ...result, command, signal: null })
    },
  }
  let foreign = 0
  return {
    ceph,
    told,
    programs,
    host: fake,
    place: {
      kind: 'rbd',
      pool: ceph.pool,
      namespace,
      user: 'holdfast',
      key: new Secret(FAKE_KEY),
      configuration: '[global]\nmon_host = 192.0.2.61\n',
    },
    context: () => ({
      host,
      signal: new AbortController().signal,
      deadlineAt: performance.now() + 30_000,
      log: (message) => void told.push(message),
    }),
    async runProgram(program, directory) {
      programs.push(program)
      const { command, args } = program
      if (command === 'qemu-img') return convert(ceph, namespace, args, directory)
      const { exitCode, stderr, stdout } = ceph.run(command, args)
      if (exitCode !== 0) throw new CommandError({ command, exitCode, stderr, stdout, signal: null })
    },
    write: async (_pool, volumeId, offset, bytes) => ceph.images.write(namespace, volumeId, offset, bytes),
    read: async (_pool, volumeId, offset, length) => ceph.images.read(namespace, volumeId, offset, length),
    async putForeign(content) {
      const name = `somebody-s_${++foreign}`
      ceph.images.import(namespace, name, content)
      return name
    },
    readForeign: async (name) => ceph.images.read(namespace, name),
    inventory: () =>
      inventoryOf(async (...args) => {
        const { exitCode, stdout, stderr } = ceph.run('rbd', [...args, ...where])
        if (exitCode !== 0) throw new Error(stderr)
        return stdout
      }),
    async hold(_pool, volumeId) {
      const close = ceph.images.open(namespace, volumeId)
      return async () => close()
    },
    close: async () => undefined,
  }
}

function requireConf(conf: string | undefined): void {
  if (conf?.includes(`key = ${FAKE_KEY}`) !== true) throw new Error('A tool was run without its configuration.')
}

/** `rbd:pool[/namespace]/image[@snapshot]:id=…:conf=…`, as QEMU reads it. */
const LOCATION = /^rbd:(?<pool>[^/:]+)\/(?:(?<namespace>[^/:]+)\/)?(?<image>[^/:]+):id=(?<user>[^:]+):conf=(?<conf>.+)$/

/** `qemu-img info`. */
function qemuInfo(ceph: FakeCeph, fake: FakeHost, location: string): CommandResult {
  requireConf(fake.secretFiles.get(LOCATION.exec(location)?.groups?.conf ?? ''))
  const failure = ceph.failures.get('qemu-img')
  if (failure !== undefined) throw new CommandError({ ...failure, command: 'qemu-img', signal: null })
  return { exitCode: 0, stdout: 'file format: raw\n', stderr: '' }
}

function convert(ceph: FakeCeph, namespace: string, args: readonly string[], directory: string): void {
  const [from = '', to = ''] = args.slice(-2)
  const target = LOCATION.exec(to)?.groups
  if (target === undefined || (target.namespace ?? '') !== namespace || target.pool !== ceph.pool) {
    throw new Error(`not in this place: ${to}`)
  }
  if (!target.conf?.startsWith(`${directory}/`)) throw new Error(`no configuration of this program: ${to}`)
  const isFull = args.includes('-S') && !args.includes('--target-is-zero')
  ceph.images.write(namespace, target.image ?? '', 0, contentOf(ceph, namespace, from, directory), !isFull)
}

function contentOf(ceph: FakeCeph, namespace: string, from: string, directory: string): Uint8Array {
  if (from.startsWith('json:')) {
    const { file } = JSON.parse(from.slice('json:'.length)) as { file: { driver: string; size: number } }
    if (file.driver !== 'null-co') throw new Error(`unknown source: ${from}`)
    return new Uint8Array(file.size)
  }
  const source = LOCATION.exec(from)?.groups
  if (!source?.conf?.startsWith(`${directory}/`)) throw new Error(`no configuration of this source: ${from}`)
  return ceph.images.read(namespace, source.image ?? '')
}
