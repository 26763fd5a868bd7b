import type { Dealer, Event, EventOfType, EventType, Observer } from "zeromq"

export async function follow(socket: Dealer): Promise<void> {
  for await (const event of socket.events) {
    switch (event.type) {
      case "connect:retry":
        console.log(event.interval.toFixed(), event.address)
        break
      case "bind:error":
      case "accept:error":
      case "close:error":
        console.log(event.error.code, event.error.errno, event.error.message)
        break
      case "handshake:error:protocol":
        if (event.error.code === "ERR_ZMTP_MECHANISM_MISMATCH") console.log(event.address)
        break
      case "handshake:error:auth":
        console.log(event.error.status === 400)
        break
      case "end":
      case "unknown":
        return
      default:
        console.log(event.address)
    }
  }
}

export function listen(events: Observer): void {
  const heard = (event: EventOfType<"accept">): void => {
    console.log(event.address, event.type)
  }
  events.on("accept", heard).on("end", event => {
    console.log(event.type)
  })
  events.off("accept", heard)
  if (!events.closed) events.close()
}

export async function one(socket: Dealer): Promise<EventType> {
  const event: Event = await socket.events.receive()
  const any: EventOfType = event
  return any.type
}

export const retry: EventOfType<"connect:retry"> = { type: "connect:retry", address: "tcp://", interval: 1 }
