import { MACHINE_UUID } from '@/lib/agent-protocol/machine-uuid'

/** Whether a workload is a machine that may have a screen: of libvirt, by the UUID that this knows it by. */
export function hasScreen({ target, native_id: id }: { target: string; native_id: string }): boolean {
  return target === 'libvirt' && MACHINE_UUID.test(id)
}
