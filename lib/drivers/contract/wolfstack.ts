type Text = string | null | undefined

/** A record of WolfStack's storage API, as far as it tells of the storage. Absent: nothing is said. */
export interface WolfstackRecord {
  source?: string | undefined
  s3_config?:
    | { access_key_id?: Text; secret_access_key?: Text; region?: Text; endpoint?: Text; provider?: Text; bucket?: Text }
    | null
    | undefined
  s3_bucket?: Text
  nfs_options?: Text
  smb_config?: { username?: Text; password?: Text; domain?: Text } | null | undefined
  smb_options?: Text
}

/** What such a record shows besides the source, of the types that have such a part. */
export interface WolfstackParts {
  s3_config?: Record<'access_key_id' | 'secret_access_key' | 'region' | 'endpoint' | 'provider' | 'bucket', string>
  nfs_options?: string
  smb_config?: Record<'username' | 'password' | 'domain', string>
}

/** How WolfStack's API tells of a storage type. */
export interface WolfstackWords<Config> {
  /** Its word for the type. */
  readonly type: string
  /** Config keys by the names that they have there. */
  readonly fields: Readonly<Record<string, string>>
  /** Flat config, as far as the record says it; what is undefined is not said. */
  configFrom(record: WolfstackRecord): Record<string, unknown>
  /** Absent: as it is described everywhere. */
  sourceOf?(config: Config): string
  /** `hidden` stands for a secret by its key, whether it is set or not. */
  show?(config: Config, hidden: (key: string) => string): WolfstackParts
}
