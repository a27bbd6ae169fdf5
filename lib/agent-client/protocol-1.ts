/**
 * Agents of protocol 1 name mounts and connections one by one where protocol 2 has lists by kind. What they say is put into the
 * shape of protocol 2 here, before it is parsed; the verbs are the same in both. Gone with the last agent of that protocol.
 */

type Fields = Record<string, unknown>

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The lists of an answer; the earliest agents told nothing of connections. */
function listsOf({ mounts, connections }: Fields): Fields {
  return { mount: mounts, ...(connections === undefined ? {} : { connection: connections }) }
}

/** Answers to `status` and `standing`. */
export function fromProtocol1(answer: unknown): unknown {
  if (!isRecord(answer) || !('mounts' in answer) || 'resources' in answer) return answer
  const { mounts, connections, ...rest } = answer
  return { ...rest, resources: listsOf(answer) }
}

/** Returns what turns the messages of one event stream, in their order. */
export function eventsFromProtocol1(): (message: unknown) => unknown {
  /** Connections came all together, so one that is missing is gone. */
  let known: readonly string[] = []
  return (message) => {
    if (!isRecord(message) || message.type !== 'mounts') return message
    const { at, connections } = message
    const lists = { type: 'resources', at, resources: listsOf(message) }
    if (!Array.isArray(connections)) return lists
    const ids = connections.flatMap((each) =>
      isRecord(each) && typeof each.backendId === 'string' ? [each.backendId] : [],
    )
    const gone = known.filter((id) => !ids.includes(id))
    known = ids
    return gone.length === 0 ? lists : { ...lists, gone: { connection: gone } }
  }
}
