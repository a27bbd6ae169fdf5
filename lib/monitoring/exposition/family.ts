/** A metric with its labels. Of a state that is one of several, each sample names one of them in a label. */
export interface Family {
  name: string
  help: string
  labels: readonly string[]
  /** Default: gauge. */
  type?: 'counter'
}
