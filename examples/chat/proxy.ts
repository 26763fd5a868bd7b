/**
 * Chat, the room: members speak into the XSUB side and listen at the XPUB side. What is said goes one way through the
 * proxy, who wants to hear it goes the other way. The room itself knows neither members nor messages.
 */
import { Proxy, XPublisher, XSubscriber } from "zeromq"

const { VOICES = "tcp://127.0.0.1:5555", EARS = "tcp://127.0.0.1:5556" } = process.env

const voices = new XSubscriber()
const ears = new XPublisher()
await voices.bind(VOICES)
await ears.bind(EARS)

console.log("ready")
await new Proxy(voices, ears).run()
