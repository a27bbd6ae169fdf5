import { z } from 'zod'

/** A problem of the catalogue, in words and in parts. */
export const ExplanationView = z.object({
  /** Key into the catalogue, such as `nfs.export_denied`. */
  id: z.string(),
  title: z.string(),
  /** What to do about it. */
  advice: z.string(),
  /** What a person can run on the host to see it for themselves. */
  command: z.string().nullable(),
  /** The tool's own words. */
  said: z.string().nullable(),
  /** What it is about: names of servers, paths, ports. */
  values: z.record(z.string(), z.union([z.string(), z.number()])),
})
export type ExplanationView = z.infer<typeof ExplanationView>
