import type { AttachTargetDescriptor } from '@/lib/attach-targets/contract/descriptor'
import { docker } from '@/lib/attach-targets/docker/descriptor'
import { libvirt } from '@/lib/attach-targets/libvirt/descriptor'
import { lxc } from '@/lib/attach-targets/lxc/descriptor'

/** What runs workloads. A new one is a folder and a line here (and its host half in `agent/attach-targets.ts`). */
export const ATTACH_TARGETS: readonly AttachTargetDescriptor[] = [docker, lxc, libvirt]

/** Undefined: of an agent that knows more of them than this controller. */
export function attachTarget(id: string): AttachTargetDescriptor | undefined {
  return ATTACH_TARGETS.find((target) => target.id === id)
}
