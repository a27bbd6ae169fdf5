import { z } from 'zod'
import { unreadableOutput } from '@/lib/drivers/problems/problem'

/** A column in bytes. */
export const Bytes = z.string().regex(/^\d+$/).transform(Number)
/** A column in percent; null unless what it measures is active. */
export const Percent = z.string().transform((text) => (/^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null))
export const Words = z.string().transform((text) => (text === '' ? [] : text.split(',')))

/**
 * The rows of one section (`pv`, `vg`, `lv`) of what `lvm <verb> --reportformat json` printed. Throws `command_failed` for a text that is
 * not the report that was asked for.
 */
export function readReport<Row extends z.ZodObject>(
  verb: string,
  section: 'pv' | 'vg' | 'lv',
  row: Row,
  stdout: string,
): z.output<Row>[] {
  const Report = z.object({ report: z.tuple([z.record(z.literal(section), z.array(row))]) })
  let json: unknown
  try {
    json = JSON.parse(stdout)
  } catch {
    json = undefined
  }
  const parsed = Report.safeParse(json)
  if (!parsed.success) throw unreadableOutput('lvm', `${verb} printed something that is not its report`)
  return parsed.data.report[0][section]
}
