import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with a disk in memory. */
export const problems = {
  'toy.no_memory': {
    title: 'There is not enough memory',
    advice: 'Make the disk smaller[ than {size} bytes], or free memory on the host.',
    command: 'free -b',
    code: 'backend_unreachable',
  },
} as const satisfies Record<string, Problem>
