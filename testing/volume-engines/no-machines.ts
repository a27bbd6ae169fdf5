import type { MachineDisk, Machines } from '@/lib/volume-engines/contract/machines'

/** A host without libvirt. */
export const NO_MACHINES: Machines = {
  disks: async () => [],
  versions: async () => ({ libvirt: null, qemu: null }),
  imageOf: async () => null,
  snapshot: async () => {
    throw new Error('there is no machine')
  },
  settle: async () => undefined,
  images: async () => null,
  merge: async () => {
    throw new Error('there is no machine')
  },
  job: async () => null,
  stopJob: async () => undefined,
  resize: async () => {
    throw new Error('there is no machine')
  },
}

export function runningDisk(image: string, target = 'vdb'): MachineDisk {
  return { machine: { uuid: '6a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e', name: 'web-1' }, target, others: ['vda'], image }
}

/** Machines that run with these disks, and what was asked of them. */
export function runningMachines(disks: MachineDisk[]): Machines & { resized: { target: string; sizeBytes: number }[] } {
  const resized: { target: string; sizeBytes: number }[] = []
  return {
    ...NO_MACHINES,
    resized,
    disks: async () => disks,
    resize: async ({ target }, sizeBytes) => void resized.push({ target, sizeBytes }),
  }
}
