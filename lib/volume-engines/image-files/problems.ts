import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with image files, ours and others. */
export const problems = {
  'image.backing': {
    title: 'The image needs another file',
    advice:
      '[{image}|It] names [{found}|a file] as what it is based on. Such an image could show a file of the host, so it is never opened: put it together into one file (qemu-img convert) where you trust it, then use that.',
    code: 'invalid_input',
  },
  'image.data_file': {
    title: 'The image keeps its data in another file',
    advice:
      '[{image}|It] has an external data file, which could be any file of the host, so it is never opened: convert it to one file where you trust it.',
    code: 'invalid_input',
  },
  'image.extents': {
    title: 'The image consists of several files',
    advice: '[{image}|It] names other files as parts of itself[: {found}]. Convert it to one file (monolithicSparse).',
    code: 'invalid_input',
  },
  'image.encrypted': {
    title: 'The image is encrypted',
    advice: 'Holdfast cannot open [{image}|it]. Convert it to one without encryption.',
    code: 'unsupported',
  },
  'image.too_large': {
    title: 'The size of the image is absurd',
    advice: '[{image}|It] says that it has [{found}|an impossible number of] bytes.',
    code: 'invalid_input',
  },
  'image.unknown_format': {
    title: 'It is not known what this is',
    advice:
      'Only qcow2, vmdk, vdi, vhdx and vhd images are known by what is in them. If [{image}|it] is the content of a disk as it is, give it a name with the ending raw, img or iso.',
    code: 'invalid_input',
  },
  'image.unsupported': {
    title: 'This kind of image cannot be used',
    advice: '[{image}|It] is [{found}|of another kind]. Convert it to qcow2 or raw first.',
    code: 'unsupported',
  },
  'image.broken': {
    title: 'The image is damaged',
    detail: 'The image is damaged: {found}.',
    advice: 'Look at [{image}|it] with qemu-img check; restore it from a backup, if there is one.',
    code: 'invalid_input',
  },
  'image.not_a_file': {
    title: 'This is not a file',
    advice: '[{image}|It] is a link, a directory or something else that is never followed.',
    code: 'invalid_input',
  },
  'image.missing_layer': {
    title: 'A layer of the volume is missing',
    detail: 'A layer of the volume is missing: {found}.',
    advice: 'Without it [{image}|the volume] cannot be read. Bring the file back to its place in the pool.',
    code: 'invalid_input',
  },
  'image.foreign_layer': {
    title: 'A layer of the volume was changed behind our back',
    detail: '{image} points at {found}, which is not a layer of this pool.',
    advice: 'It is not opened: it could show a file of the host. Restore it from a backup.',
    code: 'conflict',
  },
  'image.no_mark': {
    title: 'The mark of the volume cannot be read',
    advice: 'Restore [{image}|the file volume.json of the volume] from a backup.',
    code: 'conflict',
  },
} as const satisfies Record<string, Problem>
