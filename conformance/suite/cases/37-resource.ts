/**
 * The Resource property (37/ZMTP §The Resource Property), which names a service behind a shared port. Hardly any library has
 * it; those that do not have to let it pass.
 */
import { admitted } from "../play/admitted.js"
import { ANY, PARTNER, type Case } from "../play/case.js"
import { ownProperties } from "../play/properties.js"
import { NotApplicable, refused, same } from "../play/verdict.js"

const RESOURCES: readonly (readonly [name: string, value: string])[] = [
  ["one-name", "a"],
  ["path", "system/name-service/test"],
  ["all-characters", "aZ09$-_@.&+"],
]

export const resource: readonly Case[] = [
  ...RESOURCES.map(([name, value]): Case => ({
    id: `resource/${name}`,
    clauses: ["37/resource/2"],
    sends: `READY with the Resource "${value}", to a peer that binds`,
    requires: "the handshake is completed, and the connection used",
    types: ANY,
    async play(subject) {
      await admitted(subject, await subject.peer({ properties: [["Resource", value]] }))
    },
  })),
  {
    id: "resource/asked-for",
    clauses: ["37/resource/1"],
    sends: "READY to a peer whose program connects to tcp://127.0.0.1:port/system/test",
    requires: 'the Resource in its READY, if it has one, is "system/test"',
    types: ANY,
    controlled: true,
    async play(subject) {
      const { endpoint, accept } = await subject.listener()
      if (await refused(subject.control.connect(`${endpoint}/system/test`))) {
        throw new NotApplicable("It takes no resource in an endpoint")
      }
      const raw = await accept().catch(() => {
        throw new NotApplicable("It does not connect to an endpoint with a resource")
      })
      await raw.shakeHands({ socketType: PARTNER[subject.type] })
      const own = ownProperties(raw).get("resource")
      if (own === undefined) throw new NotApplicable("It announces no Resource")
      same("Its Resource", own, "system/test")
    },
  },
]
