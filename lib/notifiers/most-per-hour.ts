/** How many messages a notifier takes in an hour: where nobody says otherwise, and at most. */
export const MOST_PER_HOUR = { standard: 60, most: 1_000 } as const
