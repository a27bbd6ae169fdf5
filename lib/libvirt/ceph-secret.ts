/**
 * Under this name libvirt knows the key of a backend of Ceph. The XML of a disk names it so and not by UUID: the UUID is another on
 * each host, and a machine that moves takes its XML with it.
 */
export function secretUsage(backendId: string): string {
  return `holdfast ${backendId}`
}
