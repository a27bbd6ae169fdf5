/** The daemon of the host, whichever of its forms runs there: libvirtd, or virtqemud. */
export const SYSTEM_LIBVIRT = 'qemu:///system'
