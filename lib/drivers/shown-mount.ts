import { commandLine } from '@/lib/drivers/command-line'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { mountCommands } from '@/lib/drivers/mounting/commands'
import type { AnyDescriptor } from '@/lib/drivers/registry'

/** A mount as people see it: its commands, and what they are on other hosts. */
export interface ShownMount {
  commands: string[]
  notes: readonly string[]
}

/** What a mount of these settings asks of a host, for people. Null when it cannot be said, as with a config that is not complete. */
export function shownMount(
  descriptor: AnyDescriptor,
  config: Record<string, unknown>,
  target: MountTarget,
): ShownMount | null {
  // Shown configs may have words of older APIs beside the settings.
  const declared = Object.entries(config).filter(([key]) => Object.hasOwn(descriptor.config.shape, key))
  const parsed = descriptor.config.safeParse(Object.fromEntries(declared))
  const request = parsed.success ? descriptor.mounting?.request(parsed.data, target) : undefined
  if (request === undefined) return null
  return { commands: mountCommands(request).map(commandLine), notes: request.kind === 'daemon' ? request.notes : [] }
}
