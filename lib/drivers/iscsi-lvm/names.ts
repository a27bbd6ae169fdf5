/** The name of our interface record: the kernel shows it with every session, which tells ours from those of others. */
export const IFACE = 'holdfast'

/** Our thin pool in the volume group. */
export const THIN_POOL = 'holdfast_pool'

/** The mark of a backend on its volume group: only what carries it is ever changed. */
export function ownerTag(backendId: string): string {
  return `holdfast_${backendId}`
}

/** The backends whose marks are among these tags. */
export function backendsIn(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => /^holdfast_(bkd_.+)$/.exec(tag)?.[1] ?? [])
}

/** Is this a volume of the group, by its name in device-mapper? There a hyphen of a name is doubled; a single one ends the group. */
export function isVolumeOf(name: string, group: string): boolean {
  const prefix = `${group.replaceAll('-', '--')}-`
  return name.startsWith(prefix) && name[prefix.length] !== '-'
}

/** What a volume group is called that is made for a backend. */
export function groupName(config: { volume_group?: string | undefined }, backendId: string): string {
  return config.volume_group ?? `hf_${backendId}`
}
