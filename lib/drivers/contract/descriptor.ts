import type { z } from 'zod'
import type { EngineId } from '@/lib/agent-protocol/pools'
import type { ExistingMounts } from '@/lib/drivers/contract/existing-mount'
import type { Connecting, Mounting } from '@/lib/drivers/contract/mount-request'
import type { RcloneRemotes } from '@/lib/drivers/contract/rclone-remote'
import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
import type { WolfstackWords } from '@/lib/drivers/contract/wolfstack'
import type { Problems } from '@/lib/drivers/problems/definition'
import type { FieldProblem } from '@/lib/errors'
import type { BlockReach } from '@/lib/volume-engines/contract/reach'

/** What a driver can do. A declared capability must have its host method, and the reverse; the compiler checks it. */
export type Capability = 'mount' | 'connect' | 'usage' | 'discover' | 'volumes' | 'download'

/** How a form shows one field. Everything about its value (type, limits, default) is in the zod schema. */
export interface FieldHint {
  label: string
  /** One sentence under the field. */
  help?: string
  placeholder?: string
  /** `essential` fields are open in the form, `advanced` ones fold away. */
  group: 'essential' | 'credentials' | 'advanced'
  control?: 'text' | 'multiline' | 'password' | 'select' | 'switch' | 'number' | 'path' | 'size'
  /** Words for enum values, by value. */
  choices?: Record<string, string>
  /** Show the field only while another field has one of these values. */
  visibleWhen?: { field: string; is: readonly (string | boolean)[] }
  /** Offer the answers of this discovery as suggestions. */
  optionsFrom?: string
}

/**
 * The control-plane face of a storage type. It runs in the browser too: zod and plain data only.
 * Config keys are the API's field names (snake_case). The form, the API body, redaction, editability and badges derive from it.
 */
export interface DriverDescriptor<
  Id extends string = string,
  Config extends z.ZodObject = z.ZodObject,
  Secrets extends z.ZodObject = z.ZodObject,
  Caps extends readonly Capability[] = readonly Capability[],
  Own extends Problems = Problems,
> {
  readonly id: Id
  readonly title: string
  /** Words of older APIs for this type. */
  readonly olderTypes?: readonly string[]
  /** One line for people: "a share from a NAS or Linux server". */
  readonly summary: string
  readonly access: 'file' | 'block' | 'object'
  /** Nothing can be written through it, whatever a mount asks for. */
  readonly readOnly?: true
  /** Not secret. Strict: an unknown key is refused by name. */
  readonly config: Config
  /** Every key in here is a secret; there is no flag to forget. All optional at the schema level where a stored value may stand. */
  readonly secrets: Secrets
  /** Names that older APIs give to a config or secret key, and the key that is meant. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Further fields of older APIs, which `takeApart` puts into settings of ours. */
  readonly olderFields?: Readonly<Record<string, z.core.$ZodType>>
  /** Config keys that cannot change after create, each with the reason shown to people. */
  readonly fixedAfterCreate: Partial<Record<keyof z.infer<Config> & string, string>>
  /**
   * Config keys that may have another value on a single host, such as the address by which it reaches the server. What decides
   * which storage it is (an export, a bucket) does not belong here. Absent: none.
   */
  readonly overridable?: readonly (keyof z.infer<Config> & string)[]
  /**
   * Config keys that decide where the secrets are sent and how well they are protected on the way. A stored secret is sealed for
   * their values: whoever changes one of them enters it again. A condition says when a key decides at all. Required of a type that
   * has secrets, see `defineDriver`.
   */
  readonly destination?: DestinationKeys<Config>
  readonly fields: Record<(keyof z.infer<Config> | keyof z.infer<Secrets>) & string, FieldHint>
  readonly capabilities: Caps
  /** Names of discoveries this driver answers, with the words for the button. Empty without the capability. */
  readonly discoveries: Readonly<Record<string, string>>
  /** Is it the same content on every host (`fleet`) or each host's own (`host`)? */
  readonly scope: 'host' | 'fleet'
  /** Commands that the host needs, as named in the agent's command catalogue. */
  readonly hostCommands: readonly string[]
  /** Names in /proc/filesystems that the host's kernel must know, each with the module that brings it. */
  readonly hostFileSystems?: Readonly<Record<string, string>>
  /** One line such as `nas:/export/vm`; must never contain a secret. */
  describeSource(config: z.infer<Config>): string
  /**
   * Where everybody reads its files, such as at a CDN: an address that ends with a slash, behind which the path of a file follows with
   * each of its parts percent-encoded. Null for one that is not public. Absent: the type has no such address.
   */
  publicUrl?(config: z.infer<Config>): string | null
  /**
   * Hosts (name or address) that this storage talks to, for the network policy of the agent. A driver without it is refused on a
   * host whose policy names networks; one that uses no network returns an empty list.
   */
  servers?(config: z.infer<Config>): string[]
  /**
   * Free-text options of older APIs (`mount_options`, `options`, `nfs_options`) into typed config keys.
   * Throws `invalid_input` that names the option which is not in the closed set.
   */
  parseFreeTextOptions?(text: string): Partial<z.infer<Config>>
  /**
   * What people paste into one field of a form or a body, taken apart into the settings that it consists of, and blanks around it cut
   * off. Never throws: what it does not know is judged by the schema. Absent: every field is taken as it is.
   */
  takeApart?(flat: Readonly<Record<string, unknown>>): TakenApart[]
  /** How it is mounted. Of a type with that capability. */
  readonly mounting?: Mounting<z.infer<Config>>
  /** How it is opened for volumes. Of a type with that capability. */
  readonly connecting?: Connecting<z.infer<Config>>
  /** How volumes lie on it. Of a type with that capability. */
  readonly volumes?: Volumes<z.infer<Config>>
  /** How it reads mounts that others have made. Absent: they are not taken over. */
  readonly existingMounts?: ExistingMounts
  /** How it reads remotes of rclone. Absent: they are not imported. */
  readonly rcloneRemotes?: RcloneRemotes
  /** How WolfStack's API tells of it. Absent: that API does not make such storages. */
  readonly wolfstack?: WolfstackWords<z.infer<Config>>
  /**
   * What can be wrong with it that is not wrong with others, for the error catalogue. Not in the browser, which gets the words from
   * the API. Absent: the problems that all share are enough.
   */
  readonly problems?: Own
  /**
   * What has to be said before it can be used, although an older API saves it without: a test says so, a form asks for it, and it is
   * not opened anywhere. Absent: what can be saved can be used.
   */
  missing?(config: z.infer<Config>): FieldProblem[]
  /** Rules over more than one field, secrets included. Runs after the single fields are valid; `field` is a config or secret key. */
  check?(config: z.infer<Config>): FieldProblem[]
}

/**
 * What a form, a body and the sealing of secrets ask of a type: a storage type, or another one whose settings people enter, such as a
 * notifier.
 */
export type SettingsDescriptor = Pick<
  DriverDescriptor,
  | 'id'
  | 'title'
  | 'config'
  | 'secrets'
  | 'aliases'
  | 'destination'
  | 'fields'
  | 'parseFreeTextOptions'
  | 'takeApart'
  | 'missing'
  | 'check'
> &
  Partial<Pick<DriverDescriptor, 'fixedAfterCreate' | 'capabilities' | 'discoveries' | 'overridable' | 'readOnly'>>

/** What keeps its volumes: an engine of `lib/volume-engines/registry`. */
export interface Volumes<Config> {
  readonly engine: EngineId
  /** Why no pool can lie on a backend with these settings, a sentence with the cure; null: one can. Absent: always. */
  refuses?(config: Config): string | null
  /** Settings of the engine that the backend decides; people do not choose them for a pool. */
  settingsFrom?(config: Config): Record<string, unknown>
  /** How programs on a host reach them. Absent: below the mount of their pool. */
  reach?(config: Config, backendId: string): BlockReach
}

type DestinationKeys<Config extends z.ZodObject> = {
  readonly [Key in keyof z.infer<Config> & string]?: true | ((config: Partial<z.infer<Config>>) => boolean)
}

/** With secrets, at least one key; without them, nothing to declare. */
type DeclaredDestination<Config extends z.ZodObject, Secrets extends z.ZodObject> = keyof Secrets['shape'] extends never
  ? { readonly destination?: never }
  : {
      readonly destination: {
        [Key in keyof z.infer<Config> & string]: { readonly [Only in Key]: true }
      }[keyof z.infer<Config> & string]
    }

/** A declared capability says how it is carried out, and nothing says so without it. */
type DeclaredHalves<Config extends z.ZodObject, Cap extends Capability> = ('mount' extends Cap
  ? { readonly mounting: Mounting<z.infer<Config>> }
  : { readonly mounting?: never }) &
  ('connect' extends Cap ? { readonly connecting: Connecting<z.infer<Config>> } : { readonly connecting?: never }) &
  ('volumes' extends Cap ? { readonly volumes: Volumes<z.infer<Config>> } : { readonly volumes?: never })

export function defineDriver<
  const Id extends string,
  Config extends z.ZodObject,
  Secrets extends z.ZodObject,
  const Caps extends readonly Capability[],
  Own extends Problems = Record<never, never>,
>(
  descriptor: DriverDescriptor<Id, Config, Secrets, Caps, Own> &
    DeclaredDestination<Config, Secrets> &
    DeclaredHalves<Config, Caps[number]>,
): DriverDescriptor<Id, Config, Secrets, Caps, Own> {
  return descriptor
}
