import { z } from 'zod'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import { defineHostDriver } from '@/lib/drivers/contract/host'
import { usageOf } from '@/lib/drivers/contract/test-run'
import { daemonUnit } from '@/lib/drivers/mounting/commands'
import { HoldfastError } from '@/lib/errors'

/** A storage type of the tests: the FUSE file system that misbehaves on purpose, kept by the host's daemon manager. */
const hangFs = defineDriver({
  id: 'hang-fs',
  title: 'Misbehaving storage',
  summary: 'storage of the tests',
  access: 'file',
  destination: { source: true },
  config: z.strictObject({ source: z.string(), program: z.string() }),
  secrets: z.strictObject({ key: z.string().optional() }),
  fixedAfterCreate: {},
  fields: {
    source: { label: 'Source', group: 'essential' },
    program: { label: 'Program', group: 'essential' },
    key: { label: 'Key', group: 'credentials' },
  },
  capabilities: ['mount', 'usage'],
  discoveries: {},
  scope: 'fleet',
  hostCommands: ['node'],
  describeSource: (config) => config.source,
  mounting: {
    fsTypes: ['fuse.hangfs'],
    request: ({ source, program }, { mountId, path, readOnly }) => ({
      kind: 'daemon',
      source,
      target: path,
      options: [],
      readOnly,
      daemon: { unit: daemonUnit(mountId), command: 'node', args: [program, source, path] },
      setsOptions: false,
      notes: [],
    }),
  },
})

export const hangFsHost = defineHostDriver(hangFs, {
  id: 'hang-fs',
  test: async () => [],
  async mount(backend, target, { host }) {
    const { source, program } = backend.config
    if (source === 'refused') throw new HoldfastError('backend_unreachable', 'This storage refuses.')
    const unit = daemonUnit(target.mountId)
    const present = host.mounts.list().some((mount) => mount.target === target.path)
    if (present && !(await host.fuse.isRunning(unit))) await host.fuse.stop(unit, target.path)
    const { key } = backend.secrets
    await host.fuse.start({
      unit,
      command: 'node',
      args: [program, source, target.path],
      target: target.path,
      secretFiles: key === undefined ? {} : { 'key.conf': key },
      network: { kind: 'none' },
    })
    if ((await host.probe.list(target.path)).state !== 'ok')
      throw new HoldfastError('backend_unreachable', 'No answer.')
  },
  unmount: (_backend, target, { host }) => host.fuse.stop(daemonUnit(target.mountId), target.path),
  // It answers for itself: there is nothing behind it.
  proof: 'statfs',
  async usage(_backend, target, { host }) {
    const figures = await host.probe.statfs(target?.path ?? '/')
    if (figures.state !== 'ok') throw new HoldfastError('backend_unreachable', 'No answer.')
    return usageOf(figures)
  },
})

const stuckCommand = defineDriver({
  id: 'stuck-command',
  title: 'Storage whose mount command hangs',
  summary: 'storage of the tests',
  access: 'file',
  config: z.strictObject({ path: z.string() }),
  secrets: z.strictObject({}),
  fixedAfterCreate: {},
  fields: { path: { label: 'Path', group: 'essential' } },
  capabilities: ['mount'],
  discoveries: {},
  scope: 'fleet',
  hostCommands: ['stat'],
  describeSource: (config) => config.path,
  mounting: {
    fsTypes: ['none'],
    request: (_config, { path, readOnly }) => ({
      kind: 'kernel',
      fsType: 'none',
      source: 'never',
      target: path,
      options: [],
      readOnly,
    }),
  },
})

/** Its command asks hung storage, so that the kernel does not let it go when it is killed. */
export const stuckCommandHost = defineHostDriver(stuckCommand, {
  id: 'stuck-command',
  test: async () => [],
  async mount(backend, _target, { host }) {
    await host.run('stat', ['--', backend.config.path], { timeoutMs: 500 })
  },
  unmount: (_backend, target, { host }) => host.mounts.unmount(target.path),
  proof: 'statfs',
})
