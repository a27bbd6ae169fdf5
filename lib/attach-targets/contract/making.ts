import type {
  ContainerPlanMessage,
  Environment,
  NewContainer,
  PublishedPort,
  RemovedContainer,
} from '@/lib/agent-protocol/containers'
import type { FoundMount, MountCall } from '@/lib/attach-targets/contract/mounts'
import type { ChangingTargetHost, TargetHost } from '@/lib/attach-targets/contract/target-host'

/** A container that is to be made, its mounts as they lie on this host. */
export interface PlacedContainer extends Omit<NewContainer, 'mounts' | 'target'> {
  mounts: readonly FoundMount[]
}

export interface MakingCall extends Pick<MountCall, 'operationId' | 'log' | 'step' | 'requireThere'> {
  /** Ports that programs of the host listen on. */
  taken(port: PublishedPort): Promise<boolean>
}

/** Makes containers and removes them. Throws what its target says, `not_found` where that is not here, and `conflict` with what is in the way. */
export interface ContainerMaking {
  /** `env`: the names. */
  plan(
    host: TargetHost,
    container: PlacedContainer,
    env: readonly string[],
    taken: MakingCall['taken'],
  ): Promise<ContainerPlanMessage>
  /** May be repeated with the same operation. `env`: null after a restart, when nobody knows the values any more: then nothing is made. */
  make(
    host: ChangingTargetHost,
    container: PlacedContainer,
    env: Environment | null,
    call: MakingCall,
  ): Promise<{ nativeId: string; isRunning: boolean }>
  /** One that does not run. There is no such one: success. */
  remove(host: ChangingTargetHost, nativeId: string, call: Pick<MakingCall, 'log'>): Promise<RemovedContainer>
}
