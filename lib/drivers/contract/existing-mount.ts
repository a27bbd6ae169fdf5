/** A mount that somebody else made, or that a line of fstab names, as its host tells of it. */
export interface FoundMount {
  /** Of a bind mount: the directory that is bound. */
  source: string
  /** As mountinfo or the line names it. */
  fsType: string
  /** In force now, or as they stand in fstab. */
  options: readonly string[]
  /** `kernel`: options in force, with defaults and what was negotiated. `fstab`: what somebody wrote down, every word of it a choice. */
  from: 'kernel' | 'fstab'
  /** Of a mount in force that has a line in fstab: what stands there. */
  line?: Pick<FoundMount, 'fsType' | 'options'>
}

/** The settings of a storage of ours, as far as a host tells them; never a secret. */
export interface ReadMount {
  config: Record<string, unknown>
  /** Fields that must be given, since no host tells them. */
  needs: string[]
  /** Options that this type does not have. */
  leftOut: string[]
}

/** Why there are none. `isForeign`: mounts of this kind belong to somebody else and are never taken over. */
export interface UnreadMount {
  reason: string
  isForeign?: true
}

/** How a storage type reads mounts that it did not make. */
export interface ExistingMounts {
  /** Names of its file system in mountinfo and in fstab. Each is of one type only. */
  readonly fsTypes: readonly string[]
  /** It reads bind mounts, whatever file system they show. */
  readonly readsBinds?: true
  /** Never throws, whatever a host reports. */
  read(found: FoundMount): ReadMount | UnreadMount
}
