/**
 * From the security options of a socket to the mechanism its connections speak.
 */
import type { SecuritySettings } from "../peers/session.js"
import { createMechanism } from "../security/index.js"
import type { MechanismName } from "../security/mechanism.js"
import type { SocketType } from "../wire/socket-types.js"
import { MechanismId, type OptionValues } from "./options.js"

export function securitySettings(socketType: SocketType, values: OptionValues): SecuritySettings {
  const mechanism: MechanismName = values.mechanism === MechanismId.PLAIN ? "PLAIN" : "NULL"
  const zapDomain = values.zapDomain.toString()
  const options = {
    socketType,
    routingId: values.routingId,
    zapDomain,
    zapEnforceDomain: values.zapEnforceDomain,
    plainUsername: values.plainUsername.toString(),
    plainPassword: values.plainPassword.toString(),
  }
  const { asServer } = values
  return {
    mechanism,
    asServer,
    allowLegacy: mechanism === "NULL" && zapDomain === "",
    // With a domain the ZAP handler has the first word.
    eager: mechanism === "NULL" && zapDomain === "",
    create: (host, peerAddress) =>
      createMechanism(mechanism, asServer ? "server" : "client", { ...options, peerAddress }, host),
  }
}
