import type { z } from 'zod'
import type { DriverHost } from '@/lib/drivers/driver-host'
import type { ProblemId } from '@/lib/drivers/error-catalogue'
import type { FieldProblem } from '@/lib/errors'
import type { Secret } from '@/lib/secret'

/** What a driver can do. A declared capability must have its host method, and the reverse; the compiler checks it. */
export type Capability = 'mount' | 'connect' | 'usage' | 'discover' | 'volumes'

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

/** Which backend on which host, by the ids that a driver marks its work with. */
export interface ConnectionPlace {
  backendId: string
  hostId: string
}

/** Commands as a person would type them, in order and never with a secret; and what depends on what the host finds, in words. */
export interface ConnectionPreview {
  commands: string[]
  notes: string[]
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
> {
  readonly id: Id
  readonly title: string
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
  /** Names in /proc/filesystems that the host's kernel must know or be able to load. */
  readonly hostFileSystems?: readonly string[]
  /** One line such as `nas:/export/vm`; must never contain a secret. */
  describeSource(config: z.infer<Config>): string
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
  /** Mount options as they would be rendered for these settings, for the preview; the agent renders its own. */
  previewCommands?(config: z.infer<Config>, target: string, readOnly?: boolean): string[]
  /** Commands that take such a mount away again, for the preview. Without it: the plain unmount. */
  previewUnmountCommands?(config: z.infer<Config>, target: string, mountId: string): string[]
  /** What opening a storage on a host, or handing it new settings, runs there. Of drivers that connect. */
  previewConnectCommands?(config: z.infer<Config>, place: ConnectionPlace): ConnectionPreview
  /** What closing it there again runs. */
  previewDisconnectCommands?(config: z.infer<Config>, place: ConnectionPlace): ConnectionPreview
  /** Rules over more than one field, secrets included. Runs after the single fields are valid; `field` is a config or secret key. */
  check?(config: z.infer<Config>): FieldProblem[]
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

export function defineDriver<
  const Id extends string,
  Config extends z.ZodObject,
  Secrets extends z.ZodObject,
  const Caps extends readonly Capability[],
>(
  descriptor: DriverDescriptor<Id, Config, Secrets, Caps> & DeclaredDestination<Config, Secrets>,
): DriverDescriptor<Id, Config, Secrets, Caps> {
  return descriptor
}

// ---- the host face ---------------------------------------------------------------------------------------------------

export const STEP_IDS = [
  'tools',
  'name',
  'tcp',
  'protocol',
  'authentication',
  'target',
  'namespace',
  'mount',
  'write',
  'capacity',
  'unmount',
] as const
export type StepId = (typeof STEP_IDS)[number]

/** One layer of a test. `advice` says what to do; `command` is what a person can run to see it for themselves. */
export interface TestStep {
  id: StepId
  title: string
  status: 'passed' | 'failed' | 'skipped' | 'warning'
  durationMs: number
  detail?: string
  /** Key into the error catalogue, e.g. `nfs.export_denied`. */
  problem?: string
  advice?: string
  command?: string
  /** What the capacity step measured. */
  usage?: Usage
}

/** Capacity in bytes. `null` is "unknown": never 0 and never invented. */
export interface Usage {
  totalBytes: number | null
  usedBytes: number | null
  availableBytes: number | null
  fileCount: number | null
  /** Work that has not reached the storage yet (S3 upload queue). */
  pending?: Pending
  /** How full the parts of a thin pool are. It stops when either is full, so both must be watched. */
  thinPool?: ThinPoolUsage
}

/** In percent, as LVM measures it; `null` while the pool is not active. */
export interface ThinPoolUsage {
  dataPercent: number | null
  metadataPercent: number | null
}

/** What stands on a host while a backend of type block is connected there. */
export interface Connection {
  /** One line for people. */
  summary: string
  /** Names and values for people, such as the WWID of the device. Never a secret. */
  details: Record<string, string>
  usage: Usage | null
}

export interface Pending {
  files: number
  bytes: number | null
}

/** The last that this host's own node has said, of a storage that consists of nodes. */
export interface NodeStatus {
  id: string
  role: string
  /** Id of the node that leads; null while none is known. */
  leader: string | null
  /** Of the other nodes, those that were heard of lately. */
  activePeers: number
  peers: number
  /** Counts the changes that the node has taken over. Nodes with the same figure are in sync. */
  version: number
  /** It has stopped telling. */
  isStale: boolean
}

/** `status` is null when there is nothing that can be read. */
export interface NodeReport {
  status: NodeStatus | null
  problem: ProblemId | null
}

export interface Choice {
  value: string
  label?: string
  detail?: string
}

/** One backend as the host driver sees it: parsed config, secrets wrapped. */
export interface HostBackend<Config = Record<string, unknown>, SecretKeys extends string = string> {
  id: string
  config: Config
  secrets: Partial<Record<SecretKeys, Secret>>
}

export interface OperationContext {
  host: DriverHost
  signal: AbortSignal
  /** `performance.now()` time at which the caller stops waiting. */
  deadlineAt: number
  operationId: string
  /** A line of the operation's log that people see. Never a secret. */
  log(message: string): void
  /** A finished test step, shown live. */
  step(step: TestStep): void
}

/** How a mount of ours looks in mountinfo. */
export interface ExpectedMount {
  /** Any of these; empty accepts every type (a bind mount shows the type of what it binds). */
  fsType: readonly string[]
  /** Exact source; null accepts every source. */
  source: string | null
  /** Path inside the file system. */
  root?: string
  /** For a bind mount: the bound directory. The agent derives device and root from mountinfo. */
  bindOf?: string
}

/** What a driver may report about the state of its own mount beyond mountinfo. */
export interface MountTarget {
  mountId: string
  path: string
  readOnly: boolean
}

interface MountMethods<C, K extends string> {
  /** Already mounted as asked: success. Must prove that the storage answers, not only that a command exited 0. */
  mount(backend: HostBackend<C, K>, target: MountTarget, context: OperationContext): Promise<void>
  /** Not mounted: success. Refuses (`busy`) while writes are pending. */
  unmount(backend: HostBackend<C, K>, target: MountTarget, context: OperationContext): Promise<void>
  /** What mountinfo must show for this mount to be ours. */
  expect(backend: HostBackend<C, K>, target: MountTarget): ExpectedMount
  /** What the node of this host says. Asked every few seconds, also while the mount hangs, so it looks at neither mount nor network. */
  node?(backend: HostBackend<C, K>, target: MountTarget, context: OperationContext): Promise<NodeReport>
}
interface ConnectMethods<C, K extends string> {
  /** Opens the storage on this host, for volumes. Open already: success. Throws `conflict` rather than touch what is not ours. */
  connect(backend: HostBackend<C, K>, context: OperationContext): Promise<Connection>
  /** Leaves nothing of ours on the host. Not open: success. Throws `busy` with what uses it. */
  disconnect(backend: HostBackend<C, K>, context: OperationContext): Promise<void>
  /**
   * Does what `connect` opened still stand? Asked every few seconds, so it is cheap and changes nothing; throws what is wrong.
   * Absent: what was opened is taken to stand.
   */
  checkConnection?(backend: HostBackend<C, K>, context: OperationContext): Promise<void>
  /**
   * While the system goes down: lets go of what the kernel would wait for once the network has gone. The host keeps the storage, and
   * opens it again after the start; `context.host.hostId` is not known here. Throws `busy` with what uses it. Absent: there is nothing.
   */
  release?(backend: HostBackend<C, K>, context: OperationContext): Promise<void>
}
interface UsageMethods<C, K extends string> {
  usage(backend: HostBackend<C, K>, target: MountTarget | null, context: OperationContext): Promise<Usage>
  /** What waits on this host to be written to the storage. Asked every few seconds, so it needs no network. Absent: nothing ever waits. */
  pending?(backend: HostBackend<C, K>, target: MountTarget, context: OperationContext): Promise<Pending>
}
interface DiscoverMethods<C, K extends string> {
  discover: Record<string, (partial: HostBackend<Partial<C>, K>, context: OperationContext) => Promise<Choice[]>>
}
/** Volumes come with the pools issue; the capability exists so that a driver cannot claim it without the methods. */
interface VolumesMethods {
  volumes: never
}

type MethodsFor<Cap extends Capability, C, K extends string> = (Cap extends 'mount' ? MountMethods<C, K> : unknown) &
  (Cap extends 'connect' ? ConnectMethods<C, K> : unknown) &
  (Cap extends 'usage' ? UsageMethods<C, K> : unknown) &
  (Cap extends 'discover' ? DiscoverMethods<C, K> : unknown) &
  (Cap extends 'volumes' ? VolumesMethods : unknown)

type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never

/** Exactly the declared capabilities: missing methods and undeclared methods are both type errors. */
export type HostDriverFor<D> =
  D extends DriverDescriptor<infer Id, infer Config, infer Secrets, infer Caps>
    ? {
        id: Id
        /** Layered: stops at the first failing step, and always cleans up after itself. */
        test(
          backend: HostBackend<z.infer<Config>, keyof z.infer<Secrets> & string>,
          context: OperationContext,
        ): Promise<TestStep[]>
      } & UnionToIntersection<
        Caps[number] extends infer Cap
          ? Cap extends Capability
            ? MethodsFor<Cap, z.infer<Config>, keyof z.infer<Secrets> & string>
            : never
          : never
      > & { [M in Exclude<keyof AllMethods, keyof MethodsOfCaps<Caps[number]>>]?: never }
    : never

type AllMethods = MountMethods<unknown, string> &
  ConnectMethods<unknown, string> &
  UsageMethods<unknown, string> &
  DiscoverMethods<unknown, string> &
  VolumesMethods
type MethodsOfCaps<Cap extends Capability> = UnionToIntersection<
  Cap extends Capability ? MethodsFor<Cap, unknown, string> : never
>

/** The dispatch view that the agent uses; it checks the capability before it calls an optional method. */
export interface AnyHostDriver {
  id: string
  test(backend: HostBackend, context: OperationContext): Promise<TestStep[]>
  mount?: MountMethods<Record<string, unknown>, string>['mount']
  unmount?: MountMethods<Record<string, unknown>, string>['unmount']
  expect?: MountMethods<Record<string, unknown>, string>['expect']
  node?: MountMethods<Record<string, unknown>, string>['node']
  connect?: ConnectMethods<Record<string, unknown>, string>['connect']
  disconnect?: ConnectMethods<Record<string, unknown>, string>['disconnect']
  checkConnection?: ConnectMethods<Record<string, unknown>, string>['checkConnection']
  release?: ConnectMethods<Record<string, unknown>, string>['release']
  usage?: UsageMethods<Record<string, unknown>, string>['usage']
  pending?: UsageMethods<Record<string, unknown>, string>['pending']
  discover?: DiscoverMethods<Record<string, unknown>, string>['discover']
}

export function defineHostDriver<D extends DriverDescriptor<string, z.ZodObject, z.ZodObject, readonly Capability[]>>(
  _descriptor: D,
  driver: HostDriverFor<D>,
): AnyHostDriver {
  return driver as unknown as AnyHostDriver
}
