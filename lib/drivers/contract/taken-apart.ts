/** One text that somebody pasted, and the settings that it consists of: `nas:/export` is a server and an export. */
export interface TakenApart {
  /** Where it was pasted, a config key. */
  field: string
  /** Config and secret keys; what is undefined is not said. */
  gives: Readonly<Record<string, string | number | boolean | undefined>>
  /** A part was cut off that belongs nowhere: people are told although no other field changes. */
  isCut?: true
  /** Of a part that was cut off, a sentence that says why; must never contain a secret. */
  leftOut?: string
}
