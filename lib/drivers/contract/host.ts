import type { z } from 'zod'
import type { Capability, DriverDescriptor } from '@/lib/drivers/contract/descriptor'
import type { Download } from '@/lib/drivers/contract/download'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { MountRequest, MountTarget } from '@/lib/drivers/contract/mount-request'
import type { TestStep } from '@/lib/drivers/contract/steps'
import type { Choice, Connection, NodeReport, Pending, Usage } from '@/lib/drivers/contract/values'
import type { Secret } from '@/lib/secret'
import type { PoolPlace } from '@/lib/volume-engines/contract/place'

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
  /** A test that writes nothing to the storage. */
  readsOnly?: true
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

/** `unknown`: this storage has no way to tell now, which is neither good nor bad. */
export type Proof = 'proven' | 'unknown'

/** A look of its own at the storage behind a mount, where the kernel or a daemon would answer from memory. */
export interface StorageLook<C, K extends string> {
  /**
   * The server that is asked, such as `https://s3.example.com`: one look then holds for every mount of the same settings, and looks at
   * one server are taken one after the other. Absent: it is asked through the mount, or on this host.
   */
  server?(config: C): string
  /** Cheap, and changes nothing. Must fail when a program that reads something new would fail; throws what is wrong. */
  look(backend: HostBackend<C, K>, target: MountTarget, context: OperationContext): Promise<Proof>
}

/**
 * How it is proven that the storage behind a mount answers. `statfs`: the kernel asks the server each time it is asked how full the file
 * system is, so the look that the agent takes at every mount each few seconds proves it. Of a FUSE daemon that proves nothing.
 */
export type MountProof<C, K extends string> = 'statfs' | StorageLook<C, K>

interface MountMethods<C, K extends string> {
  /** Asked of every mount all day; see `MountProof`. */
  proof: MountProof<C, K>
  /** Already mounted as asked: success. Must prove that the storage answers, not only that a command exited 0. */
  mount(backend: HostBackend<C, K>, target: MountTarget, context: OperationContext): Promise<void>
  /** Not mounted: success. Refuses (`busy`) while writes are pending. */
  unmount(backend: HostBackend<C, K>, target: MountTarget, context: OperationContext): Promise<void>
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
interface VolumesMethods<C, K extends string> {
  /** Where its volumes lie on this host, once it is mounted (at `target`) or connected. Opens nothing. */
  place(backend: HostBackend<C, K>, target: MountTarget | null, context: OperationContext): Promise<PoolPlace>
}

interface DownloadMethods<C, K extends string> {
  /**
   * Finds one file below the storage, by its path with its parts as people read them, for a program that will fetch it. Asks the server
   * once and fetches nothing. Throws what is wrong with the path, the server or the sign-in.
   */
  download(backend: HostBackend<C, K>, path: string, context: OperationContext): Promise<Download>
}

type MethodsFor<Cap extends Capability, C, K extends string> = (Cap extends 'mount' ? MountMethods<C, K> : unknown) &
  (Cap extends 'connect' ? ConnectMethods<C, K> : unknown) &
  (Cap extends 'usage' ? UsageMethods<C, K> : unknown) &
  (Cap extends 'discover' ? DiscoverMethods<C, K> : unknown) &
  (Cap extends 'volumes' ? VolumesMethods<C, K> : unknown) &
  (Cap extends 'download' ? DownloadMethods<C, K> : unknown)

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
  VolumesMethods<unknown, string> &
  DownloadMethods<unknown, string>
type MethodsOfCaps<Cap extends Capability> = UnionToIntersection<
  Cap extends Capability ? MethodsFor<Cap, unknown, string> : never
>

/** The dispatch view that the agent uses; it checks the capability before it calls an optional method. */
export interface AnyHostDriver {
  id: string
  test(backend: HostBackend, context: OperationContext): Promise<TestStep[]>
  mount?: MountMethods<Record<string, unknown>, string>['mount']
  unmount?: MountMethods<Record<string, unknown>, string>['unmount']
  proof?: MountMethods<Record<string, unknown>, string>['proof']
  /** What mountinfo must show for this mount to be ours; from the descriptor's request. */
  expect?(backend: HostBackend, target: MountTarget): ExpectedMount
  node?: MountMethods<Record<string, unknown>, string>['node']
  connect?: ConnectMethods<Record<string, unknown>, string>['connect']
  disconnect?: ConnectMethods<Record<string, unknown>, string>['disconnect']
  checkConnection?: ConnectMethods<Record<string, unknown>, string>['checkConnection']
  release?: ConnectMethods<Record<string, unknown>, string>['release']
  usage?: UsageMethods<Record<string, unknown>, string>['usage']
  pending?: UsageMethods<Record<string, unknown>, string>['pending']
  discover?: DiscoverMethods<Record<string, unknown>, string>['discover']
  place?: VolumesMethods<Record<string, unknown>, string>['place']
  download?: DownloadMethods<Record<string, unknown>, string>['download']
}

export function defineHostDriver<D extends DriverDescriptor<string, z.ZodObject, z.ZodObject, readonly Capability[]>>(
  descriptor: D,
  driver: HostDriverFor<D>,
): AnyHostDriver {
  const any = driver as unknown as AnyHostDriver
  const { mounting } = descriptor
  return mounting === undefined
    ? any
    : { ...any, expect: ({ config }, target) => expectedMount(mounting.fsTypes, mounting.request(config, target)) }
}

function expectedMount(fsTypes: readonly string[], request: MountRequest): ExpectedMount {
  if (request.kind === 'bind') return { fsType: [], source: null, bindOf: request.source }
  return { fsType: fsTypes, source: request.source }
}
