import { afterEach, describe, expect, it, vi } from "vitest"
import {
  checkValue,
  CONTEXT_OPTIONS,
  createContextValues,
  createOptionValues,
  defineOptionAccessors,
  getContextOption,
  getOption,
  MechanismId,
  setContextOption,
  setOption,
  SOCKET_OPTIONS,
  SocketKind,
  subscriptionBytes,
  warnUnlessImmediate,
  type Option,
} from "../../src/sockets/options.js"

const rows: readonly Option[] = SOCKET_OPTIONS
const idOf = (name: string) => rows.find(row => row.name === name)?.id

afterEach(() => {
  vi.restoreAllMocks()
})

describe("the table", () => {
  it("names each option and each number once", () => {
    expect(new Set(rows.map(row => row.name)).size).toBe(rows.length)
    expect(new Set(rows.map(row => row.id)).size).toBe(rows.length)
  })

  it("says why, where Node.js cannot honour an option", () => {
    const names = [
      "affinity",
      "rate",
      "sendBufferSize",
      "receiveBufferSize",
      "typeOfService",
      "tcpKeepaliveCount",
    ]
    const more = [
      "tcpKeepaliveInterval",
      "vmciBufferSize",
      "recoveryInterval",
      "interface",
      "loopbackFastPath",
    ]
    for (const name of [...names, ...more, "tcpMaxRetransmitTimeout"]) {
      expect(rows.find(row => row.name === name)?.note, name).toMatch(/\.$/)
    }
  })

  it("has a sentence for each option", () => {
    for (const row of [...rows, ...(CONTEXT_OPTIONS as readonly Option[])])
      expect(row.doc, row.name).toMatch(/\.$/)
  })
})

describe("the values of a socket", () => {
  it("are plain properties", () => {
    const values = createOptionValues(SocketKind.Push)
    expect(values.sendHighWaterMark).toBe(1000)
    setOption(values, idOf("sendHighWaterMark"), "Int32", 7)
    expect(values.sendHighWaterMark).toBe(7)
    expect(Object.getOwnPropertyDescriptor(values, "sendHighWaterMark")).toMatchObject({
      value: 7,
      writable: true,
    })
  })

  it("belong to one socket alone", () => {
    const one = createOptionValues(SocketKind.Pull)
    const other = createOptionValues(SocketKind.Pull)
    setOption(one, idOf("tcpAcceptFilter"), "String", "10.0.0.0/8")
    setOption(one, idOf("linger"), "Int32", 5)
    expect(other).toMatchObject({ tcpAcceptFilters: [], linger: -1 })
  })

  it("begin with a linger of 0 for subscribers, and for all sockets of a context that is not blocky", () => {
    expect(createOptionValues(SocketKind.Subscriber).linger).toBe(0)
    expect(createOptionValues(SocketKind.XSubscriber).linger).toBe(0)
    expect(createOptionValues(SocketKind.Publisher).linger).toBe(-1)
    expect(createOptionValues(SocketKind.Publisher, { ipv6: false, blocky: false }).linger).toBe(0)
  })

  it("begin with the context's ipv6", () => {
    expect(createOptionValues(SocketKind.Pull, { ipv6: true, blocky: true }).ipv6).toBe(true)
  })

  it("keep strings as bytes of their own", () => {
    const values = createOptionValues(SocketKind.Request)
    const given = Buffer.from([0xff, 0, 1])
    setOption(values, idOf("routingId"), "String", given)
    given.fill(0)
    expect(values.routingId).toEqual(Buffer.from([0xff, 0, 1]))
    setOption(values, idOf("routingId"), "String", new DataView(Uint8Array.from([9, 8, 7]).buffer, 1, 1))
    expect(values.routingId).toEqual(Buffer.from([8]))
  })

  it("gather accept filters until null forgets them", () => {
    const values = createOptionValues(SocketKind.Pull, { ipv6: true, blocky: true })
    const id = idOf("tcpAcceptFilter")
    for (const filter of ["10.0.0.0/8", "192.168.1.1", "fe80::/64", "::1"])
      setOption(values, id, "String", filter)
    expect(values.tcpAcceptFilters).toEqual(["10.0.0.0/8", "192.168.1.1", "fe80::/64", "::1"])
    for (const filter of [
      "example.org",
      "lo",
      "10.0.0.0/33",
      "10.0.0.0/",
      "fe80::/129",
      "10.0.0.256",
      "10.0.0",
      "",
    ]) {
      expect(() => setOption(values, id, "String", filter), filter).toThrow("Invalid argument")
    }
    setOption(values, id, "String", null)
    expect(values.tcpAcceptFilters).toEqual([])
  })

  it("follow the PLAIN options with mechanism and side", () => {
    const values = createOptionValues(SocketKind.Pull)
    expect(values).toMatchObject({ mechanism: MechanismId.NULL, asServer: false })
    setOption(values, idOf("plainServer"), "Bool", true)
    expect(values).toMatchObject({ mechanism: MechanismId.PLAIN, asServer: true })
    setOption(values, idOf("plainUsername"), "String", "user")
    expect(values).toMatchObject({ mechanism: MechanismId.PLAIN, asServer: false })
    setOption(values, idOf("plainPassword"), "String", null)
    expect(values).toMatchObject({ mechanism: MechanismId.NULL, plainUsername: Buffer.from("user") })
  })

  it("count heartbeatTimeToLive in tenths of a second", () => {
    const values = createOptionValues(SocketKind.Pull)
    setOption(values, idOf("heartbeatTimeToLive"), "Int32", 1234)
    expect(values.heartbeatTimeToLive).toBe(1200)
  })
})

describe("setOption", () => {
  it("refuses CURVE, rather than pretend, until a later version has it", () => {
    const values = createOptionValues(SocketKind.Pull)
    expect(() => setOption(values, idOf("curveServer"), "Bool", true)).toThrow(
      expect.objectContaining({ code: "ENOTSUP" }),
    )
    expect(() => setOption(values, idOf("curveSecretKey"), "String", Buffer.alloc(32))).toThrow(
      expect.objectContaining({ code: "ENOTSUP" }),
    )
    expect(() => setOption(values, idOf("curveServer"), "Bool", false)).not.toThrow()
    expect(values.mechanism).toBe(MechanismId.NULL)
  })

  it("keeps a SOCKS proxy, and a user name and a password for it that have no property", () => {
    const values = createOptionValues(SocketKind.Pull)
    setOption(values, idOf("socksProxy"), "String", "127.0.0.1:1080")
    setOption(values, 99, "String", "user")
    setOption(values, 100, "String", "secret")
    expect(getOption(values, idOf("socksProxy"), "String")).toBe("127.0.0.1:1080")
    expect([99, 100].map(id => getOption(values, id, "String"))).toEqual(["user", "secret"])
    for (const id of [99, 100]) {
      expect(() => setOption(values, id, "String", "x".repeat(256))).toThrow()
      setOption(values, id, "String", id === 99 ? "" : null)
      expect(getOption(values, id, "String")).toBeNull()
    }
    setOption(values, idOf("socksProxy"), "String", null)
    expect(getOption(values, idOf("socksProxy"), "String")).toBeNull()
  })

  it("knows no number that has no property", () => {
    const values = createOptionValues(SocketKind.Request)
    // ZMQ_RCVMORE, ZMQ_FD, ZMQ_EVENTS and ZMQ_RECONNECT_STOP.
    for (const id of [13, 14, 15, 109]) {
      expect(() => getOption(values, id, "Int32"), String(id)).toThrow("Invalid argument")
      expect(() => setOption(values, id, "Int32", 1), String(id)).toThrow("Invalid argument")
    }
  })

  it("leaves the value as it was when it refuses", () => {
    const values = createOptionValues(SocketKind.Pull)
    expect(() => setOption(values, idOf("linger"), "Int32", -2)).toThrow("Invalid argument")
    expect(() => setOption(values, idOf("linger"), "Int32", "5")).toThrow(TypeError)
    expect(values.linger).toBe(-1)
  })

  it("refuses another socket's own options", () => {
    const values = createOptionValues(SocketKind.Push)
    for (const name of ["correlate", "mandatory", "noDrop", "notify"]) {
      expect(() => setOption(values, idOf(name), "Bool", true), name).toThrow("Invalid argument")
    }
  })

  it("warns on an active socket, before it checks the range, unless the option takes effect at once", () => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue()
    const values = createOptionValues(SocketKind.Push)
    for (const name of ["linger", "sendHighWaterMark", "sendTimeout"]) {
      setOption(values, idOf(name), "Int32", 5, true)
    }
    setOption(values, idOf("backlog"), "Int32", 5)
    expect(() => setOption(values, idOf("backlog"), "Int32", "5", true)).toThrow(TypeError)
    expect(warn).not.toHaveBeenCalled()
    expect(() => setOption(values, idOf("backlog"), "Int32", -5, true)).toThrow("Invalid argument")
    expect(warn.mock.calls).toEqual([["Socket option will not take effect until next connect/bind."]])
    warnUnlessImmediate(6)
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it("warns of numbers that a double cannot tell apart", () => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue()
    setOption(createOptionValues(SocketKind.Push), idOf("affinity"), "Uint64", 2 ** 53)
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

describe("getOption", () => {
  it("asks the socket for what only the socket knows", () => {
    const values = createOptionValues(SocketKind.Push)
    expect(getOption(values, idOf("lastEndpoint"), "String")).toBeNull()
    expect(getOption(values, idOf("lastEndpoint"), "String", () => "tcp://127.0.0.1:1")).toBe(
      "tcp://127.0.0.1:1",
    )
    expect(getOption(values, idOf("type"), "Int32")).toBe(8)
  })

  it("refuses what can only be written", () => {
    const values = createOptionValues(SocketKind.Request)
    expect(() => getOption(values, idOf("correlate"), "Bool")).toThrow("Invalid argument")
    expect(() => getOption(values, "17", "Int32")).toThrow(new TypeError("Identifier must be a number"))
  })
})

describe("defineOptionAccessors", () => {
  it("shows the security mechanism as a word", () => {
    class Socket {
      declare readonly securityMechanism: unknown
      getInt32Option() {
        return 1
      }
    }
    defineOptionAccessors(Socket.prototype, "all")
    expect(new Socket().securityMechanism).toBe("plain")
  })

  it("gives a class what its kind has, and no more", () => {
    const own = (kind: SocketKind) => {
      const prototype = {}
      defineOptionAccessors(prototype, kind)
      return Object.getOwnPropertyNames(prototype)
    }
    expect(own(SocketKind.Pull)).toEqual([
      "receiveBufferSize",
      "receiveHighWaterMark",
      "receiveTimeout",
      "conflate",
    ])
    expect(own(SocketKind.Router)).toEqual(expect.arrayContaining(["mandatory", "handover", "routingId"]))
    expect(own(SocketKind.Router)).not.toContain("conflate")
  })
})

describe("subscriptionBytes", () => {
  it("takes what setStringOption takes", () => {
    expect(subscriptionBytes("é")).toEqual(Buffer.from("é"))
    expect(subscriptionBytes(null)).toHaveLength(0)
    expect(subscriptionBytes(Uint8Array.from([1]))).toEqual(Buffer.from([1]))
    expect(() => subscriptionBytes(5)).toThrow(new TypeError("Option value must be a string or buffer"))
    expect(() => checkValue("String", undefined)).toThrow(TypeError)
  })
})

describe("the options of a context", () => {
  it("read number 3 as one option and write it as another", () => {
    const values = createContextValues()
    setContextOption(values, 3, "Int32", 10)
    expect(getContextOption(values, 3, "Int32")).toBe(65535)
    expect(values.threadPriority).toBe(10)
  })

  it("refuse what is out of range or unknown", () => {
    const values = createContextValues()
    expect(() => setContextOption(values, 2, "Int32", 0)).toThrow("Invalid argument")
    expect(() => setContextOption(values, 77, "Int32", 0)).toThrow("Invalid argument")
    expect(() => getContextOption(values, 4, "Int32")).toThrow("Invalid argument")
    expect(() => setContextOption(values, 70, "Bool", 1)).toThrow("Option value must be a boolean")
  })
})
