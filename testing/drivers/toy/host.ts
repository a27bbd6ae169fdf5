import { defineHostDriver } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { TestRun } from '@/lib/drivers/contract/test-run'
import {
  type KernelMount,
  mountVerified,
  scratchTarget,
  testScratchMount,
  usageAt,
  withScratchMount,
} from '@/lib/drivers/mounting/kernel'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { type ToyConfig, toy, toyMounting } from './descriptor'

/** The catalogue has it once the type is registered. */
export const NO_MEMORY = 'toy.no_memory' as string as ProblemId

function prepare(config: ToyConfig, target: MountTarget): KernelMount {
  return {
    request: toyMounting.request(config, target),
    isOurs: (entry) => toyMounting.fsTypes.includes(entry.fsType) && entry.source === 'none',
    translate: (said) => (/cannot allocate memory/.test(said) ? NO_MEMORY : null),
    values: { size: config.size, path: target.path },
  }
}

export const toyHost = defineHostDriver(toy, {
  id: 'toy',

  async test({ config }, context) {
    const run = new TestRun(context, {})
    return await run.finish(() => testScratchMount(run, context, (path) => prepare(config, scratchTarget(path))))
  },

  async mount({ config }, target, context) {
    await mountVerified(prepare(config, target), context)
  },

  async unmount(_backend, target, context) {
    await context.host.mounts.unmount(target.path)
  },

  // Memory has no server that could go.
  proof: 'statfs',

  async usage({ config }, target, context) {
    if (target !== null) return await usageAt(target.path, context)
    const work = (path: string) => usageAt(path, context)
    return await withScratchMount(context, (path) => prepare(config, scratchTarget(path, true)), work)
  },
})
