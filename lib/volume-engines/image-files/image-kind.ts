/**
 * What a file is by its first (at least 1 KiB, where it has so many) and last 512 bytes; null: none of the formats that are known here.
 * Such a file may be a raw image, which nothing in it can tell. It is sent to other processes as text, so it may use nothing from outside.
 */
export function imageKind(head: Uint8Array, tail: Uint8Array): string | null {
  const has = (bytes: Uint8Array, at: number, word: string) =>
    bytes.byteLength >= at + word.length &&
    [...word].every((letter, index) => bytes[at + index] === letter.charCodeAt(0))
  const marks: [number, string, string][] = [
    [0, 'QFI\xfb\0\0\0\x01', 'qcow'],
    [0, 'QFI\xfb', 'qcow2'],
    [0, 'QED\0', 'qed'],
    [0, 'KDMV', 'vmdk'],
    [0, 'COWD', 'vmdk'],
    [0, '# Disk DescriptorFile', 'vmdk'],
    [0x40, '\x7f\x10\xda\xbe', 'vdi'],
    [0, 'vhdxfile', 'vhdx'],
    [0, 'conectix', 'vpc'],
    [0, 'LUKS\xba\xbe', 'luks'],
    [0, 'WithoutFreeSpace', 'parallels'],
    [0, 'WithouFreSpacExt', 'parallels'],
    [0, 'Bochs Virtual HD Image', 'bochs'],
    [0, '#!/bin/sh\n#V2.0 Format', 'cloop'],
  ]
  for (const [at, word, format] of marks) if (has(head, at, word)) return format
  // A descriptor may begin with comments and empty lines.
  if (/^(?:\s*#[^\n]*\n|\s*\n)*\s*# Disk DescriptorFile/i.test(String.fromCharCode(...head.subarray(0, 1024))))
    return 'vmdk'
  if (has(tail, 0, 'conectix')) return 'vpc'
  if (has(tail, 0, 'koly')) return 'dmg'
  return null
}
