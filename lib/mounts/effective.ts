import { z } from 'zod'

/** What is different on one host. Everything that is absent is as the mount and its backend say. Never a secret. */
export const StoredOverrides = z.object({
  mount_point: z.string().optional(),
  read_only: z.boolean().optional(),
  /** Single config fields of the backend, of those that its type lets differ (`overridable`). */
  config: z.record(z.string(), z.unknown()).optional(),
})
export type StoredOverrides = z.infer<typeof StoredOverrides>

export interface MountDefinition {
  mountPoint: string
  readOnly: boolean
  backend: { config: unknown }
}

export interface EffectiveMount {
  mountPoint: string
  readOnly: boolean
  config: Record<string, unknown>
}

/** From the JSON column. */
export function overridesOf(stored: unknown): StoredOverrides {
  return StoredOverrides.safeParse(stored ?? {}).data ?? {}
}

export function isEmpty({ mount_point, read_only, config }: StoredOverrides): boolean {
  return mount_point === undefined && read_only === undefined && Object.keys(config ?? {}).length === 0
}

/** The mount as one host gets it. */
export function effectiveMount(mount: MountDefinition, stored: unknown): EffectiveMount {
  const overrides = overridesOf(stored)
  return {
    mountPoint: overrides.mount_point ?? mount.mountPoint,
    readOnly: overrides.read_only ?? mount.readOnly,
    config: { ...(mount.backend.config as Record<string, unknown>), ...overrides.config },
  }
}
