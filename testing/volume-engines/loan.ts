import type { KeeperRight } from '@/lib/volume-engines/contract/engine'

/** What a controller has lent; `isLent` false: it was not heard of for too long. */
export class Loan implements KeeperRight {
  isLent = true
  readonly fence: number

  constructor(fence: number) {
    this.fence = fence
  }

  async ready(): Promise<number> {
    return this.fence
  }

  begin<T>(_fence: number, change: () => Promise<T>): Promise<T> | null {
    if (!this.isLent) {
      // It was given back while the group was read.
      this.isLent = true
      return null
    }
    return change()
  }
}
