declare const HOLDFAST_AGENT_VERSION: string | undefined

/** Written in by the bundler; a run from source has none. */
export const AGENT_VERSION: string =
  typeof HOLDFAST_AGENT_VERSION === 'undefined' ? '0.0.0-source' : HOLDFAST_AGENT_VERSION
