/** Contexts: limits and defaults that they give to their sockets, and names that they keep apart. */
import { describe, expect, it } from "vitest"
import { inproc, make, makeAny, ours, outcome, parity, settled, take, type Results } from "./support.js"

describe("a context", () => {
  parity("has no more sockets than maxSockets, and room again when one is closed", async library => {
    const context = new library.Context({ maxSockets: 2 })
    const results: Results = {}
    const sockets = [makeAny(library, "Push", { context }), makeAny(library, "Pull", { context })]
    results.third = await outcome(() => makeAny(library, "Push", { context }))
    results["of another context"] = makeAny(library, "Push").closed
    results.limit = context.maxSocketsLimit
    results.open = sockets.map(socket => socket.closed)
    return results
  })

  it("has room again as soon as a socket is closed", () => {
    const context = new ours.Context({ maxSockets: 1 })
    for (let i = 0; i < 3; i++) make(ours.Push, { context }).close()
    make(ours.Push, { context })
    expect(() => make(ours.Push, { context })).toThrow("Too many open file descriptors")
  })

  parity("gives its defaults to new sockets, not to those it has", async library => {
    const context = new library.Context()
    const before = makeAny(library, "Push", { context })
    context.blocky = false
    context.ipv6 = true
    context.maxMessageSize = 5
    const after = makeAny(library, "Push", { context })
    const given = makeAny(library, "Push", { context, linger: 7, ipv6: false })
    return {
      before: [before.linger, before.ipv6, before.maxMessageSize],
      after: [after.linger, after.ipv6, after.maxMessageSize],
      given: [given.linger, given.ipv6],
      subscriber: makeAny(library, "Subscriber").linger,
    }
  })

  parity("keeps its inproc names from others", async library => {
    const contexts = [new library.Context(), new library.Context()]
    const results: Results = {}
    for (const [index, context] of contexts.entries()) {
      const pull = makeAny(library, "Pull", { context })
      results[`bind ${index}`] = await settled(() => pull.bind(inproc("same")))
      const push = makeAny(library, "Push", { context })
      push.connect(inproc("same"))
      await push.send(String(index))
      results[`received ${index}`] = await take(pull, 1)
    }
    return results
  })

  parity("is shared by all sockets that are given no other", async library => ({
    shared: makeAny(library, "Push").context === makeAny(library, "Pull").context,
    own: makeAny(library, "Push", { context: new library.Context() }).context === library.context,
  }))
})
