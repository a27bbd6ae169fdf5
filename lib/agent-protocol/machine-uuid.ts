/** Of a virtual machine, as libvirt writes it. */
export const MACHINE_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
