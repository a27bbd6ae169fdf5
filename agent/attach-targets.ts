import type { AttachTarget } from '@/lib/attach-targets/contract/target'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { libvirtTarget } from '@/lib/attach-targets/libvirt/host'
import { lxcTarget } from '@/lib/attach-targets/lxc/host'

/** The host halves. A new one is a folder in `lib/attach-targets` and a line here. */
export const HOST_TARGETS: readonly AttachTarget[] = [dockerTarget, lxcTarget, libvirtTarget()]
