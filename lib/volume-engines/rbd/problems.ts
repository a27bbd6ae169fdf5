import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with volumes in Ceph, besides what the storage type says of the cluster, the pool and the user. */
export const problems = {
  'rbd.qemu_without_rbd': {
    title: 'On this host QEMU cannot reach Ceph',
    advice:
      'Install the part of QEMU that speaks to Ceph on that host: qemu-block-extra on Debian and Ubuntu, qemu-kvm-block-rbd on Red Hat and Fedora, qemu-block-rbd on SUSE and Arch.',
    command: 'qemu-img --help | grep -w rbd',
    code: 'tool_missing',
  },
  'rbd.image_unlike_ours': {
    title: 'The image does not carry the mark of its volume',
    detail: 'The image {image} is called like a volume of ours and says that it is {found}.',
    advice: 'Somebody has copied or renamed it by hand. Nothing is changed in it: rename it, or delete it by hand.',
    command: 'rbd image-meta ls {scope}/{image}',
    code: 'conflict',
  },
  'rbd.name_not_usable': {
    title: 'The name of the image cannot be used',
    advice: 'Rename the image first, to letters, digits, "_", "." and "-"[: rbd rename {scope}/{image}].',
    code: 'unsupported',
  },
} as const satisfies Record<string, Problem>
