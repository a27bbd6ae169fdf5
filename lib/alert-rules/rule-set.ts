import { FIGURES, type FigureKind } from '@/lib/alert-rules/figures'
import { LASTS_MINUTES, type Limits, lastsMs, lowest } from '@/lib/alerts/rules'
import type { CauseKind } from '@/lib/attention/schema'

/** What somebody has set. Null: as the rule as a whole has it, or as it is delivered. */
export interface StoredRule {
  kind: string
  /** The backend or pool that it is for; empty: all. */
  subjectId: string
  isOn: boolean | null
  warning: number | null
  critical: number | null
  lastsMinutes: number | null
}

type Settings = Pick<StoredRule, 'isOn' | 'warning' | 'critical' | 'lastsMinutes'>
const NOTHING: Settings = { isOn: null, warning: null, critical: null, lastsMinutes: null }

/** When something is trouble, how bad it is, and how long it has to last: as it is delivered, with what was set. */
export class RuleSet {
  readonly #rows: readonly StoredRule[]
  readonly #byKey: ReadonlyMap<string, StoredRule>

  constructor(rows: readonly StoredRule[]) {
    this.#rows = rows
    this.#byKey = new Map(rows.map((row) => [`${row.kind} ${row.subjectId}`, row]))
  }

  /** What was set for all, or for one thing. */
  set(kind: CauseKind, subjectId = ''): Settings {
    return this.#byKey.get(`${kind} ${subjectId}`) ?? NOTHING
  }

  isOn(kind: CauseKind, subjectId: string | null = null): boolean {
    const own = subjectId === null ? null : this.set(kind, subjectId).isOn
    return own ?? this.set(kind).isOn ?? true
  }

  limits(kind: FigureKind, subjectId = ''): Limits {
    const { standard }: { standard: Limits } = FIGURES[kind]
    const [whole, own] = [this.set(kind), this.set(kind, subjectId)]
    const warning = own.warning ?? whole.warning ?? standard.warning
    const critical = own.critical ?? whole.critical ?? standard.critical
    return {
      warning,
      ...(critical === undefined ? {} : { critical }),
      margin: Math.min(standard.margin, warning / 2),
    }
  }

  lastsMs(kind: CauseKind): number {
    return lastsMs(this.set(kind).lastsMinutes ?? LASTS_MINUTES[kind])
  }

  /** Below this nothing is told anywhere, and nothing that is told lasts. */
  lowest(kind: FigureKind): number {
    return Math.min(
      ...this.#all(kind).map((limits) => Math.min(lowest(limits), (limits.critical ?? limits.warning) - limits.margin)),
    )
  }

  /** Of a figure that is the worse the less it is: above this nothing is told anywhere. */
  widest(kind: FigureKind): number {
    return Math.max(...this.#all(kind).map(({ warning, margin }) => warning + margin))
  }

  #all(kind: FigureKind): Limits[] {
    const own = this.#rows.filter((row) => row.kind === kind && row.subjectId !== '')
    return [this.limits(kind), ...own.map(({ subjectId }) => this.limits(kind, subjectId))]
  }
}
