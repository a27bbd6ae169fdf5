const HOST_TAG = 'holdfast_host_'

/** The mark of the one host that has a volume group open. */
export function hostTag(hostId: string): string {
  return `${HOST_TAG}${hostId}`
}

/** The id in the mark of another host, if there is one. */
export function otherHost(group: { vg_tags: readonly string[] }, hostId: string): string | null {
  const held = group.vg_tags.find((tag) => tag.startsWith(HOST_TAG) && tag !== hostTag(hostId))
  return held === undefined ? null : held.slice(HOST_TAG.length)
}
