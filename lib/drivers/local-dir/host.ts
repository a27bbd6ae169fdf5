import { defineHostDriver, type OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { expectReadable, TestRun } from '@/lib/drivers/contract/test-run'
import { isBindOf } from '@/lib/drivers/local-dir/bind-source'
import { bindMounting, localDir } from '@/lib/drivers/local-dir/descriptor'
import { BIND_MOUNT_MESSAGES } from '@/lib/drivers/local-dir/messages'
import {
  type KernelMount,
  mountVerified,
  scratchTarget,
  testScratchMount,
  usageAt,
} from '@/lib/drivers/mounting/kernel'
import { isInOwnSource } from '@/lib/drivers/mounting/own-source'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { ProblemError } from '@/lib/drivers/problems/problem'
import type { ConfigOf } from '@/lib/drivers/registry'
import { directoryPlace } from '@/lib/volume-engines/contract/place'

type Config = ConfigOf<'local-dir'>

function prepare(config: Config, target: MountTarget): KernelMount {
  return {
    request: bindMounting.request(config, target),
    isOurs: (entry, mounts) => isBindOf(entry, config.path, mounts),
    translate: (said) => matchMessage(BIND_MOUNT_MESSAGES, said),
    values: { source: config.path, path: target.path },
  }
}

async function expectDirectory(config: Config, context: OperationContext): Promise<void> {
  const { kind } = await context.host.probe.stat(config.path)
  const values = { source: config.path, path: config.path }
  if (kind === 'missing') throw new ProblemError('local.missing', values)
  if (kind !== 'directory') throw new ProblemError('local.not_directory', values)
}

/** Does the directory show a file system from its root on, so that every file in it is one of the storage? */
function isWholeFileSystem(path: string, { host }: OperationContext): boolean {
  return host.mounts.list().findLast(({ target }) => target === path)?.root === '/'
}

export const localDirHost = defineHostDriver(localDir, {
  id: 'local-dir',

  async test(backend, context) {
    const { config } = backend
    const run = new TestRun(context, { source: config.path, path: config.path })
    return await run.finish(async () => {
      await run.step('target', 'Directory', async () => {
        await expectDirectory(config, context)
        return { detail: config.path }
      })
      await testScratchMount(run, context, (path) => prepare(config, scratchTarget(path)))
    })
  },

  async mount(backend, target, context) {
    const { config } = backend
    if (isInOwnSource(config.path, target.path)) {
      throw new ProblemError('local.inside_itself', { source: config.path, path: target.path })
    }
    await expectDirectory(config, context)
    await mountVerified(prepare(config, target), context)
  },

  async unmount(_backend, target, context) {
    await context.host.mounts.unmount(target.path)
  },

  proof: {
    // A local file system tells its figures from memory, also when its disk has gone; it does not open a directory then.
    async look({ config }, target, { host }) {
      expectReadable(await host.probe.list(target.path), { source: config.path, path: target.path })
      return 'proven'
    },
  },

  async usage(backend, target, context) {
    const path = target?.path ?? backend.config.path
    const usage = await usageAt(path, context)
    return { ...usage, fileCount: isWholeFileSystem(path, context) ? (usage.inodes?.used ?? null) : null }
  },

  place: async (_backend, target) => directoryPlace(target),
})
