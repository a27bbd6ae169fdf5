import type { z } from 'zod'
import type { Provisioning, VolumeFormat } from '@/lib/agent-protocol/pools'
import type { FieldHint } from '@/lib/drivers/contract/descriptor'
import type { PlaceKind } from '@/lib/volume-engines/contract/place'

/**
 * On which hosts one pool may be open at a time: `own`: each host has its own content; `shared`: all hosts see the same and may write
 * at once; `one host`: the same content, which only one host at a time may open.
 */
export type Sharing = 'own' | 'shared' | 'one host'

/** A change of a volume that not every volume knows. */
export type VolumeAct = 'clone' | 'snapshot' | 'restore' | 'flatten' | 'grow'

/** What is to be known of a volume to say what it can do. */
export interface VolumeShape {
  format: VolumeFormat
  provisioning: Provisioning
}

/** What keeps volumes: the face that runs in the browser too. */
export interface EngineDescriptor<Settings extends z.ZodObject = z.ZodObject> {
  readonly id: string
  readonly title: string
  /** Where it lies; a driver that declares this engine gives such a place. */
  readonly place: PlaceKind
  /** Of a pool; strict, with defaults for all of them. Keys are the names of the API. */
  readonly settings: Settings
  /** A form's words for the settings that people choose. */
  readonly fields: Partial<Record<keyof z.infer<Settings> & string, FieldHint>>
  /** Settings that cannot change after a pool was made, with the reason. */
  readonly fixedAfterCreate: Partial<Record<keyof z.infer<Settings> & string, string>>
  /** Formats that a volume can have, the usual one first. */
  readonly formats: readonly VolumeFormat[]
  readonly provisionings: (settings: z.infer<Settings>) => readonly Provisioning[]
  /** `scope`: of the storage type. */
  sharing(settings: z.infer<Settings>, scope: 'host' | 'fleet'): Sharing
  /** Is it for one host at a time to change what describes a shared storage? Its keeper then borrows that from the controller. */
  isLeased?(settings: z.infer<Settings>): boolean
  /** Sizes of volumes are multiples of this, in bytes. */
  granule(settings: z.infer<Settings>): number
  /** Why a volume cannot do this, a sentence for people with the cure; null: it can. */
  refuses(act: VolumeAct, volume: VolumeShape, settings: z.infer<Settings>): string | null
  /** Commands that a host needs for it, as in the agent's catalogue. */
  readonly hostCommands: readonly string[]
}
