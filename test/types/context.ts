import { capability, context, Context, curveKeyPair, Pair, Socket, version } from "zeromq"

const own = new Context({ blocky: false, ioThreads: 2, maxSockets: 10, ipv6: true, threadPriority: 1 })
own.threadSchedulingPolicy = 0
export const same: boolean = new Pair({ context: own }).context === own && own !== context
export const limit: number = own.maxSocketsLimit + own.maxMessageSize

const pair = new Pair({
  ...{ affinity: 1, rate: 1, recoveryInterval: 1, linger: 0, reconnectInterval: 1, backlog: 1 },
  ...{
    reconnectMaxInterval: 1,
    maxMessageSize: 1,
    tcpKeepalive: 1,
    tcpKeepaliveCount: 1,
    tcpKeepaliveIdle: 1,
  },
  ...{ tcpKeepaliveInterval: 1, tcpAcceptFilter: "127.0.0.1", immediate: true, ipv6: false },
  ...{ plainServer: true, plainUsername: "u", plainPassword: null, zapDomain: "d", typeOfService: 1 },
  ...{
    handshakeInterval: 1,
    socksProxy: null,
    heartbeatInterval: 1,
    heartbeatTimeToLive: 1,
    heartbeatTimeout: 1,
  },
  ...{ connectTimeout: 1, tcpMaxRetransmitTimeout: 1, multicastMaxTransportDataUnit: 1, interface: "lo" },
  ...{
    zapEnforceDomain: true,
    loopbackFastPath: true,
    sendBufferSize: 1,
    receiveBufferSize: 1,
    multicastHops: 1,
  },
})

const { publicKey, secretKey } = curveKeyPair()
pair.curveServer = true
pair.curvePublicKey = publicKey
pair.curveSecretKey = secretKey
pair.curveServerKey = null
export const read: [number, string | null, null | "plain" | "curve" | "gssapi", boolean] = [
  pair.type,
  pair.lastEndpoint,
  pair.securityMechanism,
  pair.threadSafe,
]
export const state: boolean[] = [pair.closed, pair.readable, pair.writable, pair instanceof Socket]
pair.bindSync("tcp://127.0.0.1:*")
pair.unbindSync(pair.lastEndpoint ?? "")
void pair.unbind("x").then(() => {
  pair.disconnect("y")
})
export const built: (boolean | string | undefined)[] = [
  capability.ipc,
  capability.curve,
  capability.draft,
  version,
]

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
