/** Faults of the handshake: READY and its metadata, socket types, identities, and ERROR. */
import { Session } from "../../../src/peers/session.js"
import { NullMechanism } from "../../../src/security/null.js"
import { buildCommand, buildReady, commandData, isCommand } from "../../../src/wire/commands.js"
import { encodeMetadata, parseMetadata, type Metadata, type Property } from "../../../src/wire/metadata.js"
import { override, remembering, type Fault } from "./fault.js"

/** A command that no handshake expects: the mechanism ends the connection because of it. */
const UNHEARD_OF = buildCommand("REFUSED")

/** Changes the commands of our handshake; those that become undefined do not go out. */
function sends(change: (body: Buffer) => Buffer | undefined): void {
  override<object, [Buffer]>(Session, "send", (_, original, body) => {
    const changed = change(body)
    if (changed !== undefined) original(changed)
  })
}

/** Changes the commands of the other side's handshake; those that become undefined do not arrive. */
function hears(change: (body: Buffer) => Buffer | undefined): void {
  override<object, [Buffer]>(NullMechanism, "receive", (_, original, body) => {
    const changed = change(body)
    if (changed !== undefined) original(changed)
  })
}

/** The same for the properties of a READY that is well-formed; undefined for one that is refused. */
function readyWith(change: (properties: Property[]) => Property[] | undefined): (body: Buffer) => Buffer {
  return body => {
    const properties = isCommand(body, "READY") ? propertiesOf(body) : undefined
    if (properties === undefined) return body
    const changed = change(properties)
    return changed === undefined ? UNHEARD_OF : buildReady(encodeMetadata(changed))
  }
}

function propertiesOf(ready: Buffer): Property[] | undefined {
  try {
    return [...parseMetadata(commandData(ready))]
  } catch {
    return undefined
  }
}

const named = (name: string, wanted: string) => name.toLowerCase() === wanted.toLowerCase()

export const handshake: readonly Fault[] = [
  {
    name: "ready-never-sent",
    breaks: ["37/null/5", "37/null/8", "23/null/2"],
    describes: "It never sends READY.",
    apply: () => sends(body => (isCommand(body, "READY") ? undefined : body)),
    fails: ["null/ready-for-ready", "null/ready-unasked-connecting"],
    also: ["greeting/then-a-command"],
    blinds: /READY|The first frame had the flags 00/,
  },
  {
    name: "ready-comes-second",
    breaks: ["37/null/5", "23/null/18"],
    describes: "It sends READY only when it has the other side's.",
    apply: () => {
      const { start } = NullMechanism.prototype
      const started = remembering<{ yet: boolean }>(() => ({ yet: false }))
      override(NullMechanism, "start", () => undefined)
      override<NullMechanism, [Buffer]>(NullMechanism, "receive", (mechanism, original, body) => {
        const state = started(mechanism)
        if (!state.yet) start.call(mechanism)
        state.yet = true
        original(body)
      })
    },
    fails: [
      "null/ready-unasked-connecting",
      "null/ready-unasked-to-an-older-peer",
      "null/no-message-before-ready",
    ],
  },
  {
    name: "commands-before-ready-ignored",
    breaks: ["37/null/9", "37/grammar/10", "23/null/5", "23/grammar/10"],
    describes: "It passes over other commands that come before READY.",
    apply: () => hears(body => (isCommand(body, "READY") || isCommand(body, "ERROR") ? body : undefined)),
    fails: [
      "null/ping-for-ready",
      "null/subscription-for-ready",
      "null/hello-for-ready",
      "null/unknown-command-for-ready",
      "null/lower-case-ready-for-ready",
    ],
  },
  {
    name: "malformed-metadata-accepted",
    breaks: ["37/null/7", "37/null/17", "23/null/3", "23/null/13"],
    describes: "It takes a READY that it cannot parse for an empty one.",
    apply: () =>
      hears(body => {
        const parses = !isCommand(body, "READY") || propertiesOf(body) !== undefined
        return parses ? body : buildReady(Buffer.alloc(0))
      }),
    fails: [
      "null/malformed-name-beyond-the-end",
      "null/malformed-size-cut-short",
      "null/malformed-value-beyond-the-end",
      "null/malformed-size-of-2-31",
      "null/malformed-size-of-2-32-less-1",
      "null/malformed-an-octet-left",
      "null/empty-name",
      "null/space-in-name",
      "null/zero-in-name",
      "null/high-octet-in-name",
    ],
  },
  {
    name: "metadata-sizes-little-endian",
    breaks: ["37/null/21", "23/null/17"],
    describes: "It writes the sizes of its properties with the least significant octet first.",
    apply: () =>
      sends(body => {
        const properties = isCommand(body, "READY") ? propertiesOf(body) : undefined
        if (properties === undefined) return body
        const pieces = properties.map(([name, value]) => {
          const piece = encodeMetadata([[name, value]])
          piece.subarray(1 + name.length, 5 + name.length).reverse()
          return piece
        })
        return buildReady(Buffer.concat(pieces))
      }),
    fails: [
      "null/form-of-ready",
      "null/names-in-ready",
      "null/no-empty-name-in-ready",
      "null/sizes-in-ready",
      "metadata/socket-type-of-who-binds",
      "metadata/socket-type-of-who-connects",
      "metadata/no-application-property",
      "socket-type/name-of-req",
      "socket-type/name-of-rep",
      "socket-type/name-of-dealer",
      "socket-type/name-of-router",
      "socket-type/name-of-pub",
      "socket-type/name-of-xpub",
      "socket-type/name-of-sub",
      "socket-type/name-of-xsub",
      "socket-type/name-of-push",
      "socket-type/name-of-pull",
      "socket-type/name-of-pair",
      "identity/announced-dealer",
      "identity/announced-req",
      "identity/announced-router",
      "identity/announced-longest",
      "identity/of-dealer-without-a-routing-id",
      "identity/of-req-without-a-routing-id",
      "identity/of-router-without-a-routing-id",
      "inspections/metadata",
    ],
    also: ["plain/ready"],
  },
  {
    name: "metadata-names-case-sensitive",
    breaks: ["37/null/18", "37/metadata/2", "23/null/14", "23/metadata/2"],
    describes: "It knows Socket-Type and Identity in this spelling only.",
    apply: () => {
      const known = ["Socket-Type", "Identity"]
      const misspelt = (name: string) => !known.includes(name) && known.some(other => named(name, other))
      hears(readyWith(all => all.map(([name, value]) => [misspelt(name) ? `X-${name}` : name, value])))
    },
    fails: [
      "null/lower-case-illegal-type",
      "null/upper-case-illegal-type",
      "null/mixed-case-illegal-type",
      "null/lower-case-identity",
      "null/upper-case-identity",
    ],
  },
  {
    name: "empty-values-refused",
    breaks: ["37/null/20", "23/null/16"],
    describes: "It refuses a READY with a property, other than the Identity, of no octets.",
    apply: () =>
      hears(
        readyWith(all =>
          all.some(([name, value]) => value.length === 0 && !named(name, "Identity")) ? undefined : all,
        ),
      ),
    fails: ["null/empty-value"],
  },
  {
    name: "unknown-properties-refused",
    breaks: ["37/metadata/4", "37/resource/2", "23/metadata/4"],
    describes: "It refuses a READY with properties other than Socket-Type and Identity.",
    apply: () =>
      hears(
        readyWith(all =>
          all.every(([name]) => named(name, "Socket-Type") || named(name, "Identity")) ? all : undefined,
        ),
      ),
    fails: [
      "null/name-of-one",
      "null/name-of-255",
      "null/characters-of-names",
      "null/empty-value",
      "null/value-of-1",
      "null/value-of-255",
      "null/value-of-256",
      "null/value-of-4096",
      "null/many-properties",
      "null/order-of-properties",
      "metadata/application-property",
      "metadata/application-property-of-binary",
      "metadata/implementation-property",
      "resource/one-name",
      "resource/path",
      "resource/all-characters",
    ],
  },
  {
    name: "resource-refused",
    breaks: ["37/resource/2"],
    describes: "It refuses peers that ask for a resource.",
    apply: () => hears(readyWith(all => (all.some(([name]) => named(name, "Resource")) ? undefined : all))),
    fails: ["resource/one-name", "resource/path", "resource/all-characters"],
  },
  {
    name: "socket-type-missing",
    breaks: ["37/metadata/3", "23/metadata/3"],
    describes: "It does not tell its socket type.",
    apply: () => sends(readyWith(all => all.filter(([name]) => !named(name, "Socket-Type")))),
    fails: ["metadata/socket-type-of-who-binds", "metadata/socket-type-of-who-connects"],
    also: ["plain/ready"],
  },
  {
    name: "socket-type-in-lower-case",
    breaks: ["37/socket-type/1", "23/socket-type/1"],
    describes: "It tells its socket type in lower case.",
    apply: () =>
      sends(
        readyWith(all =>
          all.map(([name, value]) => [
            name,
            named(name, "Socket-Type") ? Buffer.from(value.toString("latin1").toLowerCase()) : value,
          ]),
        ),
      ),
    fails: [
      "socket-type/name-of-req",
      "socket-type/name-of-rep",
      "socket-type/name-of-dealer",
      "socket-type/name-of-router",
      "socket-type/name-of-pub",
      "socket-type/name-of-xpub",
      "socket-type/name-of-sub",
      "socket-type/name-of-xsub",
      "socket-type/name-of-push",
      "socket-type/name-of-pull",
      "socket-type/name-of-pair",
    ],
    also: ["plain/ready"],
  },
  {
    name: "wrong-socket-types-accepted",
    breaks: ["37/socket-type/2", "23/socket-type/2"],
    describes: "It does not look at the other side's socket type.",
    apply: () => hears(readyWith(all => all.filter(([name]) => !named(name, "Socket-Type")))),
    fails: [
      "socket-type/req-takes-no-other",
      "socket-type/rep-takes-no-other",
      "socket-type/dealer-takes-no-other",
      "socket-type/router-takes-no-other",
      "socket-type/pub-takes-no-other",
      "socket-type/xpub-takes-no-other",
      "socket-type/sub-takes-no-other",
      "socket-type/xsub-takes-no-other",
      "socket-type/push-takes-no-other",
      "socket-type/pull-takes-no-other",
      "socket-type/pair-takes-no-other",
      "socket-type/unknown",
      "socket-type/empty",
      "socket-type/lower-case",
      "socket-type/longer",
      "socket-type/shorter",
      "socket-type/illegal-to-a-peer-that-connects",
      "socket-type/message-of-an-illegal-one",
    ],
  },
  {
    name: "wrong-socket-types-refused-in-silence",
    breaks: ["37/socket-type/22", "23/socket-type/14"],
    describes: "It closes the connection of a wrong socket type without an ERROR.",
    apply: () => sends(body => (isCommand(body, "ERROR") ? undefined : body)),
    fails: ["socket-type/error-for-an-illegal-one"],
  },
  {
    name: "identity-begins-with-zero",
    breaks: ["37/identity/3"],
    describes: "It puts a zero before the identity that it announces.",
    apply: () =>
      sends(
        readyWith(all =>
          all.map(([name, value]) => [
            name,
            named(name, "Identity") && value.length > 0 ? Buffer.concat([Buffer.of(0), value]) : value,
          ]),
        ),
      ),
    fails: [
      "null/sizes-in-ready",
      "identity/announced-dealer",
      "identity/announced-req",
      "identity/announced-router",
      "identity/announced-longest",
      "inspections/identity",
    ],
  },
  {
    name: "identity-not-heeded",
    breaks: ["28/router/8", "28/router/11"],
    describes: "Its ROUTER gives a peer an identity of its own making, whatever the peer announces.",
    apply: () => hears(readyWith(all => all.filter(([name]) => !named(name, "Identity")))),
    fails: [
      "null/lower-case-identity",
      "null/upper-case-identity",
      "identity/heard-one-octet",
      "identity/heard-254-octets",
      "identity/heard-255-octets",
      "identity/heard-zero-inside",
      "identity/refused-256-octets",
      "router/prefix",
      "router/only-the-one-addressed",
      "router/unknown-identity",
      "router/never-blocks",
      "router/mark",
      "router/independent-queues",
      "router/queue-ends-with-connection",
      "router/nothing-from-before",
      "router/same-identity-twice",
      "router/received-before-the-end",
    ],
  },
  {
    name: "identity-heeded-by-all",
    breaks: ["37/identity/1", "23/identity/1"],
    describes: "Its sockets other than ROUTER refuse peers that announce an identity.",
    apply: () =>
      override<{ options: { socketType: string }; fault(reason: string): void }, [Metadata]>(
        Session,
        "ready",
        (session, original, metadata) => {
          const announced = metadata.get("Identity")?.length ?? 0
          if (announced === 0 || session.options.socketType === "ROUTER") original(metadata)
          else session.fault("An identity is announced")
        },
      ),
    fails: [
      "identity/ignored-by-pull",
      "identity/ignored-by-dealer",
      "identity/ignored-by-rep",
      "identity/ignored-by-sub",
    ],
  },
  {
    name: "error-ignored",
    breaks: ["37/error/1", "23/error/1"],
    describes: "It goes on waiting for READY when an ERROR has come.",
    apply: () => hears(body => (isCommand(body, "ERROR") ? undefined : body)),
    fails: [
      "error/without-a-reason",
      "error/with-a-reason",
      "error/with-a-long-reason",
      "error/without-a-length",
      "error/cut-short",
      "error/behind-the-greeting",
      "error/to-a-peer-that-connects",
    ],
  },
]
