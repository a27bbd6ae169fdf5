import type { Inside } from '@/lib/attach-targets/contract/inside'

/** What runs workloads on a host: the face that runs in the browser too. */
export interface AttachTargetDescriptor {
  /** The name of its folder, and its name on the wire. */
  readonly id: string
  /** As people call it. */
  readonly title: string
  readonly runs: 'container' | 'machine'
  /** Can what it runs be started and stopped from here? */
  readonly isPowered: boolean
  /** Can they be made and removed from here? */
  readonly isMade: boolean
  /** What a mount is known by inside, where mounts can be given to what it runs; null: they cannot. */
  readonly takesMounts: Inside | null
  /** Programs of the agent's catalogue that it is asked by; none where it is asked over a socket. */
  readonly hostCommands: readonly string[]
}
