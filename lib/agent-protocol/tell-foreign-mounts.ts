import type { ForeignMounts, FstabLine } from '@/lib/agent-protocol/messages'
import { splitOptions, tellOptions, tellSource } from '@/lib/drivers/options/hide-secrets'

/**
 * What a host tells of its mounts, as it may be stored. Hosts hide secrets themselves; an agent of an earlier version does it less
 * well, and its answer is kept and shown all the same.
 */
export function tellForeignMounts(found: ForeignMounts): ForeignMounts {
  return {
    mounts: found.mounts.map((mount) => ({
      ...mount,
      source: tellSource(mount.source, mount.fsType),
      options: tellOptions(mount.options),
      superOptions: tellOptions(mount.superOptions),
    })),
    fstab: found.fstab.map((line) => ({
      ...line,
      text: tellText(line),
      source: tellSource(line.source, line.fsType),
      options: tellOptions(line.options),
    })),
    problems: found.problems,
  }
}

/** Six fields of it, since a comment may follow. */
function tellText({ text, fsType }: FstabLine): string {
  const [source = '', place = '', type = '', options, ...rest] = text.split(/[ \t]+/).slice(0, 6)
  const told = options === undefined ? [] : [tellOptions(splitOptions(options.replaceAll('\\054', ','))).join(',')]
  return [tellSource(source, fsType), place, type, ...told, ...rest.filter((field) => /^[+-]?\d+$/.test(field))].join(
    ' ',
  )
}
