import type { MessageTable } from '@/lib/drivers/problems/messages'

/** What mount(8) prints for a bind mount. */
export const BIND_MOUNT_MESSAGES = [
  { pattern: /special device .* does not exist|no such file or directory/i, problem: 'local.missing' },
  { pattern: /not a directory/i, problem: 'local.not_directory' },
  { pattern: /permission denied|operation not permitted|must be superuser/i, problem: 'mount.not_permitted' },
] as const satisfies MessageTable
